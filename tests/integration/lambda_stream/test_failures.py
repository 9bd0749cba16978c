"""What happens when something breaks, and that the next invocation is served all the same."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send
from ai_gateway.runtime.lambda_stream.process import Process
from tests.integration.lambda_stream.apps import application, body, hello, start
from tests.integration.lambda_stream.conftest import Run
from tests.integration.lambda_stream.fake_runtime_api import FakeRuntimeApi, http_event


class CodecError(Exception):
    pass


async def test_an_error_before_the_start_is_reported_as_the_invocations_error(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise CodecError("no such codec")

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
        assert (await api.invoke(http_event()).end()).kind == "error", "the process goes on"
    assert answer.kind == "error"
    assert answer.headers["lambda-runtime-function-error-type"] == "Function.CodecError"
    assert (answer.json["errorType"], answer.json["errorMessage"]) == ("CodecError", "no such codec")
    assert "test_failures.py" in answer.json["stackTrace"][-1]


@pytest.mark.parametrize("message", ["cut", "x" * 10_000, "\N{GRINNING FACE}" * 5_000, '"\\\n' * 3_000])
async def test_an_error_after_the_start_is_told_in_trailers_that_fit(
    message: str, api: FakeRuntimeApi, run: Run
) -> None:
    def deep(levels: int) -> None:
        if not levels:
            raise CodecError(message)
        deep(levels - 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await body(send, b"half", more=True)
        deep(100)

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
        await api.asked_for_next()
    assert answer.content == b"half"
    assert answer.trailers["lambda-runtime-function-error-type"] == "Function.CodecError"
    report = answer.trailing_error
    assert report["errorType"] == "CodecError"
    assert report["errorMessage"]
    assert message.startswith(report["errorMessage"])


async def test_a_response_that_is_never_started_is_an_error(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        return

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
    assert (answer.kind, answer.json["errorType"]) == ("error", "RuntimeError")


async def test_a_response_that_is_never_completed_is_an_error(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        await body(send, b"half", more=True)

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
    assert answer.trailers["lambda-runtime-function-error-type"] == "Function.RuntimeError"


async def test_an_application_that_cancels_itself_fails_only_its_own_invocation(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    async with run(application(app)) as process:
        assert (await api.invoke(http_event()).end()).json["errorType"] == "CancelledError"
        await api.asked_for_next()
        assert not process.done()


async def _body_first(send: Send) -> None:
    await body(send, b"early")


async def _two_starts(send: Send) -> None:
    await start(send)
    await start(send)


async def _unknown(send: Send) -> None:
    await send({"type": "http.response.push"})


@pytest.mark.parametrize("messages", [_body_first, _two_starts, _unknown])
@pytest.mark.parametrize("environ", [{}, {"AWS_SAM_LOCAL": "true"}], ids=["streamed", "buffered"])
async def test_messages_out_of_turn_are_the_applications_error(
    messages: Callable[[Send], Awaitable[None]], environ: dict[str, str], api: FakeRuntimeApi, run: Run
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(RuntimeError, match="may not send"):
            await messages(send)
        raise CodecError

    async with run(application(app), **environ):
        answer = await api.invoke(http_event()).end()
    reported = answer.trailers or answer.headers
    assert reported["lambda-runtime-function-error-type"] == "Function.CodecError"


async def test_a_body_after_the_last_is_refused(api: FakeRuntimeApi, run: Run) -> None:
    refused = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        with pytest.raises(RuntimeError, match="may not send"):
            await body(send, b"more")
        refused.set()

    async with run(application(app)):
        assert (await api.invoke(http_event()).end()).content == b"hello"
        await asyncio.wait_for(refused.wait(), 5)


async def test_an_error_after_the_response_is_logged_and_changes_nothing(
    api: FakeRuntimeApi, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        raise CodecError("too late")

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
        await api.asked_for_next()
    assert (answer.kind, answer.content, answer.trailers) == ("response", b"hello", {})
    assert "too late" in caplog.text


@pytest.mark.parametrize("breach", [{"abort": True}, {"refuse": (400, b'{"errorType": "InvokeTimeout"}')}])
async def test_an_invocation_that_lambda_ends_is_told_to_the_application(
    breach: dict[str, Any], api: FakeRuntimeApi, run: Run
) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await start(send)
        seen.append((await receive())["type"])
        with pytest.raises(OSError, match="ended the invocation"):
            await body(send, b"to nobody")
        seen.append("send raised")

    async with run(application(app)):
        answer = await api.invoke(http_event(), **breach).end()
        await api.asked_for_next()
        assert seen == ["http.disconnect", "send raised"]
    assert api.log.count("error begins") == 0, "an ended invocation takes no report"
    assert answer.content == b""


async def test_a_disconnect_is_seen_after_the_response(api: FakeRuntimeApi, run: Run) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        seen.append((await receive())["type"])
        seen.append((await receive())["type"])

    async with run(application(app)):
        await api.invoke(http_event()).end()
        await api.asked_for_next()
    assert seen == ["http.request", "http.disconnect"]


@pytest.mark.parametrize("environ", [{}, {"AWS_SAM_LOCAL": "true"}], ids=["streamed", "buffered"])
async def test_a_refused_response_is_raised_to_the_application(
    environ: dict[str, str], api: FakeRuntimeApi, run: Run
) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(ConnectionError, match="413"):
            await hello(scope, receive, send)
        seen.append("raised")
        await receive()

    async with run(application(app), **environ):
        await api.invoke(http_event(), final=(413, b'{"errorType": "RequestEntityTooLarge"}')).end()
        await api.asked_for_next()
    assert seen == ["raised"]


async def test_an_event_that_did_not_come_over_http_is_an_error(api: FakeRuntimeApi, run: Run) -> None:
    async with run(application(hello)):
        answer = await api.invoke({"source": "aws.scheduler", "detail": {}}).end()
        assert (await api.invoke(http_event()).end()).content == b"hello"
    assert answer.json["errorType"] == "UnsupportedEvent"
    assert "call the function through its URL" in answer.json["errorMessage"]


async def test_the_process_ends_when_the_runtime_api_fails(api: FakeRuntimeApi) -> None:
    journal: list[str] = []
    api.next_status = 500
    process = Process(lambda: application(hello, journal), {"AWS_LAMBDA_RUNTIME_API": api.address})
    assert await asyncio.wait_for(process.run(), 5) == 1
    assert journal == ["started", "stopped"]
