"""What an error answer says that is no JSON: a proxy's page of HTML, or bare text."""

import re
from html import unescape

LONGEST = 500
"""Characters of bare text that are taken for a message."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def words(body: bytes) -> str:
    """The title of a page, or the text; empty for what has none, is too long for a message or was to be JSON."""
    try:
        said = body.decode().strip()
    except UnicodeDecodeError:
        return ""
    if said.startswith("<"):
        title = _TITLE.search(said)
        said = " ".join(unescape(title[1]).split()) if title else ""
    return "" if said.startswith(("{", "[")) or len(said) > LONGEST else said
