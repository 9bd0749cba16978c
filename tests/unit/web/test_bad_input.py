"""What may come to the chat route: refused with the right status, in OpenAI's shape, saying what to do; one record each."""

import gzip
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from ai_gateway.core.wire import loads
from tests.fakes import KEY, FakeResponse, FakeUpstream
from tests.provider_answers import whole
from tests.unit.web.serving import CHAT, LARGEST_BODY, TARGETS, Served, for_dialect

MESSAGES = [{"role": "user", "content": "Hi"}]
GOOD: dict[str, object] = {"model": "gpt-4o-mini/openai", "messages": MESSAGES}


def body(**fields: object) -> bytes:
    return json.dumps({**GOOD, **fields}).encode()


def raw(fields: bytes) -> bytes:
    return body()[:-1] + b"," + fields + b"}"


NOT_JSON = {
    "empty": b"",
    "cut": b'{"model": "gpt-4o"',
    "a form": b"model=gpt-4o&stream=true",
    "invalid UTF-8": b'{"model": "\xff\xfe"}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + body(),
    "a lone surrogate": raw(b'"user": "\\ud800"'),
    "NaN": raw(b'"temperature": NaN'),
    "an infinite number": raw(b'"temperature": 1e999'),
    "100,000 brackets": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "a raw NUL": b'{"model": "\0"}',
    "two values": body() + body(),
}


@pytest.mark.parametrize("sent", NOT_JSON.values(), ids=NOT_JSON)
async def test_what_is_not_json_is_refused(sent: bytes) -> None:
    served = Served()
    answer = await served(sent)
    assert answer.status == 400
    assert answer.error["message"].startswith("The body is not valid JSON")
    assert "Send a JSON object" in answer.error["message"]
    assert served.world.record.request == sent


WRONG_TYPES: list[tuple[dict[str, object], str]] = [
    ({"messages": []}, "messages"),
    ({"messages": "Hi"}, "messages"),
    ({"messages": {}}, "messages"),
    ({"messages": [None]}, "messages[0]"),
    ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [[]]}]}, "messages[0].content[0]"),
    ({"messages": [{"role": 1, "content": ""}]}, "messages[0].role"),
    ({"messages": [{"role": "user", "content": "", "name": 5}]}, "messages[0].name"),
    ({"messages": [{"role": "tool", "content": "", "tool_call_id": ["a"]}]}, "messages[0].tool_call_id"),
    ({"messages": [{"role": "assistant", "tool_calls": [1]}]}, "messages[0].tool_calls[0]"),
    ({"model": ["gpt-4o"]}, "model"),
    ({"model": ""}, "model"),
    ({"model": " , ,"}, "model"),
    ({"model": ",".join(["gpt-4o-mini"] * 50)}, "model"),
    ({"model": "gpt-4o" * 1000}, "model"),
    ({"model": "gpt-4o\r\nx-evil: 1/openai"}, "model"),
    ({"model": "gpt-4o\0/openai"}, "model"),
    ({"model": "gpt-4o\u2028/openai"}, "model"),
    ({"model": "../../files/google-ai-studio"}, "model"),
    ({"model": "gpt-4o/azure/.."}, "model"),
    ({"stream": 1}, "stream"),
    ({"stream_options": True}, "stream_options"),
    ({"max_tokens": "5"}, "max_tokens"),
    ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
    ({"temperature": [1]}, "temperature"),
    ({"top_p": True}, "top_p"),
    ({"n": "1"}, "n"),
    ({"stop": 5}, "stop"),
    ({"tools": {}}, "tools"),
    ({"tool_choice": 1}, "tool_choice"),
    ({"parallel_tool_calls": "no"}, "parallel_tool_calls"),
    ({"functions": "f"}, "functions"),
    ({"response_format": "json"}, "response_format"),
    ({"reasoning_effort": 3}, "reasoning_effort"),
    ({"reasoning": "high"}, "reasoning"),
    ({"modalities": "audio"}, "modalities"),
    ({"metadata": []}, "metadata"),
    ({"user": 5}, "user"),
]


