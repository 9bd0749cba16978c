"""What must not be repeated: keys that providers echo in their error messages, headers and answers."""

import re
from collections.abc import Sequence

TELLING = 12
"""Characters of a key, in a row, that count as the key."""
SHORTEST = 8
"""Characters of a key worth keeping to oneself; `none` and `ollama` are not."""

# A word that begins as keys do; or one that the message itself says is a key.
_KEY = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|csk|pplx|fw|nvapi|tgp|r8)[-_][\w*.\-]{5,}[\w*\-]"
    r"|\b(?:AIza|AKIA|ASIA|eyJ)[\w*.\-]{7,}[\w*\-]"
    r"|(?<=[Kk]ey provided: )[^\s\"',;)]+(?<![.])"
    r"|(?<=[Bb]earer )[\w*.\-=+/]{8,}"
)


def masked(message: str) -> str:
    """`message` without what looks like a key in it, whole or in part."""
    return _KEY.sub("***", message)


def without_secrets(message: str, secrets: Sequence[str]) -> str:
    """`message` without these secrets, whole or as much of one as would tell it."""
    for secret in secrets:
        if len(secret) < TELLING:
            message = message.replace(secret, "***")
        elif len(message) >= TELLING:
            message = _without(message, secret)
    return message


class Veil:
    """Takes secrets, in which no line ends, out of bytes that come in pieces, cut anywhere."""

    __slots__ = ("_held", "_secrets")

    def __init__(self, secrets: Sequence[str]) -> None:
        encoded = [secret.encode() for secret in secrets]
        # Looking for a few bytes takes a fraction of the time that looking for a long key takes.
        self._secrets = [(secret[:SHORTEST], secret) for secret in encoded]
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What may go on; what may be the beginning of a secret is held back until more comes."""
        if self._held:
            data, self._held = self._held + data, b""
        for head, secret in self._secrets:
            if head in data and secret in data:
                data = data.replace(secret, b"***")
        return data if data.endswith(b"\n") else self._sure(data)

    def close(self) -> bytes:
        """What was held back, which was no secret."""
        held, self._held = self._held, b""
        return held

    def _sure(self, data: bytes) -> bytes:
        end = len(data)
        for _, secret in self._secrets:
            end = min(end, _beginning(data, secret))
        self._held = data[end:]
        return data[:end]


def _without(message: str, secret: str) -> str:
    telling = {secret[start : start + TELLING] for start in range(len(secret) - TELLING + 1)}
    told: list[str] = []
    at = 0
    while at < len(message):
        if message[at : at + TELLING] not in telling:
            told.append(message[at])
            at += 1
            continue
        told.append("***")
        at += TELLING
        while at < len(message) and message[at - TELLING + 1 : at + 1] in telling:
            at += 1
    return "".join(told)


def _beginning(data: bytes, secret: bytes) -> int:
    """Where the secret may begin at the end of the data; the data's length when it does not."""
    at = data.find(secret[:1], max(0, len(data) - len(secret) + 1))
    while at >= 0 and not secret.startswith(data[at:]):
        at = data.find(secret[:1], at + 1)
    return len(data) if at < 0 else at
