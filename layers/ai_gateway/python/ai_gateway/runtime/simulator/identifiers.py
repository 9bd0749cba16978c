"""Identifiers that look like a provider's and are a function of the request, so that the same call reads the same."""

from hashlib import sha512

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def letters(seed: str, length: int, alphabet: str = _ALPHABET) -> str:
    """`length` (at most 64) characters drawn by `seed`."""
    return "".join(alphabet[byte % len(alphabet)] for byte in sha512(seed.encode()).digest()[:length])


def hexadecimal(seed: str, length: int) -> str:
    return letters(seed, length, "0123456789abcdef")


def uuid(seed: str) -> str:
    """A version 4 UUID's shape."""
    digits = hexadecimal(seed, 32)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def signature(text: str) -> str:
    """What proves that reasoning text came from here: base64-looking, and the same for the same text."""
    return letters(f"signature:{text}", 64) + "=="
