"""What `sam build` made, started as Lambda starts it, under AWS's own emulator of the Lambda runtime.

The emulator hands an answer on when the function asks for the next invocation: an answer that is here has left its
record. When each chunk leaves is shown in tests/integration/lambda_stream.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.table import ensure_table
from ai_gateway.adapters.secrets import SecretsManagerSecrets
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.records import RequestRecord
from tests.deploy.conftest import Account
from tests.deploy.upstream import EVENTS, Upstream, provider
from tests.integration.lambda_stream.emulation import emulated, invoke
from tests.integration.lambda_stream.fake_runtime_api import FakeRuntimeApi, http_event
from tests.integration.tracing.collector import collecting

TABLE = "artifact"
KEY = "sk-aig-artifact"
AUTHORIZED = {"authorization": f"Bearer {KEY}"}
ROOT_TRACE = "1-5759e988-bd862e3fe1be46a994272793"


@dataclass
class Answer:
    """A streamed answer taken apart at the eight NULs."""

    prelude: dict[str, Any]
    body: bytes

    @property
    def events(self) -> list[str]:
        *events, rest = self.body.decode().split("\n\n")
        assert rest == ""
        return [event.removeprefix("data: ") for event in events]


@dataclass
class Gateway:
    """The built function under the emulator, and the provider that it calls."""

    client: httpx.AsyncClient
    upstream: Upstream
    account: Account

    async def chat(self, model: str) -> Answer:
        head, nuls, body = (await self.invoke(model)).content.partition(b"\0" * 8)
        assert nuls
        return Answer(json.loads(head), body)

    async def invoke(self, model: str, **headers: str) -> httpx.Response:
        return await invoke(self.client, "/v1/chat/completions", asking(model), **AUTHORIZED, **headers)

    def record(self, answer: Answer) -> RequestRecord:
        record = self.find(answer.prelude["headers"]["helicone-id"])
        assert record is not None
        return record

    def find(self, request_id: str) -> RequestRecord | None:
        return DynamoDBRecords(self.account.dynamodb, TABLE).one("default", request_id)


def asking(model: str) -> str:
    request = {
        "model": f"{model}/vllm",
        "messages": [{"role": "user", "content": "Count."}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return json.dumps(request)


def chat_event(model: str) -> object:
    return http_event("POST", "/v1/chat/completions", body=asking(model), headers=AUTHORIZED)


def command(checkout: Path) -> tuple[str, ...]:
    """The wrapper, and the command of the managed client that Lambda hands it."""
    wrapper = checkout / ".aws-sam/build/GatewayFunction/stream"
    return str(wrapper), sys.executable, "/var/runtime/bootstrap.py"


def environ(checkout: Path, account: Account, upstream: Upstream) -> dict[str, str]:
    """The environment of the function; its layers stand where /opt would be."""
    built = checkout / ".aws-sam" / "build"
    layers = (str(built / layer / "python") for layer in ("AiGatewayLayer", "DependenciesLayer"))
    return {
        **account.environ,
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(built / "GatewayFunction"),
        "PYTHONPATH": os.pathsep.join(layers),
        "AI_GATEWAY_TABLE": TABLE,
        "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
        "AI_GATEWAY_VLLM_BASE_URL": upstream.url,
    }


@pytest.fixture(scope="module")
def table(account: Account) -> None:
    ensure_table(account.dynamodb, TABLE)
    DynamoDBCallers(account.dynamodb, TABLE).put(hash_key(KEY), Caller("1", "artifact"), created=0)


@pytest.fixture
async def gateway(checkout: Path, account: Account, table: None) -> AsyncIterator[Gateway]:
    async with (
        provider() as upstream,
        emulated(*command(checkout), environ=environ(checkout, account, upstream)) as client,
    ):
        yield Gateway(client, upstream, account)


async def test_an_answer_is_a_prelude_and_every_event_and_leaves_a_record(gateway: Gateway) -> None:
    answer = await gateway.chat("tiny")
    assert answer.prelude["statusCode"] == 200
    assert answer.prelude["headers"]["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.prelude["headers"]["helicone-provider"] == "vllm"
    assert "cookies" not in answer.prelude
    *events, done = answer.events
    assert done == "[DONE]"
    assert [json.loads(event).get("usage") for event in events][-1] == EVENTS[-1]["usage"]
    deltas = [choice["delta"].get("content") or "" for event in events for choice in json.loads(event)["choices"]]
    assert "".join(deltas) == "one two"
    record = gateway.record(answer)
    assert (record.status, record.outcome, sum(record.tokens.values())) == (200, "success", 7)


async def test_invocations_of_one_process_share_their_connection_to_the_provider(gateway: Gateway) -> None:
    first, second = await gateway.chat("tiny"), await gateway.chat("tiny")
    assert first.events[-1] == second.events[-1] == "[DONE]"
    assert gateway.record(first).id != gateway.record(second).id
    assert gateway.upstream.connections == 1


async def test_a_failure_before_the_first_byte_is_an_answer_with_its_status(gateway: Gateway) -> None:
    answer = await gateway.chat("overloaded")
    assert answer.prelude["statusCode"] == 503
    assert answer.prelude["headers"]["content-type"] == "application/json"
    assert json.loads(answer.body)["error"]["message"] == "Too busy."
    assert gateway.record(answer).status == 503
    assert (await gateway.chat("tiny")).events[-1] == "[DONE]"


async def test_a_failure_after_the_first_byte_is_told_in_the_stream(gateway: Gateway) -> None:
    answer = await gateway.chat("breaks")
    assert answer.prelude["statusCode"] == 200
    first, *_, last = map(json.loads, answer.events)
    assert first["choices"][0]["delta"]["content"] == "one"
    assert last["error"]["type"] == "upstream_unreachable"
    record = gateway.record(answer)
    assert (record.status, record.error_type) == (502, "upstream_unreachable")
    assert record.response
    assert (await gateway.chat("tiny")).events[-1] == "[DONE]"


async def test_a_caller_who_goes_away_is_not_noticed_and_leaves_a_record(gateway: Gateway) -> None:
    """Lambda tells nobody, and the emulator takes no second invocation before it has forgotten the first."""
    request_id = str(uuid4())
    call = asyncio.create_task(gateway.invoke("waits", **{"helicone-request-id": request_id}))
    await asyncio.wait_for(gateway.upstream.waiting.wait(), 10)
    call.cancel()
    await asyncio.wait({call})
    gateway.upstream.go_on.set()
    async with asyncio.timeout(10):
        while (record := gateway.find(request_id)) is None:  # noqa: ASYNC110  nothing else tells when it is there
            await asyncio.sleep(0.02)
    assert (record.status, record.outcome, sum(record.tokens.values())) == (200, "success", 7)


async def test_unknown_keys_and_paths_are_refused(gateway: Gateway) -> None:
    refused = await invoke(gateway.client, "/v1/chat/completions", "{}", authorization="Bearer sk-aig-other")
    assert b'"statusCode":401' in refused.content
    assert b'"statusCode":404' in (await invoke(gateway.client, "/nowhere")).content


async def test_where_tracing_is_on_x_ray_is_told_of_a_request_and_its_attempts(
    checkout: Path, account: Account, table: None
) -> None:
    """By a fake of the Runtime API: the emulator keeps traces to itself."""
    trace = f"Root={ROOT_TRACE};Parent=53995c3f42cd8ad8;Sampled="
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        async with provider() as upstream, FakeRuntimeApi() as api:
            address = f"127.0.0.1:{daemon.getsockname()[1]}"
            traced = {"AI_GATEWAY_TRACING": "Active", "AWS_XRAY_DAEMON_ADDRESS": address}
            variables = {**environ(checkout, account, upstream), **traced, "AWS_LAMBDA_RUNTIME_API": api.address}
            process = await asyncio.create_subprocess_exec(*command(checkout), env={**os.environ, **variables})
            try:
                await asyncio.wait_for(api.waiting.wait(), 60)
                served = await api.invoke(chat_event("tiny"), trace_id=f"{trace}1").end()
                failed = await api.invoke(chat_event("overloaded"), trace_id=f"{trace}1").end()
                await api.invoke(chat_event("tiny"), trace_id=f"{trace}0").end()
                await api.asked_for_next()
            finally:
                process.terminate()
                await process.wait()
        attempt, request, failed_attempt, failed_request = received(daemon)
    record = DynamoDBRecords(account.dynamodb, TABLE).one("default", served.prelude["headers"]["helicone-id"])
    assert record is not None
    assert {one["trace_id"] for one in (attempt, request, failed_attempt, failed_request)} == {ROOT_TRACE}
    assert (request["parent_id"], attempt["parent_id"]) == ("53995c3f42cd8ad8", request["id"])
    assert (request["annotations"]["id"], request["annotations"]["source"]) == (record.id, "tiny/vllm")
    assert (request["start_time"], request["end_time"]) == (record.started, record.ended_ms / 1000)
    assert (attempt["name"], attempt["namespace"]) == ("tiny/vllm", "remote")
    assert attempt["end_time"] - attempt["start_time"] == pytest.approx(record.attempts[0].latency_ms / 1000, abs=0.001)
    assert failed_attempt["fault"] is True
    assert failed_request["annotations"]["id"] == failed.prelude["headers"]["helicone-id"]
    assert failed_request["http"] == {"response": {"status": 503}}


def received(daemon: socket.socket) -> list[dict[str, Any]]:
    """The documents that were sent to X-Ray's daemon, each behind a line that says its format."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            head, document = daemon.recv(65_536).split(b"\n", 1)
            assert json.loads(head) == {"format": "json", "version": 1}
            found.append(json.loads(document))
    return found


