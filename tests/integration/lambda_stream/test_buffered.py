"""The handler for Lambda's own client."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ai_gateway.runtime.lambda_stream import BufferedHandler
from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send
from tests.integration.lambda_stream.apps import application, hello
from tests.integration.lambda_stream.fake_runtime_api import http_event


@dataclass
class Context:
    aws_request_id: str = "r-1"
    invoked_function_arn: str = "arn"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


journal: list[str] = []
loops: set[asyncio.AbstractEventLoop] = set()
scopes: list[Scope] = []


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    loops.add(asyncio.get_running_loop())
    scopes.append(scope)
    if scope["path"] == "/early":
        raise LookupError("before the response")
    await hello(scope, receive, send)
    journal.append((await receive())["type"])
    journal.append((await receive())["type"])
    if scope["path"] == "/late":
        raise LookupError("after the response")


@pytest.fixture
def handler() -> Iterator[BufferedHandler]:
    for notes in (journal, loops, scopes):
        notes.clear()
    handler = BufferedHandler(application(app, journal, pool="warm"))
    yield handler
    handler.close()


def test_answers_are_whole_and_share_one_loop_and_one_lifespan(handler: BufferedHandler) -> None:
    answer = {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "hello", "isBase64Encoded": False}
    assert handler(http_event(), Context()) == answer
    assert handler(http_event(), Context()) == answer
    assert journal == ["started", *["http.request", "http.disconnect"] * 2]
    assert len(loops) == 1


def test_the_scope_tells_the_invocation(handler: BufferedHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1")
    handler(http_event(), Context())
    context = scopes[0]["extensions"]["lambda"]
    assert 19 < context.pop("deadline") - time.monotonic() <= 20
    assert context == {"request_id": "r-1", "trace_id": "Root=1", "function_arn": "arn"}
    assert scopes[0]["state"] == {"pool": "warm"}


def test_an_error_before_the_response_is_the_invocations_error(handler: BufferedHandler) -> None:
    with pytest.raises(LookupError, match="before the response"):
        handler(http_event(path="/early"), Context())


def test_an_error_after_the_response_is_logged(handler: BufferedHandler, caplog: pytest.LogCaptureFixture) -> None:
    assert handler(http_event(path="/late"), Context())["body"] == "hello"
    assert "after the response" in caplog.text


def test_a_start_that_failed_is_tried_again_by_the_next_call() -> None:
    attempts: list[int] = []

    async def fragile(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" and not attempts:
            attempts.append(1)
            raise LookupError("not yet")
        await application(hello)(scope, receive, send)

    handler = BufferedHandler(fragile)
    with pytest.raises(LookupError, match="not yet"):
        handler(http_event(), Context())
    assert handler(http_event(), Context())["body"] == "hello"
    handler.close()
