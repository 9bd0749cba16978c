"""Threat 9: a key is sent to its provider and nowhere else, even when the provider repeats it in everything it says."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from ai_gateway.core.wire import dumps
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State
from ai_gateway.runtime.storage import storage
from tests.e2e.running import Gateway, free_port
from tests.provider_answers import STREAMED, WHOLE, streamed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GATEWAY_KEY = "gw-canary-7Hq2Vb9Xk4Lm1Np8"
KEYS = {
    "OPENAI_API_KEY": "sk-proj-canary-Aq1Ws2Ed3Rf4Tg5Yh6Uj7Ik8",
    "AZURE_OPENAI_API_KEY": "canaryazure0a1b2c3d4e5f60718293a4b5",
    "ANTHROPIC_API_KEY": "sk-ant-api03-canary-Zx1Cv2Bn3Mq4We5Rt6-AA",
    "GEMINI_API_KEY": "AIzaSyCanary-1q2w3e4r5t6y7u8i9o0p1a2s3d",
    "VERTEX_ACCESS_TOKEN": "ya29.canary-Pl0Ok9Ij8Uh7Yg6Tf5Rd4Es3",
    "COHERE_API_KEY": "CanaryCohere1a2B3c4D5e6F7g8H9i0J",
    "MISTRAL_API_KEY": "CanaryMistral9z8Y7x6W5v4U3t2S1r0Q",
    "AWS_SECRET_ACCESS_KEY": "Canary/Secret+1234567890abcdefghijABCDEF",
    "AWS_SESSION_TOKEN": "CanarySession//////////wEaCXVzLWVhc3QtMSJHMEUCIQ",
}
ENVIRONMENT = {
    **KEYS,
    "AWS_ACCESS_KEY_ID": "AKIACANARYCANARY1234",
    "AI_GATEWAY_KEY": GATEWAY_KEY,
    "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
    "AI_GATEWAY_COOLDOWN": "0",
    "VERTEX_PROJECT": "acme",
    "AZURE_RESOURCE_NAME": "acme",
}
DIALECTS = {
    "openai": "openai",
    "azure": "openai",
    "mistral": "openai",
    "anthropic": "anthropic",
    "google-ai-studio": "gemini",
    "vertex": "gemini",
    "bedrock": "bedrock",
    "cohere": "cohere",
}
ERRORS: Mapping[str, Any] = {
    "openai": {"error": {"message": "Wrong key: KEY.", "type": "KEY", "code": "KEY", "param": "KEY"}},
    "anthropic": {"type": "error", "error": {"type": "KEY", "message": "Wrong key: KEY."}},
    "gemini": {"error": {"code": 401, "message": "Wrong key: KEY.", "status": "KEY"}},
    "bedrock": {"message": "Wrong key: KEY.", "__type": "KEY"},
    "cohere": {"message": "Wrong key: KEY."},
}
GZIP = b"\x1f\x8b"
MODES = ("refuses", "shortens", "quotes", "page", "nonsense", "within", "headers", "answers", "breaks")


class Parrot:
    """Every provider at once, under `/{provider}`. What it does, the name of the model says; it repeats the key."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        key = _key(headers)
        self.seen.add(key)
        mode = next(mode for mode in MODES if f"does-{mode}" in scope["path"] + body.decode())
        stream = b'"stream":true' in body or "stream" in scope["path"].lower()
        status, answer, extra = _said(mode, scope["path"].split("/")[1], headers, key, stream=stream)
        raw = [(b"content-type", b"text/event-stream" if stream and status == 200 else b"application/json"), *extra]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": answer})


def _key(headers: Mapping[str, str]) -> str:
    for name in ("x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token"):
        if name in headers:
            return headers[name]
    return headers["authorization"].removeprefix("Bearer ")


def _said(
    mode: str, provider: str, headers: Mapping[str, str], key: str, *, stream: bool
) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    dialect = DIALECTS[provider]
    error = dumps(ERRORS[dialect])
    answer = streamed(dialect) if stream else dumps(WHOLE[dialect])
    match mode:
        case "refuses":
            return 401, error.replace(b"KEY", key.encode()), []
        case "shortens":
            return 403, error.replace(b"KEY", key[:20].encode() + b"...").replace(b'"' + key.encode(), b'"'), []
        case "quotes":
            return 400, dumps({"message": f"You sent {dict(headers)}", "headers": dict(headers)}), []
        case "page":
            return 502, f"<html>{dict(headers)}</html>".encode(), []
        case "nonsense":
            return 200, f"You sent {dict(headers)}".encode(), []
        case "within":
            return 200, error.replace(b"KEY", key.encode()), []
        case "headers":
            names = (b"x-request-id", b"x-ratelimit-for", b"anthropic-ratelimit-for", b"retry-after", b"set-cookie")
            return 200, answer, [(name, key.encode()) for name in names]
        case "answers":
            return 200, _with_key(dialect, key, stream=stream), []
        case _:
            return 200, _with_key(dialect, key, stream=stream)[:-20] + key.encode(), []


