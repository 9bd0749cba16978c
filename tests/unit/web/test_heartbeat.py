"""What a silent stream sends, and what it must not come between."""

import asyncio

import pytest
from starlette.types import Message

from ai_gateway.web.heartbeat import COMMENT, Heartbeat

EVENT: Message = {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True}


class Caller:
    """Takes messages; `beaten` is set with the second comment."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.beaten = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()

    async def __call__(self, message: Message) -> None:
        await self.reads.wait()
        self.taken.append(message["body"])
        if self.taken.count(COMMENT) == 2:
            self.beaten.set()


async def test_a_silent_stream_gets_a_comment_again_and_again() -> None:
    caller = Caller()
    with Heartbeat(caller, 0.01) as send:
        await send(EVENT)
        await asyncio.wait_for(caller.beaten.wait(), 5)
        await send(EVENT)
    assert caller.taken[0] == caller.taken[-1] == EVENT["body"]
    assert set(caller.taken[1:-1]) == {COMMENT}


async def test_a_stream_that_is_not_silent_gets_none() -> None:
    caller = Caller()
    with Heartbeat(caller, 60) as send:
        for _ in range(3):
            await send(EVENT)
    assert caller.taken == [EVENT["body"]] * 3


async def test_nothing_is_sent_while_the_caller_takes_a_message() -> None:
    caller = Caller()
    caller.reads.clear()
    with Heartbeat(caller, 0.001) as send:
        sending = asyncio.create_task(send(EVENT))
        await asyncio.sleep(0.02)
        caller.reads.set()
        await sending
    assert caller.taken == [EVENT["body"]]


async def test_an_event_waits_for_the_comment_that_is_on_its_way() -> None:
    caller = Caller()
    with Heartbeat(caller, 0.01) as send:
        caller.reads.clear()
        await asyncio.sleep(0.02)
        sending = asyncio.create_task(send(EVENT))
        await asyncio.sleep(0)
        caller.reads.set()
        await sending
    assert caller.taken == [COMMENT, EVENT["body"]]


async def test_a_comment_that_cannot_be_sent_fails_the_next_event() -> None:
    async def gone(message: Message) -> None:
        called.set()
        raise OSError("Lambda has ended the invocation")

    called = asyncio.Event()
    with Heartbeat(gone, 0.01) as send:
        await asyncio.wait_for(called.wait(), 5)
        with pytest.raises(OSError, match="ended"):
            await send(EVENT)
