"""The hot path among fakes: what comes back, what is tried, and the one record that stays behind."""

import asyncio

import pytest

from ai_gateway.core.context import Retries, Timeouts
from ai_gateway.core.errors import InvalidRequest, UpstreamUnreachable
from ai_gateway.core.wire import dumps, loads
from ai_gateway.services.gateway import ReadBody
from tests.fakes import Answer, FakeResponse, FakeUpstream, World, access

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": USAGE,
}
ASKED = {"model": "gpt-4o-mini/openai", "messages": [{"role": "user", "content": "Hi"}]}
CHAIN = {**ASKED, "model": "gpt-4o-mini/openai,gpt-4o/azure"}


def whole() -> FakeResponse:
    return FakeResponse([dumps(WHOLE)])


def refused(status: int, headers: dict[str, str] | None = None, **error: object) -> FakeResponse:
    return FakeResponse([dumps({"error": {"message": f"said {status}", **error}})], status, headers or {})


def event(choices: list[dict[str, object]], usage: object = None) -> bytes:
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + dumps(chunk) + b"\n\n"


def delta(content: str, finish: str | None = None) -> bytes:
    return event([{"index": 0, "delta": {"role": "assistant", "content": content}, "finish_reason": finish}])


STREAM = [delta("Hel"), delta("lo", "stop"), event([], USAGE), b"data: [DONE]\n\n"]


def events(answer: Answer) -> list[dict[str, object]]:
    lines = [line[6:] for line in answer.body.split(b"\n\n") if line.startswith(b"data: ")]
    return [loads(line) for line in lines if line != b"[DONE]"]  # type: ignore[misc]


def error_of(answer: Answer) -> dict[str, object]:
    body = loads(answer.body)
    assert isinstance(body, dict)
    error = body["error"]
    assert isinstance(error, dict)
    assert set(error) == {"message", "type", "param", "code"}
    return error


async def test_an_answer_comes_back_with_its_headers_and_leaves_one_record() -> None:
    world = World(FakeUpstream([whole()]))
    answer = await world.ask(ASKED)
    assert answer.status == 200
    assert loads(answer.body) == WHOLE
    assert answer.headers["helicone-provider"] == "openai"
    assert answer.headers["helicone-model"] == "gpt-4o-mini"
    assert answer.headers["helicone-gateway-mode"] == "BYOK"
    assert answer.headers["helicone-status"] == "success"
    assert answer.headers["gateway-cost"] == "0.0000045"
    record = world.record
    assert (record.outcome, record.status, record.source) == ("success", 200, "gpt-4o-mini/openai")
    assert (record.tokens, record.cost) == ({"input": 10, "output": 5}, 4_500_000)
    assert (record.organization, record.key_id) == ("acme", "key-1")
    assert record.request == dumps(ASKED)
    assert loads(record.response or b"") == WHOLE


async def test_the_record_says_what_the_dearest_other_provider_would_have_cost() -> None:
    world = World(FakeUpstream([whole()]), access=access("nebius", "groq", "together"))
    await world.ask({**ASKED, "model": "llama-3.3-70b-instruct"})
    record = world.record
    assert record.provider == "nebius"
    assert record.cost == 10 * 130_000 + 5 * 400_000
    assert record.cost_dearest == 15 * 880_000


async def test_other_items_of_a_chain_are_no_dearer_choice() -> None:
    world = World(FakeUpstream([whole()]))
    await world.ask(CHAIN)
    assert world.record.cost_dearest is None


async def test_the_record_says_what_the_tokens_would_have_cost_uncached() -> None:
    usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 8}}
    world = World(FakeUpstream([FakeResponse([dumps({**WHOLE, "usage": usage})])]))
    await world.ask(ASKED)
    assert world.record.cost == 2 * 150_000 + 8 * 75_000 + 5 * 600_000
    assert world.record.cost_uncached == 10 * 150_000 + 5 * 600_000


async def test_the_provider_gets_its_model_and_its_own_credentials_only() -> None:
    world = World(FakeUpstream([whole()]))
    await world.ask({**ASKED, "model": "gpt-4o-mini"}, user="someone")
    (call,) = world.upstream.calls
    assert call.url == "https://api.openai.com/v1/chat/completions"
    assert call.headers["authorization"] == "Bearer secret-of-openai"
    sent = loads(call.body)
    assert isinstance(sent, dict)
    assert sent["model"] == "gpt-4o-mini"


@pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 409, 425, 429, 500, 502, 503, 529])
async def test_a_failure_of_the_provider_falls_back_before_the_caller_notices(status: int) -> None:
    world = World(FakeUpstream([refused(status), whole()]))
    answer = await world.ask(CHAIN)
    assert answer.status == 200
    assert answer.headers["helicone-provider"] == "azure"
    first, second = world.record.attempts
    assert (first.source, first.status, first.error) == ("gpt-4o-mini/openai", status, f"said {status}")
    assert (second.source, second.status, second.error) == ("gpt-4o/azure", 200, None)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_wrong_request_is_not_sent_to_the_next_provider(status: int) -> None:
    world = World(FakeUpstream([refused(status, type="invalid_request_error", code="bad", param="p")]))
    answer = await world.ask(CHAIN)
    assert answer.status == status
    assert error_of(answer) == {
        "message": f"said {status}",
        "type": "invalid_request_error",
        "code": "bad",
        "param": "p",
    }


async def test_another_model_of_a_chain_is_tried_when_the_prompt_is_too_long_for_the_first() -> None:
    too_long = refused(400, code="context_length_exceeded")
    world = World(FakeUpstream([too_long, whole()]))
    assert (await world.ask(CHAIN)).status == 200


async def test_the_same_model_elsewhere_is_not_tried_when_the_prompt_is_too_long() -> None:
    world = World(FakeUpstream([refused(400, code="context_length_exceeded")]))
    assert (await world.ask({**ASKED, "model": "gpt-4o/openai,gpt-4o/azure"})).status == 400


async def test_when_all_fail_the_last_failure_comes_back_with_every_attempt() -> None:
    world = World(FakeUpstream([UpstreamUnreachable("No way."), refused(429, {"retry-after": "7"})]))
    answer = await world.ask({**CHAIN, "model": "nonsense,gpt-4o-mini/openai,gpt-4o/azure"})
    assert answer.status == 429
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["helicone-status"] == "failed"
    body = loads(answer.body)
    assert isinstance(body, dict)
    assert [(row["source"], row["status"], row["type"]) for row in body["attempts"]] == [
        ("gpt-4o-mini/openai", 502, "upstream_unreachable"),
        ("gpt-4o/azure", 429, "rate_limit_exceeded"),
        ("nonsense", None, "unknown_model"),
    ]
    assert world.record.outcome == "error"


async def test_a_failed_provider_is_tried_last_until_it_has_cooled_down() -> None:
    world = World(FakeUpstream([refused(500), whole(), whole(), whole()]))
    await world.ask(CHAIN)
    second = await world.ask(CHAIN)
    assert second.headers["helicone-provider"] == "azure"
    world.clock.now += 31
    third = await world.ask(CHAIN)
    assert third.headers["helicone-provider"] == "openai"


async def test_retry_after_lengthens_the_cool_down() -> None:
    world = World(FakeUpstream([refused(429, {"retry-after": "100"}), whole(), whole()]))
    await world.ask(CHAIN)
    world.clock.now += 99
    assert (await world.ask(CHAIN)).headers["helicone-provider"] == "azure"


async def test_retries_wait_longer_each_time_and_are_recorded() -> None:
    world = World(FakeUpstream([refused(500), refused(429, {"retry-after": "9"}), whole()]))
    answer = await world.ask(ASKED, retries=Retries(most=3, factor=2, shortest=1, longest=10))
    assert answer.status == 200
    assert world.clock.slept == [1, 9]
    assert [attempt.retry for attempt in world.record.attempts] == [0, 1, 2]


async def test_a_retry_that_would_miss_the_deadline_is_not_waited_for() -> None:
    world = World(FakeUpstream([refused(429, {"retry-after": "60"})]))
    answer = await world.ask(ASKED, retries=Retries(most=3), deadline=world.clock.now + 30)
    assert answer.status == 429
    assert world.clock.slept == []


async def test_a_wrong_request_is_not_retried() -> None:
    world = World(FakeUpstream([refused(400)]))
    assert (await world.ask(ASKED, retries=Retries(most=3))).status == 400


async def test_a_provider_that_never_answers_is_left_for_the_next() -> None:
    silent = FakeResponse([], hangs=True)
    world = World(FakeUpstream([silent, whole()]), timeouts=Timeouts(first_chunk=0.01))
    answer = await world.ask(CHAIN)
    assert answer.headers["helicone-provider"] == "azure"
    assert world.record.attempts[0].error_type == "upstream_timeout"
    assert silent.closed == 1


