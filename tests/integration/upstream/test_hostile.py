"""Upstreams that answer badly, over real sockets and both adapters: bounded memory, a clear failure, the next provider."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ai_gateway.adapters.addresses import Reach
from ai_gateway.core import sse
from ai_gateway.core.context import Timeouts
from ai_gateway.core.wire import dumps, loads
from ai_gateway.ports import UpstreamCall, UpstreamResponse
from ai_gateway.services.answering import LARGEST_ANSWER, LARGEST_ERROR
from tests.fakes import Answer, FakeResponse, FakeUpstream, World, access
from tests.integration.upstream.serving import ADAPTERS, Adapter, Answering, serving
from tests.provider_answers import STREAMED, streamed, whole

ASKED: dict[str, object] = {"model": "gpt-4o-mini/openai,gpt-4o/azure", "messages": [{"role": "user", "content": "Hi"}]}
MEGABYTE = b"a" * 1024 * 1024
CHUNK = sse.encode(dumps(STREAMED["openai"][1][1]))


@dataclass(slots=True)
class TwoProviders(FakeUpstream):
    """OpenAI is what listens on `port`; everybody else answers well."""

    adapter: Adapter | None = None
    port: int = 0

    async def post(self, call: UpstreamCall) -> Any:
        self.calls.append(call)
        if "api.openai.com" not in call.url:
            return await FakeUpstream([self.good(call)]).post(call)
        assert self.adapter is not None
        return await self.adapter.post(replace(call, url=f"http://127.0.0.1:{self.port}/v1/chat/completions"))

    def good(self, call: UpstreamCall) -> Any:
        wishes: Any = loads(call.body)
        return FakeResponse([streamed("openai") if wishes.get("stream") else whole("openai")])


@pytest.fixture(params=ADAPTERS)
async def adapter(request: pytest.FixtureRequest) -> AsyncIterator[Adapter]:
    adapter: Adapter = request.param(Reach(private=True))
    yield adapter
    await adapter.close()


async def ask(adapter: Adapter, answer: bytes | Answering, *, stream: bool, **settings: Any) -> tuple[World, Answer]:
    async with serving(answer) as server:
        world = World(TwoProviders([], adapter=adapter, port=server.port), access=access("openai", "azure"), **settings)
        return world, await world.ask({**ASKED, "stream": stream})


def http(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    named = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items() if value]
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1") + body


def endless(head: bytes, piece: bytes) -> Answering:
    """Sends until nobody listens."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()

    return answer


