"""Evaluates alerts each minute, tells people, and calls the webhooks of requests."""

from ai_gateway.runtime.aws.alerts import create_handler

handler = create_handler()
