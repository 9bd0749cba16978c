"""The process: what it keeps, how it ends, and who answers."""

import json
import signal
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from openai import AuthenticationError, NotFoundError
from openai.types.chat import ChatCompletionMessageParam

from tests.e2e.running import Gateway

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello"}]


def digest(authorization: str) -> str:
    return sha256(authorization.encode()).hexdigest()


class Provider(BaseHTTPRequestHandler):
    """An OpenAI-compatible provider that says by its digest which key it was called with: the key itself would be removed."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": digest(self.headers["authorization"])}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the interface's
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def ask(gateway: Gateway, model: str = "gpt-4o-mini/openai") -> tuple[str, str]:
    """The request's id and the answer."""
    with gateway.client() as client:
        raw = client.chat.completions.with_raw_response.create(model=model, messages=HELLO)
        return raw.headers["helicone-id"], raw.parse().choices[0].message.content or ""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_gateway_that_is_told_to_end_loses_no_record(tmp_path: Path, signum: signal.Signals) -> None:
    gateway = Gateway(tmp_path)
    gateway.start()
    asked = [ask(gateway)[0] for _ in range(3)]
    gateway.end(signum)
    assert set(gateway.records()) == set(asked)


def test_records_keys_and_the_table_survive_a_kill(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)
    gateway.start()
    created = gateway.command("keys", "create", "checkout").stdout.split()[0]
    first, _ = ask(gateway)
    while first not in gateway.records():  # written behind the request, within a fraction of a second
        pass
    gateway.end(signal.SIGKILL)
    with gateway:
        second, _ = ask(gateway)
        gateway.key = created
        third, _ = ask(gateway)
    assert {first, second, third} <= set(gateway.records())


def test_an_ephemeral_gateway_leaves_nothing_behind(tmp_path: Path) -> None:
    with Gateway(tmp_path, options=("--ephemeral",)) as gateway:
        ask(gateway)
    assert gateway.records() == {}


def test_a_revoked_key_is_refused(tmp_path: Path) -> None:
    with Gateway(tmp_path, {"AI_GATEWAY_KEY_CACHE": "0"}) as gateway:
        created = gateway.command("keys", "create", "checkout").stdout
        key, key_id = created.split()[0], created.split()[-1].rstrip(".")
        gateway.key = key
        ask(gateway)
        assert key not in gateway.command("keys", "list").stdout
        gateway.command("keys", "revoke", key_id)
        with pytest.raises(AuthenticationError):
            ask(gateway)


def test_a_provider_with_a_key_is_called_and_no_other_is_simulated_in_its_place(tmp_path: Path, provider: str) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-from-dotenv\n")
    settings = {"AI_GATEWAY_OPENAI_BASE_URL": provider, "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true"}
    with Gateway(tmp_path, settings) as gateway:
        assert ask(gateway)[1] == digest("Bearer sk-from-dotenv")
        assert ask(gateway, "gpt-4o-mini")[1] == digest("Bearer sk-from-dotenv")
        assert ask(gateway, "claude-sonnet-4/anthropic")[1].startswith("You said")
        assert "providers with credentials: openai" in gateway.greeting


def test_simulate_lets_the_simulator_answer_for_all(tmp_path: Path) -> None:
    with Gateway(tmp_path, {"OPENAI_API_KEY": "sk-real"}, ("--simulate",)) as gateway:
        assert ask(gateway)[1].startswith("You said")


def test_a_deployment_is_found_by_its_name_and_goes_where_it_points(tmp_path: Path, provider: str) -> None:
    with Gateway(tmp_path, {"AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true"}) as gateway:
        with pytest.raises(NotFoundError, match="'qwen-own'"):
            ask(gateway, "qwen-own")
        command = ("deployments", "set", "mine", "--provider", "vllm", "--model-id", "qwen3", "--base-url", provider)
        assert gateway.command(*command).returncode == 0
        listed = gateway.command("deployments", "list").stdout
    assert "mine" in listed
    assert provider in listed


def test_a_private_base_url_is_refused_with_the_way_out(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, {"AI_GATEWAY_OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})
    refused = gateway.command("--port", str(gateway.port))
    assert refused.returncode != 0
    assert "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS" in refused.stderr
