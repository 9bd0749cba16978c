"""Lambda's Runtime API: what a runtime asks, and how it reports what went wrong.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
"""

import base64
import json
import time
import traceback
from contextlib import closing
from dataclasses import dataclass

from ai_gateway.runtime.lambda_stream.exchange import Exchange, Headers, Reply

ROOT = "/2018-06-01/runtime"
ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
STREAMED = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Trailer": f"{ERROR_TYPE}, {ERROR_BODY}",
}

# The Runtime API drops the connection when all trailers together exceed 4,096 bytes.
TRAILER_LIMIT = 3_500


class RuntimeApiError(ConnectionError):
    """The Runtime API answered with a status that ends the exchange."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """`deadline` is in seconds on the monotonic clock. `invocation_id` must be sent back where there is one."""

    request_id: str
    deadline: float
    function_arn: str
    trace_id: str | None
    invocation_id: str | None
    event: bytes


class RuntimeApi:
    """Raises OSError, of which RuntimeApiError is one kind."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def next(self) -> Invocation:
        """Waits until there is an invocation; Lambda may freeze the process meanwhile."""
        with closing(await Exchange.open(self._address)) as exchange:
            return _invocation(_expect(200, await exchange.request("GET", f"{ROOT}/invocation/next")))

    async def stream(self, invocation: Invocation, first: bytes) -> Exchange:
        """Begin a streamed response; the exchange is the caller's to end and to close."""
        exchange = await Exchange.open(self._address)
        await exchange.start_chunked(_path(invocation, "response"), {**STREAMED, **_echo(invocation)}, first)
        return exchange

    async def respond(self, invocation: Invocation, body: bytes) -> None:
        await self._post(_path(invocation, "response"), {"Content-Type": "application/json", **_echo(invocation)}, body)

    async def fail(self, invocation: Invocation, error: BaseException) -> None:
        """Report an invocation that has no response yet."""
        await self._report(_path(invocation, "error"), error, error_type(error), _echo(invocation))

    async def fail_init(self, error: BaseException) -> None:
        await self._report(f"{ROOT}/init/error", error, "Runtime.InitError")

    async def fail_restore(self, error: BaseException) -> None:
        await self._report(f"{ROOT}/restore/error", error, "Runtime.AfterRestoreError")

    async def await_restore(self) -> None:
        """The snapshot is taken while this waits; it returns in each restored process."""
        with closing(await Exchange.open(self._address)) as exchange:
            _expect(200, await exchange.request("GET", f"{ROOT}/restore/next"))

    async def _report(self, path: str, error: BaseException, kind: str, headers: Headers | None = None) -> None:
        content = {"Content-Type": "application/vnd.aws.lambda.error+json", ERROR_TYPE: kind}
        await self._post(path, {**content, **(headers or {})}, json.dumps(error_report(error)).encode())

    async def _post(self, path: str, headers: Headers, body: bytes) -> None:
        with closing(await Exchange.open(self._address)) as exchange:
            _expect(202, await exchange.request("POST", path, headers, body))


def error_report(error: BaseException) -> dict[str, str | list[str]]:
    """Lambda's error object; the stack's oldest frame comes first."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": [line.rstrip() for line in traceback.format_tb(error.__traceback__)],
    }


def error_trailers(error: BaseException) -> Headers:
    """The report as trailers of a response that has begun: oldest frames, then half messages, are left out to fit."""
    frames = [line.rstrip() for line in traceback.format_tb(error.__traceback__)]
    message, kind = str(error), type(error).__name__[:200]
    while True:
        report = {"errorMessage": message, "errorType": kind, "stackTrace": frames}
        body = base64.b64encode(json.dumps(report).encode())
        if len(body) <= TRAILER_LIMIT:
            return {ERROR_TYPE: error_type(error), ERROR_BODY: body.decode()}
        if frames:
            frames = frames[1:]
        else:
            message = message[: len(message) // 2]


def error_type(error: BaseException) -> str:
    """Lambda knows types of the form `Function.Name`, letters only, and calls all others unknown."""
    name = type(error).__name__
    return f"Function.{name}" if name.isascii() and name.isalpha() and name[0].isupper() else "Function.Unhandled"


def _invocation(reply: Reply) -> Invocation:
    headers = reply.headers
    seconds_left = int(headers["lambda-runtime-deadline-ms"]) / 1000 - time.time()
    return Invocation(
        request_id=headers["lambda-runtime-aws-request-id"],
        deadline=time.monotonic() + seconds_left,
        function_arn=headers.get("lambda-runtime-invoked-function-arn", ""),
        trace_id=headers.get("lambda-runtime-trace-id"),
        invocation_id=headers.get("lambda-runtime-invocation-id"),
        event=reply.body,
    )


def _path(invocation: Invocation, resource: str) -> str:
    return f"{ROOT}/invocation/{invocation.request_id}/{resource}"


def _echo(invocation: Invocation) -> Headers:
    return {"Lambda-Runtime-Invocation-Id": invocation.invocation_id} if invocation.invocation_id else {}


def _expect(status: int, reply: Reply) -> Reply:
    if reply.status != status:
        raise RuntimeApiError(f"the Runtime API answered {reply.status}, not {status}: {reply.body[:500]!r}")
    return reply
