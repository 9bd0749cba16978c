"""What must not be repeated: keys that providers echo in their error messages."""

import re

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
