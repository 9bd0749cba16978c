"""Adds requests up, each minute and, over the last days again, each night."""

from ai_gateway.runtime.aws.rollups import create_handler

handler = create_handler()