def _with_key(dialect: str, key: str, *, stream: bool) -> bytes:
    said = f"Your headers were {key}, I think."
    if not stream:
        return dumps(WHOLE[dialect]).replace(b"Hello", said.encode())
    events = [(name, _replaced(data, said)) for name, data in STREAMED[dialect]]
    return streamed(dialect, events)


def _replaced(value: Any, said: str) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(one, said) for name, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, said) for one in value]
    return said if value == "Hello" else value


@dataclass(frozen=True, slots=True)
class Heard:
    """All that left the gateway."""

    answers: list[str]
    log: str
    told: list[str]
    keys: set[str]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    parrot, port = Parrot(), free_port()
    server = uvicorn.Server(uvicorn.Config(parrot, port=port, log_level="critical", lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    addresses = {
        f"AI_GATEWAY_{name.upper().replace('-', '_')}_BASE_URL": f"http://127.0.0.1:{port}/{name}" for name in DIALECTS
    }
    folder = Path(tmp_path_factory.mktemp("canaries"))
    gateway = Gateway(folder, {**ENVIRONMENT, **addresses})
    with gateway:
        answers = list(_asked(gateway.url))
    state = State.at(folder / "state", ephemeral=False)
    with storage(Settings(_env_file=None), state, {}) as opening:
        items = list(_items(opening()))
        ids = [str(item["sk"]["S"]).partition("#")[2] for item in items if str(item["pk"]["S"]).startswith("REQ#")]
        commands = (("logs",), ("logs", "--json", "-n", "1000"), ("logs", ids[0]))
        told = [gateway.command(*command).stdout for command in commands]
    assert len(ids) == len(answers)
    assert len(told[1].splitlines()) == len(answers)
    told += [_read(item) for item in items]
    server.should_exit = True
    thread.join()
    return Heard(answers, gateway.stderr, told, parrot.seen)


def _items(client: "DynamoDBClient") -> Iterator[Mapping[str, Any]]:
    for page in client.get_paginator("scan").paginate(TableName="ai-gateway"):
        yield from page["Items"]


def _read(item: Mapping[str, Any]) -> str:
    data = item["data"]["B"]
    return f"{item} {gzip.decompress(data).decode() if data.startswith(GZIP) else data.decode()}"


def _asked(url: str) -> Iterator[str]:
    """Each answer with its headers, as text."""
    with httpx.Client(base_url=url, headers={"authorization": f"Bearer {GATEWAY_KEY}"}, timeout=30) as client:
        for provider in DIALECTS:
            for mode in MODES:
                for stream in (False, True):
                    body = {
                        "model": f"does-{mode}/{provider}",
                        "stream": stream,
                        "messages": [{"role": "user", "content": "Hi"}],
                    }
                    answer = client.post("/v1/chat/completions", json=body)
                    yield f"{provider} {mode} {answer.status_code} {answer.headers} {answer.text}"


def test_every_provider_was_called_with_its_key(heard: Heard) -> None:
    assert heard.keys == {key for name, key in KEYS.items() if name != "AWS_SECRET_ACCESS_KEY"}


@pytest.mark.parametrize("name", KEYS)
def test_no_key_of_a_provider_comes_out_again(name: str, heard: Heard) -> None:
    key = KEYS[name]
    parts = {key, key[:20], key[-12:], key[8:24]}
    for place in (*heard.answers, heard.log, *heard.told):
        assert not [part for part in parts if part in place], place[:600]


def test_the_gateway_key_is_in_no_answer_log_or_record(heard: Heard) -> None:
    for place in (*heard.answers, heard.log, *heard.told):
        assert GATEWAY_KEY not in place
        assert GATEWAY_KEY[3:20] not in place


def test_what_is_not_secret_still_comes_out(heard: Heard) -> None:
    everything = "\n".join(heard.answers)
    assert "Wrong key: ***." in everything
    assert "Your headers were ***, I think." in everything
    recorded = "\n".join(heard.told)
    assert "Wrong key: ***." in recorded
    assert "Your headers were ***, I think." in recorded