async def test_a_span_is_at_the_collector_before_the_next_invocation_is_asked_for(
    checkout: Path, account: Account, table: None
) -> None:
    """With the headers out of Secrets Manager."""
    secret = {"headers": "x-team=collector-key"}
    SecretsManagerSecrets(account.secrets_manager, "ai-gateway/").put("otlp", secret)
    with collecting() as collector:
        async with provider() as upstream:
            variables = {**environ(checkout, account, upstream), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
            async with emulated(*command(checkout), environ=variables) as client:
                answers = [await Gateway(client, upstream, account).chat("tiny") for _ in range(2)]
                spans = [span for span in collector.spans if not span.parent_span_id]
                headers = collector.headers
    asked = [UUID(answer.prelude["headers"]["helicone-id"]).bytes for answer in answers]
    assert [span.trace_id for span in spans] == asked
    assert {one["x-team"] for one in headers} == {"collector-key"}


async def test_under_sam_local_an_answer_comes_in_one_piece(checkout: Path, account: Account, table: None) -> None:
    async with provider() as upstream:
        variables = {**environ(checkout, account, upstream), "AWS_SAM_LOCAL": "true"}
        async with emulated(*command(checkout), environ=variables) as client:
            whole = (await Gateway(client, upstream, account).invoke("tiny")).json()
    assert whole["statusCode"] == 200
    assert whole["body"].endswith("data: [DONE]\n\n")