EVENTS = http(b"", content_type="text/event-stream", content_length="", connection="close")
WITHOUT_END = http(b"", content_length="", connection="close")
BOMB = gzip.compress(b" " * 300 * 1024 * 1024, compresslevel=9)


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    """Of memory that Python and its C extensions ask for beside what there is."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        yield
        assert (tracemalloc.get_traced_memory()[1] - before) / 1024 / 1024 < megabytes
    finally:
        tracemalloc.stop()


BAD: Mapping[str, bytes] = {
    "nothing": b"",
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "an empty answer": http(b""),
    "no content": http(b"", "204 No Content", content_length=""),
    "a list": http(b"[]"),
    "a string": http(b'"hello"'),
    "null": http(b"null"),
    "an object without an answer": http(b"{}"),
    "JSON cut short": http(whole("openai")[:-5]),
    "a body cut short": http(whole("openai"), content_length="100000"),
    "invalid UTF-8": http(b'{"choices": "\xff\xfe"}'),
    "a page of HTML": http(b"<html><h1>It works!</h1></html>", content_type="text/html"),
    "gzip that is none": http(b"not gzip at all", content_encoding="gzip"),
    "gzip cut short": http(gzip.compress(whole("openai"))[:-30], content_encoding="gzip"),
    "an encoding nobody asked for": http(b"\x1b\x03\x00\xf8", content_encoding="br"),
    "JSON nested too deeply": http(b'{"choices":[{"message":{"x":' + b"[" * 500 + b"]" * 500 + b"}}]}"),
    "a redirect": http(b"", "302 Found", location="http://169.254.169.254/latest/meta-data"),
    "not modified": http(b"", "304 Not Modified", content_length=""),
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"x-a: " + MEGABYTE + b"\r\n\r\n",
    "100,000 headers": b"HTTP/1.1 200 OK\r\n" + b"x-a: 1\r\n" * 100_000 + b"\r\n{}",
    "a page of HTML under 502": http(b"<html><h1>Bad Gateway</h1></html>", "502 Bad Gateway", content_type="text/html"),
    "an error in the wrong encoding": http("Ungültig".encode("utf-16"), "500 Oh"),
    "a status that is none": http(b"{}", "999 Request denied"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
async def test_a_bad_answer_is_left_for_the_next_provider(adapter: Adapter, answer: bytes, stream: bool) -> None:
    world, got = await ask(adapter, answer, stream=stream)
    assert got.status == 200
    assert got.headers["helicone-provider"] == "azure"
    failed, served = world.record.attempts
    assert served.status == 200
    assert (failed.status or 0) >= 500
    assert failed.error
    assert len(failed.error) < 400
    assert "<html>" not in failed.error


FLOODS: Mapping[str, tuple[bytes | Answering, bool]] = {
    "a gzip bomb": (http(BOMB, content_encoding="gzip"), False),
    "a gzip bomb as a stream": (http(BOMB, content_encoding="gzip", content_type="text/event-stream"), True),
    "a gzip bomb as an error": (http(BOMB, "500 Oh", content_encoding="gzip"), False),
    "a body without end": (endless(WITHOUT_END, MEGABYTE), False),
    "an object without end": (endless(WITHOUT_END + b'{"choices":[' + b"0", b",0" * 500_000), True),
    "an error without end": (endless(http(b"", "429 Slow down", content_length=""), MEGABYTE), True),
    "an event without end": (endless(EVENTS + b"data: ", MEGABYTE), True),
    "lines of one event without end": (endless(EVENTS, (b"data: " + b"a" * 1000 + b"\n") * 1000), True),
    "a name without end": (endless(EVENTS + b"event: ", MEGABYTE), True),
}


@pytest.mark.parametrize(("answer", "stream"), FLOODS.values(), ids=FLOODS)
async def test_a_flood_is_cut_off_and_left_for_the_next_provider(
    adapter: Adapter, answer: bytes | Answering, stream: bool
) -> None:
    with at_most(3 * LARGEST_ANSWER // 1024 // 1024):
        world, got = await ask(adapter, answer, stream=stream)
    assert got.headers["helicone-provider"] == "azure"
    assert world.record.attempts[0].status in (429, 500, 502)


async def test_a_long_error_keeps_its_status_and_what_can_be_read_of_it(adapter: Adapter) -> None:
    long = dumps({"error": {"message": "x" * 2 * LARGEST_ERROR}})
    world, _ = await ask(adapter, http(long, "401 No"), stream=False)
    assert world.record.attempts[0].status == 401


async def test_an_event_without_end_is_told_inside_a_stream_that_has_begun(adapter: Adapter) -> None:
    with at_most(150):
        world, got = await ask(adapter, endless(EVENTS + CHUNK + b"data: ", MEGABYTE), stream=True)
    last: Any = loads(got.body.split(b"\n\n")[-2].removeprefix(b"data: "))
    assert last["error"]["type"] == "upstream_malformed"
    assert "event of more than" in last["error"]["message"]
    assert (world.record.outcome, world.record.tokens_estimated) == ("error", True)


async def test_a_stream_of_good_events_without_end_is_cut_off(adapter: Adapter) -> None:
    large = CHUNK.replace(b"Hello", MEGABYTE * 8)
    world, got = await ask(adapter, endless(EVENTS, large), stream=True)
    last: Any = loads(got.blocks[-1].removeprefix(b"data: "))
    assert "stream is larger than" in last["error"]["message"]
    assert world.record.error_type == "upstream_malformed"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_slow_drip_does_not_outlast_the_wait_for_a_first_chunk(adapter: Adapter, stream: bool) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(EVENTS if stream else WITHOUT_END)
        while not writer.is_closing():
            writer.write(b":\n" if stream else b" ")
            await writer.drain()
            await asyncio.sleep(0.005)  # what makes it drip

    world, got = await ask(adapter, drip, stream=stream, timeouts=Timeouts(first_chunk=0.1))
    assert got.headers["helicone-provider"] == "azure"
    assert world.record.attempts[0].error_type == "upstream_timeout"


async def test_no_cookie_of_an_upstream_comes_back_to_it(adapter: Adapter) -> None:
    async with serving(http(whole("openai"), set_cookie="session=1; Path=/")) as server:
        for _ in range(2):
            world = World(TwoProviders([], adapter=adapter, port=server.port), access=access("openai"))
            answer = await world.ask({**ASKED, "model": "gpt-4o-mini/openai"})
            assert "set-cookie" not in answer.headers
    assert len(server.heads) == 2
    assert all(b"cookie" not in head.lower() for head in server.heads)


async def test_two_members_of_gzip_are_one_answer(adapter: Adapter) -> None:
    body = whole("openai")
    folded = gzip.compress(body[:50]) + gzip.compress(body[50:])
    _, got = await ask(adapter, http(folded, content_encoding="gzip"), stream=False)
    assert got.headers["helicone-provider"] == "openai"


@pytest.mark.parametrize("size", [1, 262_143, 262_144, 262_145, 1_000_000])
async def test_what_is_folded_comes_out_as_it_went_in(adapter: Adapter, size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    async with serving(http(gzip.compress(body), content_encoding="gzip")) as server:
        response: UpstreamResponse = await adapter.post(UpstreamCall(server.url, {}, b"{}"))
        assert b"".join([piece async for piece in response.chunks()]) == body
        await response.close()
