"""The hot route as ASGI: how long a request may take, and what its stream holds beside events."""

import asyncio

import pytest
from starlette.types import Message

from ai_gateway.core.wire import dumps
from ai_gateway.web.chat import ChatEndpoint
from ai_gateway.web.heartbeat import COMMENT
from tests.fakes import KEY, FakeResponse, FakeUpstream, World

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
DELTA = b"data: " + dumps({**CHUNK, "choices": [{"index": 0, "delta": {"content": "Hi"}}]}) + b"\n\n"


def endpoint(world: World, heartbeat: float = 0) -> ChatEndpoint:
    return ChatEndpoint(world.gateway, world.clock, largest_body=10_000, deadline=600, heartbeat=heartbeat)


async def serve(
    chat: ChatEndpoint, *, stream: bool, deadline: float | None = None, retry_after: float = 0, enough: bytes = b""
) -> list[Message]:
    """The messages of one request; the caller leaves when one holds what is `enough`."""
    request = {"model": "gpt-4o-mini/openai", "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    wait = f"{retry_after * 1000:g}"
    headers = [(b"authorization", f"Bearer {KEY}")]
    if retry_after:
        headers += [(b"helicone-retry-enabled", "true"), (b"helicone-retry-num", "1")]
        headers += [(b"helicone-retry-min-timeout", wait), (b"helicone-retry-max-timeout", wait)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions",
        "headers": [(name, value.encode()) for name, value in headers],
        "extensions": {"lambda": {"deadline": deadline}} if deadline is not None else {},
    }
    body = [dumps(request)]
    left = asyncio.Event()
    messages: list[Message] = []

    async def receive() -> Message:
        if body:
            return {"type": "http.request", "body": body.pop()}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)
        if enough and enough in message.get("body", b""):
            left.set()

    await asyncio.wait_for(chat(scope, receive, send), 5)
    return messages


@pytest.mark.parametrize(
    ("platform", "given"), [(900, 600), (500, 495), (20, 18)], ids=["its own", "Lambda's", "little of Lambda's"]
)
async def test_a_request_ends_before_the_platform_ends_the_process(platform: float, given: float) -> None:
    """A retry is waited for when it falls into the request's time, and only then."""
    for wait, slept in ((given - 1, [given - 1]), (given + 1, [])):
        busy = FakeResponse([b"{}"], status=500)
        world = World(FakeUpstream([busy, busy]))
        await serve(endpoint(world), stream=False, deadline=world.clock.monotonic() + platform, retry_after=wait)
        assert world.clock.slept == slept


async def test_a_silent_stream_is_kept_alive() -> None:
    world = World(FakeUpstream([FakeResponse([DELTA], hangs=True)]))
    messages = await serve(endpoint(world, heartbeat=0.01), stream=True, enough=COMMENT)
    assert messages[0]["status"] == 200
    assert [message["body"] for message in messages[2:]] == [COMMENT]
    assert world.record.outcome == "cancelled"
