"""Signatures of what the gateway sends, by which a receiver knows that it did: Standard Webhooks, and Helicone's.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping

PREFIX = "whsec_"
LEAST_BYTES = 24


def new_secret(random: bytes) -> str:
    """A signing secret of at least 24 random bytes."""
    if len(random) < LEAST_BYTES:
        raise ValueError(f"A signing secret is made of {LEAST_BYTES} random bytes or more.")
    return PREFIX + b64encode(random).decode()


def signed(secret: str, message_id: str, timestamp: float, body: bytes) -> Mapping[str, str]:
    """The headers: HMAC-SHA256 of `{id}.{seconds}.{body}`, with the time in it so that an old message cannot be played
    again. Raises ValueError for an empty secret, with which anybody could sign.
    """
    seconds = str(int(timestamp))
    digest = hmac.digest(_key(secret), b".".join((message_id.encode(), seconds.encode(), body)), "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def helicone_signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 of the body in hex, with the secret's text as the key."""
    if not secret:
        raise ValueError("There is no signing secret.")
    return hmac.digest(secret.encode(), body, "sha256").hex()


def _key(secret: str) -> bytes:
    """The bytes that a `whsec_` secret stands for; another secret stands for its text."""
    key = secret.encode()
    if secret.startswith(PREFIX):
        try:
            key = b64decode(secret.removeprefix(PREFIX), validate=True)
        except Error as error:
            raise ValueError("The signing secret is not base64.") from error
    if not key:
        raise ValueError("There is no signing secret.")
    return key
