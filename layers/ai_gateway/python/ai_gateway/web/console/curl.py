"""A recorded request as a command that sends it again."""

import re
from shlex import quote

from ai_gateway.core.records import RequestRecord

LONGEST = 100_000
"""Bytes of a body that a shell takes without complaint."""
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What the name of a header may be (RFC 9110, 5.6.2). Properties of a body may have others, and go with it."""


def curl_of(record: RequestRecord, gateway_url: str) -> str | None:
    """The key is a variable. None where the body was not kept, or is nothing that a command line can hold."""
    if record.request is None or len(record.request) > LONGEST or b"\0" in record.request:
        return None
    headers = ["Authorization: Bearer $AI_GATEWAY_KEY", "Content-Type: application/json", *_own(record)]
    lines = [f"curl {quote(gateway_url.rstrip('/') + (record.path or '/v1/chat/completions'))}"]
    # In double quotes, for the shell to fill in the key.
    lines.append(f'-H "{headers[0]}"')
    lines += [f"-H {quote(header)}" for header in headers[1:]]
    # Not -d, which takes what begins with @ for the name of a file to send.
    lines.append(f"--data-raw {quote(record.request.decode('utf-8', 'replace'))}")
    return " \\\n  ".join(lines)


def _own(record: RequestRecord) -> list[str]:
    told = (
        ("Helicone-User-Id", record.user),
        ("Helicone-Session-Id", record.session_id),
        ("Helicone-Session-Name", record.session_name),
        ("Helicone-Session-Path", record.session_path),
        *((f"Helicone-Property-{name}", value) for name, value in record.properties.items() if HEADER.fullmatch(name)),
    )
    return [f"{name}: {value}" for name, value in told if value and not any(one in value for one in "\r\n\0")]
