"""Stored prompts: the template language, versions and environments, and how a request and its prompt become one."""
