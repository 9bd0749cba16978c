"""What the caller gets, and when."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from ai_gateway.runtime.lambda_stream.asgi import Receive, Scope, Send
from tests.integration.lambda_stream.apps import application, body, hello, start
from tests.integration.lambda_stream.conftest import Run
from tests.integration.lambda_stream.fake_runtime_api import FakeRuntimeApi, http_event


async def test_a_response_is_a_prelude_eight_nuls_and_the_body(api: FakeRuntimeApi, run: Run) -> None:
    async with run(application(hello)):
        answer = await api.invoke(http_event()).end()
    assert answer.kind == "response"
    assert answer.body == b'{"statusCode":200,"headers":{"content-type":"text/plain"}}' + b"\0" * 8 + b"hello"
    assert answer.trailers == {}


async def test_each_body_message_is_sent_before_the_next_is_produced(api: FakeRuntimeApi, run: Run) -> None:
    gates = [asyncio.Event(), asyncio.Event(), asyncio.Event()]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        for number, gate in enumerate(gates):
            await gate.wait()
            await body(send, b"chunk %d" % number, more=gate is not gates[-1])

    async with run(application(app)):
        answer = api.invoke(http_event())
        assert (await answer.chunk()).endswith(b"\0" * 8), "the prelude does not wait for the body"
        for number, gate in enumerate(gates):
            assert answer.chunks.empty()
            gate.set()
            assert await answer.chunk() == b"chunk %d" % number
        await answer.end()


async def test_an_empty_body_message_does_not_end_the_response(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send)
        for data in (b"", b"a", b"", b"b"):
            await body(send, data, more=True)
        await body(send, b"")

    async with run(application(app)):
        assert (await api.invoke(http_event()).end()).content == b"ab"


async def test_a_response_without_body_still_ends(api: FakeRuntimeApi, run: Run) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 204, ())
        await body(send, b"")

    async with run(application(app)):
        answer = await api.invoke(http_event("OPTIONS")).end()
    assert (answer.prelude, answer.content) == ({"statusCode": 204, "headers": {}}, b"")


async def test_cookies_come_apart_repeated_headers_joined_and_framing_is_left_to_lambda(
    api: FakeRuntimeApi, run: Run
) -> None:
    headers = [
        (b"Set-Cookie", b"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        (b"set-cookie", b"b=2"),
        (b"Vary", b"accept"),
        (b"vary", b"origin"),
        (b"content-length", b"2"),
        (b"transfer-encoding", b"chunked"),
        (b"connection", b"keep-alive"),
        (b"x-latin", b"caf\xe9"),
    ]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await start(send, 201, headers)
        await body(send, b"ok")

    async with run(application(app)):
        answer = await api.invoke(http_event()).end()
    assert answer.prelude == {
        "statusCode": 201,
        "headers": {"vary": "accept, origin", "x-latin": "café"},
        "cookies": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"],
    }


async def test_a_large_body_arrives_whole(api: FakeRuntimeApi, run: Run) -> None:
    data = bytes(range(256)) * 20_000

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert json.loads(message["body"]) == {"text": "x" * 5_000_000}
        await start(send)
        await body(send, data)

    async with run(application(app)):
        event = http_event("POST", body=json.dumps({"text": "x" * 5_000_000}))
        assert (await api.invoke(event, chunked_event=True).end()).content == data


async def test_a_slow_caller_slows_the_application(api: FakeRuntimeApi, run: Run) -> None:
    sent = 0
    over = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await start(send)
        for _ in range(80):
            await body(send, b"x" * 100_000, more=True)
            sent += 1
        await body(send, b"")
        over.set()

    async with run(application(app)):
        answer = api.invoke(http_event())
        answer.reading.clear()
        await answer.chunk()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(over.wait(), 0.3)
        assert 0 < sent < 80, "what nobody reads is not produced"
        answer.reading.set()
        await answer.end()
    assert len(answer.content) == 8_000_000


async def test_work_after_the_last_message_runs_after_the_response_and_before_the_next_invocation(
    api: FakeRuntimeApi, run: Run
) -> None:
    gate, began = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await hello(scope, receive, send)
        api.log.append("work begins")
        began.set()
        await gate.wait()
        api.log.append("work ends")

    async with run(application(app)):
        first, second = api.invoke(http_event()), api.invoke(http_event())
        await first.end()
        await began.wait()
        assert api.log == ["next", "response begins", "response ends", "work begins"]
        gate.set()
        await second.end()
    assert api.log[:6] == ["next", "response begins", "response ends", "work begins", "work ends", "next"]


async def test_a_starlette_application_streams_and_runs_its_background_task(api: FakeRuntimeApi, run: Run) -> None:
    gate = asyncio.Event()
    recorded: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        yield {"pool": "warm"}

    async def chat(request: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await gate.wait()
            yield f"data: {(await request.json())['model']} {request.state.pool}\n\n"

        task = BackgroundTask(recorded.append, request.url.path)
        return StreamingResponse(events(), media_type="text/event-stream", background=task)

    app = Starlette(routes=[Route("/v1/chat", chat, methods=["POST"])], lifespan=lifespan)
    async with run(app):
        answer = api.invoke(http_event("POST", "/v1/chat", body='{"model": "m"}'))
        await answer.chunk()
        assert await answer.chunk() == b"data: 1\n\n"
        gate.set()
        await answer.end()
        await api.asked_for_next()
        assert recorded == ["/v1/chat"]
    assert answer.prelude["headers"]["content-type"].startswith("text/event-stream")
    assert answer.content == b"data: 1\n\ndata: m warm\n\n"