async def test_a_stream_is_relayed_and_its_usage_kept_from_a_caller_who_did_not_ask() -> None:
    world = World(FakeUpstream([FakeResponse(STREAM)]))
    answer = await world.ask({**ASKED, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert all(chunk["choices"] for chunk in events(answer))
    assert (world.record.tokens, world.record.cost) == ({"input": 10, "output": 5}, 4_500_000)
    stored = loads(world.record.response or b"")
    assert isinstance(stored, dict)
    assert stored["choices"][0]["message"]["content"] == "Hello"


async def test_a_caller_who_asks_for_usage_gets_it_last_with_the_cost() -> None:
    world = World(FakeUpstream([FakeResponse(STREAM)]))
    answer = await world.ask({**ASKED, "stream": True, "stream_options": {"include_usage": True}})
    last = events(answer)[-1]
    assert last["choices"] == []
    assert last["usage"] == {**USAGE, "cost": 0.0000045}


async def test_usage_is_asked_of_the_provider_whoever_wants_it() -> None:
    world = World(FakeUpstream([FakeResponse(STREAM)]))
    await world.ask({**ASKED, "stream": True})
    sent = loads(world.upstream.calls[0].body)
    assert isinstance(sent, dict)
    assert sent["stream_options"] == {"include_usage": True}


async def test_each_piece_goes_out_when_it_comes_in() -> None:
    world = World(FakeUpstream([FakeResponse(STREAM)]))
    answer = await world.ask({**ASKED, "stream": True})
    assert b"Hel" in answer.blocks[0]
    assert b"lo" not in answer.blocks[0]


async def test_a_stream_that_fails_before_its_first_chunk_falls_back() -> None:
    broken = FakeResponse([UpstreamUnreachable("Cut.")])
    world = World(FakeUpstream([broken, FakeResponse(STREAM)]))
    answer = await world.ask({**CHAIN, "stream": True})
    assert answer.headers["helicone-provider"] == "azure"
    assert broken.closed == 1


async def test_a_stream_that_breaks_off_tells_it_inside_the_stream() -> None:
    cut = FakeResponse([delta("Hel"), UpstreamUnreachable("The connection was cut.")])
    world = World(FakeUpstream([cut]))
    answer = await world.ask({**CHAIN, "stream": True})
    last = events(answer)[-1]
    assert last["error"] == {
        "message": "The connection was cut.",
        "type": "upstream_unreachable",
        "param": None,
        "code": "upstream_unreachable",
    }
    assert b"[DONE]" not in answer.body
    record = world.record
    assert (record.outcome, record.error_type, record.tokens_estimated) == ("error", "upstream_unreachable", True)
    assert cut.closed == 1


async def test_a_stream_that_only_its_end_reveals_is_told_once() -> None:
    """Google sends a list of JSON where it was not asked for events; nothing can be said before it is whole."""
    candidate = {"content": {"parts": [{"text": "Hello"}]}, "finishReason": "STOP"}
    counted = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    body = dumps([{"candidates": [candidate], "usageMetadata": counted}])
    world = World(FakeUpstream([FakeResponse([body])]))
    asked = {**ASKED, "model": "gemini-2.5-flash/google", "stream": True, "stream_options": {"include_usage": True}}
    told = events(await world.ask(asked))
    assert [len(chunk["choices"]) for chunk in told] == [1, 1, 0]  # type: ignore[arg-type]
    assert world.record.tokens == {"input": 10, "output": 5}


async def test_a_stream_in_place_of_a_whole_answer_is_folded_into_one() -> None:
    streams = {"content-type": "text/event-stream; charset=utf-8"}
    world = World(FakeUpstream([FakeResponse(STREAM, headers=streams)]))
    body = loads((await world.ask(ASKED)).body)
    assert isinstance(body, dict)
    [choice] = body["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Hello", "stop")
    assert body["usage"] == USAGE


async def test_a_stream_that_ends_early_does_not_look_complete() -> None:
    world = World(FakeUpstream([FakeResponse([delta("Hel")])]))
    answer = await world.ask({**ASKED, "stream": True})
    assert "error" in events(answer)[-1]
    assert world.record.outcome == "error"


async def test_a_stream_that_falls_silent_is_given_up() -> None:
    world = World(FakeUpstream([FakeResponse([delta("Hel")], hangs=True)]), timeouts=Timeouts(idle=0.01))
    answer = await world.ask({**ASKED, "stream": True})
    error = events(answer)[-1]["error"]
    assert isinstance(error, dict)
    assert error["type"] == "upstream_timeout"


async def test_a_stream_ends_at_the_deadline_and_leaves_its_record() -> None:
    world = World(FakeUpstream([FakeResponse([delta("Hel")], hangs=True)]))
    answer = await world.ask({**ASKED, "stream": True}, deadline=world.clock.monotonic() + 0.01)
    error = events(answer)[-1]["error"]
    assert isinstance(error, dict)
    assert error["type"] == "upstream_timeout"
    assert "longer than a request may" in str(error["message"])
    assert world.record.outcome == "error"
    assert world.record.response


async def test_a_caller_who_still_reads_at_the_deadline_leaves_a_record() -> None:
    """On Lambda the process would end with the deadline, and the record with it."""
    world = World(FakeUpstream([FakeResponse(STREAM)]))

    async def read() -> None:
        context = world.context(deadline=world.clock.monotonic() + 0.01)
        async with world.gateway.chat(body_of({**ASKED, "stream": True}), context) as reply:
            await anext(reply.body)
            await anext(reply.body)
            await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await read()
    assert world.record.outcome == "cancelled"


async def test_a_caller_who_leaves_mid_stream_leaves_one_record_with_an_estimate() -> None:
    response = FakeResponse([delta("Hello, world.")], hangs=True)
    world = World(FakeUpstream([response]))
    begun = asyncio.Event()

    async def read() -> None:
        async with world.gateway.chat(body_of({**ASKED, "stream": True}), world.context()) as reply:
            async for _ in reply.body:
                begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = world.record
    assert (record.outcome, record.status, record.tokens_estimated) == ("cancelled", 200, True)
    assert response.closed == 1


async def test_a_caller_who_leaves_before_the_answer_leaves_one_record() -> None:
    world = World(FakeUpstream([FakeResponse([], hangs=True)]))
    task = asyncio.create_task(world.ask(ASKED))
    await world.upstream.called.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (world.record.outcome, world.record.status) == ("cancelled", 499)


async def test_a_wrong_key_is_refused_and_leaves_a_record_without_bodies() -> None:
    world = World(FakeUpstream([]))
    answer = await world.ask(ASKED, key="sk-wrong")
    assert answer.status == 401
    assert error_of(answer)["type"] == "authentication_error"
    assert (world.record.request, world.record.response, world.record.key_id) == (None, None, None)


async def test_a_body_that_is_refused_is_recorded_as_it_came() -> None:
    world = World(FakeUpstream([]))
    answer = await world.ask(b'{"messages": 5}')
    assert answer.status == 400
    assert world.record.request == b'{"messages": 5}'


async def test_an_unknown_model_names_the_nearest() -> None:
    world = World(FakeUpstream([]))
    answer = await world.ask({**ASKED, "model": "gpt-4o-mni"})
    assert answer.status == 404
    assert "gpt-4o-mini" in str(error_of(answer)["message"])


async def test_bodies_are_left_out_when_the_caller_says_so() -> None:
    world = World(FakeUpstream([whole()]))
    await world.ask(ASKED, omit_request=True, omit_response=True)
    assert (world.record.request, world.record.response) == (None, None)
    assert world.record.tokens == {"input": 10, "output": 5}


async def test_strict_refuses_what_the_provider_would_not_get() -> None:
    world = World(FakeUpstream([]))
    answer = await world.ask({**ASKED, "model": "claude-sonnet-4/anthropic", "logit_bias": {"1": 2}}, strict=True)
    assert answer.status == 400
    assert "logit_bias" in str(error_of(answer)["message"])


async def test_a_defect_leaves_a_record_and_is_not_swallowed() -> None:
    world = World(FakeUpstream([ZeroDivisionError()]))
    with pytest.raises(ZeroDivisionError):
        await world.ask(ASKED)
    assert (world.record.outcome, world.record.error_type) == ("error", "internal_error")


async def test_a_body_that_cannot_be_read_is_answered_and_recorded() -> None:
    world = World(FakeUpstream([]))

    async def read_body() -> bytes:
        raise InvalidRequest("Too much.")

    async with world.gateway.chat(read_body, world.context()) as reply:
        assert reply.status == 400
    assert world.record.error == "Too much."


async def test_no_secret_of_a_provider_reaches_the_record_or_the_answer() -> None:
    world = World(FakeUpstream([refused(401), whole()]))
    answer = await world.ask(CHAIN)
    assert "secret-of" not in repr(world.record)
    assert "secret-of" not in repr(answer)
    assert "sk-test" not in repr(world.record)


async def test_a_simulated_answer_is_marked_and_never_stands_in_for_a_real_provider() -> None:
    world = World(FakeUpstream([refused(500), whole()]), access=access("openai", simulated=["azure"]))
    failed = await world.ask(CHAIN)
    assert failed.status == 500
    assert world.record.attempts[-1].error_type == "simulated"
    alone = await world.ask({**ASKED, "model": "gpt-4o/azure"})
    assert alone.headers["gateway-simulated"] == "true"


def body_of(body: dict[str, object]) -> ReadBody:
    async def read_body() -> bytes:
        return dumps(body)

    return read_body
