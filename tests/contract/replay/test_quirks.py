"""What providers are known to do otherwise than OpenAI, a small answer for each, played to the OpenAI SDK through the
whole gateway. These need no recordings.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from openai import APIError, APIStatusError

from tests.contract.replay.judging import (
    Answer,
    Call,
    Choice,
    Usage,
    assert_streamed_as_openai_does,
    heard,
    with_ids,
)
from tests.contract.replay.stage import Replay, Stage
from tests.contract.replay.upstream import Played

Json = dict[str, Any]

ASKED = {"messages": [{"role": "user", "content": "Hi"}]}
COUNTED = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
USAGE = Usage(3, 2, 5)


def whole(body: object, status: int = 200, **headers: str) -> Played:
    text = body if isinstance(body, str) else json.dumps(body)
    return Played(status, {"content-type": "application/json", **headers}, text.encode())


def stream(*events: Json | str, done: bool = True, end: str = "\n\n") -> Played:
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in events]
    text = "".join(line + end for line in [*lines, *(["data: [DONE]"] if done else [])])
    return Played(200, {"content-type": "text/event-stream"}, text.encode())


def chunk(delta: Json | None = None, finish: str | None = None, **fields: object) -> Json:
    choices = [{"index": 0, "delta": delta or {}, "finish_reason": finish}]
    return {
        "id": "c-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
        **fields,
    }


def completion(message: Json, finish: str | None = "stop", usage: Json | None = COUNTED, **fields: object) -> Json:
    choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]
    counted = {} if usage is None else {"usage": usage}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": choices,
        **counted,
        **fields,
    }


FIRST = chunk({"role": "assistant", "content": ""})
HELLO = chunk({"content": "Hello"})
END = chunk(finish="stop")
LAST = chunk(choices=[], usage=COUNTED)
SAID_HELLO = Answer((Choice("Hello", "stop"),), USAGE)


def streamed(replaying: Stage, provider: str, answer: Played, /, **request: object) -> Replay:
    wish = {"stream": True, "stream_options": {"include_usage": True}}
    return replaying.play({"model": f"m/{provider}", **ASKED, **wish, **request}, answer)


def asked(replaying: Stage, provider: str, answer: Played, /, **request: object) -> Replay:
    return replaying.play({"model": f"m/{provider}", **ASKED, **request}, answer)


HELLOS: Mapping[str, tuple[str, Played]] = {
    "openai": ("openai", stream(FIRST, HELLO, END, LAST)),
    "azure says first how it filtered the prompt": (
        "azure",
        stream(
            {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": []},
            *(FIRST, HELLO, END, LAST),
        ),
    ),
    "groq says usage twice, and a tier of its own": (
        "groq",
        stream(
            {**FIRST, "x_groq": {"id": "r"}, "service_tier": "on_demand"},
            HELLO,
            {**END, "x_groq": {"id": "r", "usage": COUNTED}},
            LAST,
        ),
    ),
    "groq says usage in its own field alone": ("groq", stream(FIRST, HELLO, {**END, "x_groq": {"usage": COUNTED}})),
    "openrouter comments, ends twice and repeats a choice beside the usage": (
        "openrouter",
        stream(
            ": OPENROUTER PROCESSING",
            ": OPENROUTER PROCESSING",
            chunk({"role": "assistant", "content": ""}),
            chunk({"role": "assistant", "content": "Hello"}),
            chunk({"role": "assistant", "content": ""}, "stop"),
            {**chunk({"role": "assistant", "content": ""}, "stop"), "usage": {**COUNTED, "cost": 0.1}},
        ),
    ),
    "deepseek puts usage on the last choice": ("deepseek", stream(FIRST, HELLO, {**END, "usage": COUNTED})),
    "perplexity counts up, calls chunks otherwise and is never done": (
        "perplexity",
        stream(
            chunk({"role": "assistant", "content": "Hel"}, usage={**COUNTED, "completion_tokens": 1}),
            chunk({"role": "assistant", "content": "lo"}, "stop", object="chat.completion.done", usage=COUNTED),
            done=False,
        ),
    ),
    "huggingface is never done": ("huggingface", stream(FIRST, HELLO, END, LAST, done=False)),
    "together ends with eos": ("together", stream(FIRST, HELLO, {**chunk(finish="eos"), "usage": COUNTED})),
    "moonshot names no object": (
        "moonshot",
        stream(*({k: v for k, v in event.items() if k != "object"} for event in (FIRST, HELLO, END, LAST))),
    ),
    "lines end as on windows": ("vllm", stream(FIRST, HELLO, END, LAST, end="\r\n\r\n")),
    "every chunk has null for usage": (
        "openai",
        stream(*({**event, "usage": None} for event in (FIRST, HELLO, END)), LAST),
    ),
    "a delta is null": (
        "vllm",
        stream(HELLO, chunk(choices=[{"index": 0, "delta": None, "finish_reason": "stop"}]), LAST),
    ),
    "choices are null": ("vllm", stream(HELLO, END, chunk(choices=None, usage=COUNTED))),
    "a whole answer comes in place of a stream": ("vllm", whole(completion({"content": "Hello"}))),
}


@pytest.mark.parametrize("name", HELLOS)
def test_a_stream_has_openais_form(replaying: Stage, name: str) -> None:
    provider, answer = HELLOS[name]
    replay = streamed(replaying, provider, answer)
    assert heard(replay) == SAID_HELLO
    assert_streamed_as_openai_does(replay)


CALLED = Answer((Choice("", "tool_calls", calls=(Call("a", "f", {"x": 1}),)),), USAGE)


def pieces(*calls: Json) -> Played:
    return stream(FIRST, *(chunk({"tool_calls": [call]}) for call in calls), chunk(finish="tool_calls"), LAST)


def piece(arguments: str | None, name: str | None = None, **fields: object) -> Json:
    return {**fields, "function": {"arguments": arguments, **({} if name is None else {"name": name})}}


CALLS: Mapping[str, tuple[str, Played]] = {
    "openai": ("openai", pieces(piece("", "f", index=0, id="a", type="function"), piece('{"x":1}', index=0))),
    "nothing goes on with empty words": (
        "alibaba",
        pieces(piece("", "f", index=0, id="a", type="function"), piece('{"x":1}', "", index=0, id="", type="function")),
    ),
    "id and name come again": (
        "fireworks",
        pieces(piece('{"x"', "f", index=0, id="a"), piece(":1}", "f", index=0, id="a")),
    ),
    "every piece has an id of its own": (
        "vllm",
        pieces(piece(None, "f", index=0, id="a"), piece('{"x":', index=0, id="b"), piece("1}", index=0, id="c")),
    ),
    "no index": ("ollama", pieces(piece('{"x":1}', "f", id="a", type="function"))),
    "counted from one": ("vllm", pieces(piece("", "f", index=1, id="a"), piece('{"x":1}', index=1))),
    "the end says stop where it was told to call": (
        "openai",
        stream(FIRST, chunk({"tool_calls": [piece('{"x":1}', "f", index=0, id="a")]}), chunk(finish="stop"), LAST),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_in_pieces_that_join(replaying: Stage, name: str) -> None:
    provider, answer = CALLS[name]
    replay = streamed(replaying, provider, answer)
    finish = "stop" if name.startswith("the end says stop") else "tool_calls"
    assert heard(replay) == Answer((Choice("", finish, calls=CALLED.choices[0].calls),), USAGE)
    assert_streamed_as_openai_does(replay)


def test_calls_that_share_an_index_are_two(replaying: Stage) -> None:
    calls = pieces(piece('{"x":1}', "f", index=0, id="a"), piece('{"x":2}', "f", index=0, id="b"))
    [choice] = heard(streamed(replaying, "vllm", calls)).choices
    assert choice.calls == (Call("a", "f", {"x": 1}), Call("b", "f", {"x": 2}))


WHOLES: Mapping[str, tuple[str, Json, Answer]] = {
    "mistral thinks in its content": (
        "mistral",
        completion(
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                    {"type": "text", "text": "Hello"},
                ]
            }
        ),
        Answer((Choice("Hello", "stop", "Hm."),), USAGE),
    ),
    "mistral's calls have no type": (
        "mistral",
        completion({"content": "", "tool_calls": [piece('{"x":1}', "f", id="a")]}, "tool_calls"),
        CALLED,
    ),
    "arguments are an object": (
        "ollama",
        completion({"content": None, "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]}, "tool_calls"),
        Answer((Choice("", "tool_calls", calls=(Call(None, "f", {"x": 1}),)),), USAGE),
    ),
    "xai counts reasoning apart": (
        "xai",
        completion(
            {"content": "Hello", "reasoning_content": "Hm."},
            usage={
                "prompt_tokens": 3,
                "completion_tokens": 2,
                "total_tokens": 15,
                "completion_tokens_details": {"reasoning_tokens": 10},
            },
        ),
        Answer((Choice("Hello", "stop", "Hm."),), Usage(3, 12, 15, reasoning=10)),
    ),
    "deepseek's cache": (
        "deepseek",
        completion({"content": "Hello"}, usage={**COUNTED, "prompt_cache_hit_tokens": 2}),
        Answer((Choice("Hello", "stop"),), Usage(3, 2, 5, cached=2)),
    ),
    "groq's reasoning": (
        "groq",
        completion({"content": "Hello", "reasoning": "Hm."}),
        Answer((Choice("Hello", "stop", "Hm."),), USAGE),
    ),
    "an old answer without usage": (
        "openai",
        completion({"content": "Hello"}, usage=None),
        Answer((Choice("Hello", "stop"),), None),
    ),
    "a tier that openai has not": ("groq", completion({"content": "Hello"}, service_tier="on_demand"), SAID_HELLO),
    "together's eos": ("together", completion({"content": "Hello"}, "eos"), SAID_HELLO),
    "perplexity's object": ("perplexity", completion({"content": "Hello"}, object="chat.completion.done"), SAID_HELLO),
    "nothing but the words": ("vllm", {"choices": [{"message": {"content": "Hello"}}], "usage": COUNTED}, SAID_HELLO),
}


@pytest.mark.parametrize("name", WHOLES)
def test_a_whole_answer_has_openais_form(replaying: Stage, name: str) -> None:
    provider, answer, expected = WHOLES[name]
    replay = asked(replaying, provider, whole(answer))
    told = heard(replay)
    assert told == with_ids(told, expected)
    assert replay.completion["object"] == "chat.completion"
    assert replay.completion["id"]
    assert replay.completion["created"]
    assert replay.completion["model"]
    for choice in replay.completion["choices"]:
        assert choice["message"]["role"] == "assistant"
        assert all(call["id"] and call["type"] == "function" for call in choice["message"].get("tool_calls", []))


def test_many_choices_each_have_their_own_words_and_end(replaying: Stage) -> None:
    def said(index: int, delta: Json, finish: str | None = None) -> Json:
        return chunk(choices=[{"index": index, "delta": delta, "finish_reason": finish}])

    first = [said(index, {"role": "assistant", "content": ""}) for index in (0, 1)]
    ends = [said(1, {"content": "b"}), said(0, {"content": "a"}), said(1, {}, "length"), said(0, {}, "stop")]
    replay = streamed(replaying, "openai", stream(*first, *ends, LAST), n=2)
    assert heard(replay) == Answer((Choice("a", "stop"), Choice("b", "length")), USAGE)
    assert_streamed_as_openai_does(replay)


REFUSALS: Mapping[str, tuple[str, Played, str, str | None]] = {
    "openai": (
        "openai",
        whole({"error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": "bad"}}, 400),
        "No.",
        "bad",
    ),
    "azure's code is a number in quotes": (
        "azure",
        whole({"error": {"code": "401", "message": "No."}}, 401),
        "No.",
        "401",
    ),
    "openrouter's code is a number": (
        "openrouter",
        whole({"error": {"message": "No.", "code": 402}}, 402),
        "No.",
        "402",
    ),
    "mistral's detail": ("mistral", whole({"detail": "No."}, 401), "No.", None),
    "mistral's object": (
        "mistral",
        whole({"object": "error", "message": "No.", "type": "invalid_model", "param": None, "code": "1500"}, 400),
        "No.",
        "1500",
    ),
    "xai's error is text": (
        "xai",
        whole({"code": "imagine:forbidden", "error": "No."}, 403),
        "No.",
        "imagine:forbidden",
    ),
    "a list of what is wrong": (
        "vllm",
        whole({"detail": [{"loc": ["body", "n"], "msg": "No."}]}, 422),
        "body.n: No.",
        None,
    ),
    "a proxy's page": (
        "openai",
        whole("<html><head><title>502 Bad Gateway</title></head></html>", 502),
        "502 Bad Gateway",
        None,
    ),
    "bare text": ("openai", whole("no healthy upstream", 503), "no healthy upstream", None),
    "anthropic is overloaded": (
        "anthropic",
        whole({"type": "error", "error": {"type": "overloaded_error", "message": "No."}}, 529),
        "No.",
        None,
    ),
    "anthropic finds it too large": (
        "anthropic",
        whole({"type": "error", "error": {"type": "request_too_large", "message": "No."}}, 413),
        "No.",
        None,
    ),
    "gemini": (
        "google-ai-studio",
        whole({"error": {"code": 429, "message": "No.", "status": "RESOURCE_EXHAUSTED"}}, 429),
        "No.",
        "RESOURCE_EXHAUSTED",
    ),
    "gemini in a list": (
        "google-ai-studio",
        whole([{"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}}], 503),
        "No.",
        "UNAVAILABLE",
    ),
    "bedrock names it in a header": (
        "bedrock",
        whole({"message": "No."}, 429, **{"x-amzn-errortype": "ThrottlingException:http://x"}),
        "No.",
        "ThrottlingException",
    ),
    "cohere": ("cohere", whole({"id": "x", "message": "No."}, 404), "No.", None),
}


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", REFUSALS)
def test_an_error_keeps_its_status_and_its_words(replaying: Stage, name: str, streams: bool) -> None:
    provider, answer, message, code = REFUSALS[name]
    error = (streamed if streams else asked)(replaying, provider, answer).error
    assert isinstance(error, APIStatusError)
    assert error.status_code == answer.status
    body = error.response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    assert body["error"]["message"] == message
    assert body["error"]["type"]
    assert code is None or body["error"]["code"] == code


BROKEN: Mapping[str, tuple[str, Played]] = {
    "groq names the event": (
        "groq",
        stream(
            FIRST, HELLO, 'event: error\ndata: {"error": {"message": "No.", "code": "tool_use_failed"}}', done=False
        ),
    ),
    "openrouter says it on a choice": (
        "openrouter",
        stream(HELLO, {**chunk(finish="error"), "error": {"code": 502, "message": "No."}}),
    ),
    "anthropic": (
        "anthropic",
        stream(
            {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Hello"}},
            {"type": "ping"},
            {"type": "error", "error": {"type": "overloaded_error", "message": "No."}},
            done=False,
        ),
    ),
    "gemini": (
        "google-ai-studio",
        stream(
            {"candidates": [{"content": {"parts": [{"text": "Hello"}]}}]},
            {"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}},
            done=False,
        ),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_stream_that_breaks_raises_after_what_it_said(replaying: Stage, name: str) -> None:
    provider, answer = BROKEN[name]
    replay = streamed(replaying, provider, answer)
    assert isinstance(replay.error, APIError)
    assert replay.error.message == "No."
    said = [choice["delta"].get("content") or "" for told in replay.chunks for choice in told["choices"]]
    assert "".join(said) == "Hello"
    assert b"[DONE]" not in replay.raw


def test_gemini_stops_with_calls_and_counts_nothing_for_them(replaying: Stage) -> None:
    answer = {
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "f", "args": {"x": 1}}}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {"promptTokenCount": 3, "thoughtsTokenCount": 2, "totalTokenCount": 5},
    }
    expected = Answer((Choice("", "tool_calls", calls=(Call(None, "f", {"x": 1}),)),), Usage(3, 2, 5, reasoning=2))
    for replay in (
        asked(replaying, "google-ai-studio", whole(answer)),
        streamed(replaying, "google-ai-studio", stream(answer, done=False)),
        streamed(replaying, "google-ai-studio", whole([answer])),
    ):
        told = heard(replay)
        assert told == with_ids(told, expected)


def test_geminis_signatures_come_back_where_they_were(replaying: Stage) -> None:
    call = {"functionCall": {"id": "own-1", "name": "f", "args": {}}, "thoughtSignature": "c2ln"}
    answer = {
        "candidates": [{"content": {"parts": [call]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5},
    }
    message = asked(replaying, "google-ai-studio", whole(answer)).completion["choices"][0]["message"]
    assert message["tool_calls"][0]["id"] == "own-1"
    result = {"role": "tool", "tool_call_id": "own-1", "content": "5"}
    replay = asked(
        replaying,
        "google-ai-studio",
        whole(answer),
        messages=[*ASKED["messages"], message, result],
        model="gemini-3-pro-preview/google",
    )
    assert replay.call is not None
    assert replay.call.body["contents"][1]["parts"] == [call]


def test_anthropics_cached_tokens_are_prompt_and_count_once(replaying: Stage) -> None:
    usage = {
        "input_tokens": 3,
        "cache_read_input_tokens": 10,
        "cache_creation_input_tokens": 20,
        "output_tokens": 2,
    }
    answer = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    expected = Answer((Choice("Hello", "stop"),), Usage(33, 2, 35, cached=10, written=20))
    assert heard(asked(replaying, "anthropic", whole(answer))) == expected


def test_anthropic_gets_a_history_with_calls_and_no_tools(replaying: Stage) -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        *ASKED["messages"],
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "5"},
    ]
    replay = asked(replaying, "anthropic", whole({"error": {"message": "x"}}, 400), messages=messages)
    assert replay.call is not None
    assert "tools" not in replay.call.body
    assert [block["type"] for turn in replay.call.body["messages"] for block in turn["content"]] == [
        "text",
        "tool_use",
        "tool_result",
    ]


def test_cohere_streams_calls_with_its_own_end_and_cache(replaying: Stage) -> None:
    answer = stream(
        'event: message-start\ndata: {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}}',
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will look."}}},
        {
            "type": "tool-call-start",
            "index": 0,
            "delta": {"message": {"tool_calls": {"id": "a", "type": "function", "function": {"name": "f"}}}},
        },
        {
            "type": "tool-call-delta",
            "index": 0,
            "delta": {"message": {"tool_calls": {"function": {"arguments": '{"x":1}'}}}},
        },
        {"type": "tool-call-end", "index": 0},
        {
            "type": "message-end",
            "delta": {
                "finish_reason": "TOOL_CALL",
                "usage": {"tokens": {"input_tokens": 3, "output_tokens": 2}, "cached_tokens": 1},
            },
        },
    )
    replay = streamed(replaying, "cohere", answer)
    assert heard(replay) == Answer(CALLED.choices, Usage(3, 2, 5, cached=1))
    assert_streamed_as_openai_does(replay)


def test_a_stream_in_place_of_a_whole_answer_is_one_answer(replaying: Stage) -> None:
    assert heard(asked(replaying, "vllm", stream(FIRST, HELLO, END, LAST))) == SAID_HELLO


def test_nova_s_thinking_tags_are_content(replaying: Stage) -> None:
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "<thinking>Hm.</thinking> Hello"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
    }
    replay = asked(replaying, "bedrock", whole(answer), model="us.amazon.nova-lite-v1:0/bedrock")
    assert heard(replay) == Answer((Choice("<thinking>Hm.</thinking> Hello", "stop"),), USAGE)
    assert replay.call is not None
    assert replay.call.path == "/bedrock/model/us.amazon.nova-lite-v1%3A0/converse"


@pytest.mark.parametrize(
    ("provider", "given"),
    [
        ("zai", {"thinking": {"type": "enabled", "clear_thinking": False}}),
        ("cerebras", {"disable_reasoning": True}),
        ("groq", {"include_reasoning": False}),
        ("groq", {"reasoning_format": "parsed"}),
        ("openrouter", {"reasoning": {"effort": "low"}, "provider": {"only": ["x"]}, "transforms": []}),
        ("perplexity", {"search_recency_filter": "week"}),
        ("xai", {"search_parameters": {"mode": "auto"}}),
        ("openai", {"logit_bias": {"1": 2}, "prediction": {"type": "content", "content": "x"}, "store": True}),
        ("openai", {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
        ("openai", {"functions": [{"name": "f", "parameters": {}}], "function_call": {"name": "f"}}),
        ("mistral", {"safe_prompt": True, "random_seed": 7, "prompt_mode": "reasoning"}),
        ("together", {"top_k": 5, "repetition_penalty": 1.1, "min_p": 0.1}),
    ],
)
def test_a_providers_own_parameter_goes_through(replaying: Stage, provider: str, given: Json) -> None:
    replay = asked(replaying, provider, whole(completion({"content": "Hello"})), **given)
    assert replay.call is not None
    assert replay.call.body == {"model": "m", **ASKED, **given}
    assert replay.dropped == ""