@pytest.mark.parametrize(("fields", "param"), WRONG_TYPES)
async def test_a_field_of_the_wrong_type_is_named(fields: dict[str, object], param: str) -> None:
    served = Served()
    answer = await served(body(**fields))
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"
    assert answer.error["param"] == param
    assert param in answer.error["message"]
    assert served.upstream.calls == []
    assert (served.world.record.status, served.world.record.outcome) == (400, "error")


async def test_a_body_nested_too_deeply_is_refused_before_anything_walks_it() -> None:
    served = Served()
    answer = await served(raw(b'"metadata": {"a": ' + b"[" * 900 + b"]" * 900 + b"}"))
    assert answer.status == 400
    assert "nested over 100 levels" in answer.error["message"]


@pytest.mark.parametrize("depth", [20, 95])
async def test_a_body_nested_as_deeply_as_a_schema_may_be_is_served(depth: int) -> None:
    served = Served()
    assert (await served(raw(b'"unknown": ' + b"[" * depth + b"]" * depth))).status == 200


async def test_a_body_that_is_too_large_is_refused_however_it_comes() -> None:
    for pieces in ([b"x" * (7 * 1024 * 1024)], [b"x" * 65536] * 112):
        served = Served()
        answer = await served(pieces=pieces)
        assert answer.status == 413
        assert answer.error["type"] == "request_too_large"
        assert f"{LARGEST_BODY:,} bytes" in answer.error["message"]
        assert served.world.record.request == b""


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "GZIP"])
async def test_a_compressed_body_is_refused(encoding: str) -> None:
    served = Served()
    answer = await served(gzip.compress(body()), headers={"content-encoding": encoding})
    assert answer.status == 415
    assert "without Content-Encoding" in answer.error["message"]
    assert served.world.record.status == 415


@pytest.mark.parametrize("encoding", ["identity", ""])
async def test_a_body_that_says_it_is_not_compressed_is_served(encoding: str) -> None:
    assert (await Served()(body(), headers={"content-encoding": encoding})).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "\xff"])
async def test_json_is_served_whatever_it_is_called(content_type: str) -> None:
    assert (await Served()(body(), headers={"content-type": content_type})).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer "},
        {"authorization": "Bearer sk-other"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": f"Bearer {KEY}x"},
        {"authorization": f"Bearer {KEY[:-1]}"},
        {"authorization": KEY},
        {"authorization": "Bearer \xff\xfe"},
        {"authorization": f"Bearer {KEY}".encode("utf-16")},
        {"authorization": "", "x-api-key": "é"},
    ],
)
async def test_a_key_that_is_not_right_is_refused_before_the_body_is_read(headers: Mapping[str, str | bytes]) -> None:
    served = Served()
    answer = await served(b"not even JSON", headers=headers)
    assert answer.status == 401
    assert answer.error["type"] == "authentication_error"
    assert (served.world.record.request, served.world.record.key_id) == (None, None)


async def test_a_missing_key_says_how_to_send_one() -> None:
    answer = await Served()(body(), headers={"authorization": ""})
    assert "Authorization: Bearer" in answer.error["message"]


async def test_fields_that_nobody_knows_reach_the_provider() -> None:
    served = Served()
    answer = await served(raw(b'"brand_new": {"a": [1, null]}, "seed": 9007199254740993'))
    assert answer.status == 200
    sent: Any = loads(served.upstream.calls[0].body)
    assert (sent["brand_new"], sent["seed"]) == ({"a": [1, None]}, 9007199254740993)


async def test_of_a_field_that_comes_twice_the_last_counts() -> None:
    served = Served()
    assert (await served(raw(b'"temperature": 1, "temperature": 0.5'))).status == 200
    sent: Any = loads(served.upstream.calls[0].body)
    assert sent["temperature"] == 0.5


