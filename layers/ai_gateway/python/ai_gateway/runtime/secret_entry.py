"""A provider's key as an operator hands it over: piped in, or typed without being shown. Never an argument, which other
users of the machine and the shell's history would see.
"""

import sys
from getpass import getpass
from typing import TextIO

from ai_gateway.adapters.secrets import Secret
from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.wire import JsonObject, parse_object

FIELDS = frozenset(
    ("api_key", "access_key_id", "secret_access_key", "session_token", "access_token", "service_account")
)


class UnreadableSecret(ValueError):
    """What was handed over is no key. The message never shows it."""


def ask_for_secret(provider: Provider, source: TextIO | None = None) -> Secret:
    """Reads `source` (standard input) to its end, or asks where it is a terminal. Raises UnreadableSecret."""
    stream = source or sys.stdin
    text = getpass(f"Key of {provider.display_name}: ") if stream.isatty() else stream.read()
    return read_secret(text.strip(), provider)


def read_secret(text: str, provider: Provider) -> Secret:
    """A key as it is; an object with `FIELDS`; or Google's file of a service account. Raises UnreadableSecret."""
    fields = parse_object(text) if text.startswith("{") else None
    if fields is not None:
        return {"service_account": text} if fields.get("type") == "service_account" else _fields(fields)
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise UnreadableSecret(
            f"That is no key of {provider.display_name}: it must be one word. Pipe it in: "
            f'printf %s "$KEY" | ai-gateway providers set {provider.name}'
        )
    if provider.auth == "sigv4" and text.startswith(("AKIA", "ASIA")):
        raise UnreadableSecret(
            'That is the id of an AWS key only. Pipe in {"access_key_id": "...", "secret_access_key": "..."}, or a '
            "Bedrock API key."
        )
    return {"api_key": text}


def _fields(fields: JsonObject) -> Secret:
    secret = {name: value for name, value in fields.items() if isinstance(value, str) and value}
    if not secret or secret.keys() != fields.keys() or not secret.keys() <= FIELDS:
        raise UnreadableSecret(f"The object may have text in these fields, and no others: {', '.join(sorted(FIELDS))}.")
    if ("access_key_id" in secret) != ("secret_access_key" in secret):
        raise UnreadableSecret("An AWS key is both: access_key_id and secret_access_key.")
    return secret
