"""The event of a function URL or an HTTP API (payload format 2.0) as an ASGI scope.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads.
"""

import base64
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from ai_gateway.runtime.lambda_stream.asgi import Scope

Event: TypeAlias = Mapping[str, Any]


class UnsupportedEvent(ValueError):
    """The event did not come over HTTP."""


def http_scope(event: Event, extension: Mapping[str, object], state: Mapping[str, object]) -> Scope:
    """`extension` becomes `extensions["lambda"]`; `state` is copied, as ASGI asks.

    Raises UnsupportedEvent for events of other sources and payload formats.
    """
    http = _http(event)
    raw_path = event.get("rawPath") or "/"
    headers = _headers(event)
    secure = (b"x-forwarded-proto", b"http") not in headers
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": http.get("protocol", "HTTP/1.1").rpartition("/")[2],
        "method": http["method"].upper(),
        "scheme": "https" if secure else "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "root_path": "",
        "query_string": (event.get("rawQueryString") or "").encode(),
        "headers": headers,
        "client": (http.get("sourceIp", ""), 0),
        "server": (event["requestContext"].get("domainName", ""), 443 if secure else 80),
        "state": dict(state),
        "extensions": {"lambda": dict(extension)},
    }


def http_body(event: Event) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _http(event: Event) -> Mapping[str, Any]:
    context = event.get("requestContext")
    http = context.get("http") if isinstance(context, dict) else None
    if not isinstance(http, dict) or "method" not in http:
        raise UnsupportedEvent(
            f"the event with the fields {sorted(event)!r} is not an HTTP request in payload format 2.0: "
            "call the function through its URL"
        )
    return http


def _headers(event: Event) -> list[tuple[bytes, bytes]]:
    """Lambda has joined repeated headers by commas; cookies come apart, and sometimes in both places."""
    headers = [(name.lower().encode(), value.encode()) for name, value in (event.get("headers") or {}).items()]
    cookies = event.get("cookies")
    if cookies:
        headers = [header for header in headers if header[0] != b"cookie"]
        headers.append((b"cookie", "; ".join(cookies).encode()))
    return headers
