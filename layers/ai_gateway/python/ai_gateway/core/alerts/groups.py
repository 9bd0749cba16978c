"""What a rule is grouped by has values, and each is a group with a state of its own."""

from hashlib import sha256

EVERYTHING = ""
"""The group of what is not grouped."""


def group_hash(group: str) -> str:
    """Names a group, which may be long and of any characters, in keys and ids; empty for what is not grouped."""
    return sha256(group.encode()).hexdigest()[:16] if group != EVERYTHING else ""