async def test_nul_and_every_plane_of_unicode_reach_the_provider_as_they_came() -> None:
    served = Served()
    said = "\0\x1b[31m\u2028\ufffe😀\U0010ffff"
    assert (await served(body(messages=[{"role": "user", "content": said}]))).status == 200
    sent: Any = loads(served.upstream.calls[0].body)
    assert sent["messages"][0]["content"] == said


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("helicone-request-id", "1; DROP TABLE"),
        ("gateway-timeout", "soon"),
        ("helicone-retry-num", "NaN"),
        ("helicone-retry-min-timeout", "-1"),
    ],
)
async def test_a_header_that_cannot_be_read_is_named(header: str, value: str) -> None:
    served = Served()
    answer = await served(body(), headers={header: value, "helicone-retry-enabled": "true"})
    assert answer.status == 400
    assert answer.error["param"].lower() == header
    assert served.world.record.status == 400


@pytest.mark.parametrize("target", TARGETS)
async def test_no_line_ends_inside_of_a_header_of_the_answer(target: str) -> None:
    """Parameters that a provider does not take are named in a header, whatever they are called."""
    served = Served(for_dialect(TARGETS[target], stream=False))
    answer = await served(body(**{"model": target, "evil\r\nset-cookie: a=1\0": 1}))
    assert answer.status == 200
    for name, value in answer.raw_headers:
        assert not set(name + value) & set(b"\r\n\0")


async def test_a_provider_cannot_end_a_line_in_a_header_that_is_passed_on() -> None:
    response = FakeResponse([whole("openai")], headers={"x-request-id": "1\r\nset-cookie: a=1"})
    answer = await Served(FakeUpstream([response]))(body())
    assert answer.headers["x-request-id"] == "1??set-cookie: a=1"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gpt-4o/azure/a?b=c#d/e", "/openai/deployments/a%3Fb%3Dc%23d%2Fe/chat/completions"),
        ("a?b#c%2e/google-ai-studio", "/v1beta/models/a%3Fb%23c%252e:generateContent"),
        (
            "a?b#c/vertex",
            "/v1beta1/projects/acme/locations/us-east-1/publishers/google/models/a%3Fb%23c:generateContent",
        ),
        ("a/b?c#d:0/bedrock", "/model/a%2Fb%3Fc%23d%3A0/converse"),
    ],
)
async def test_a_name_cannot_leave_its_place_in_the_address(model: str, path: str) -> None:
    served = Served()
    await served(body(model=model))
    assert urlsplit(served.upstream.calls[0].url).path == path


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"])
async def test_another_method_is_told_which_is_allowed(method: str) -> None:
    answer = await Served()(method=method, path=CHAT)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert answer.error["type"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/v1/models", "/healthz", "/v1/models/gpt-4o"])
async def test_what_is_only_read_cannot_be_posted_to(path: str) -> None:
    answer = await Served()(b"{}", path=path)
    assert (answer.status, answer.headers["allow"].split(", ")[0]) == (405, "GET")
    assert answer.error["type"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v1/", "/v1/chat/completions/", "//v1/chat/completions", "/V1/chat/completions", "/v1/chat"),
        *("/docs", "/redoc", "/openapi.json", "/v1/chat/completions\0", "/v1/../v1/models", "/" + "a" * 10_000),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_any_other_path_is_not_found_and_says_where_to_go(method: str, path: str) -> None:
    served = Served()
    answer = await served(body(), method=method, path=path)
    assert answer.status == 404
    assert "POST /v1/chat/completions" in answer.error["message"]
    assert served.world.records.saved == []


async def test_after_everything_the_same_process_serves() -> None:
    served = Served()
    for sent in (*NOT_JSON.values(), *(body(**fields) for fields, _ in WRONG_TYPES)):
        await served(sent)
    assert (await served(body())).status == 200
    assert len(served.world.records.saved) == len(NOT_JSON) + len(WRONG_TYPES) + 1
