"""The gateway in a container with Lambda's Python, by `sam local`, with the events that users are given."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from tests.checkout import ROOT
from tests.sam_cli import ENVIRON, REQUIREMENT
from tests.sam_local.conftest import Function

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def test_a_stream_comes_whole_and_is_recorded(function: Function) -> None:
    """`sam local` hands on no streams: the loop answers in one piece there."""
    answer = function.invoke("stream")
    *events, done, rest = str(answer["body"]).split("\n\n")
    print("\n".join((*events, done)))
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    assert len(chunks) > 2
    record = function.record(answer)
    assert record is not None
    assert sum(record.tokens.values()) == chunks[-1]["usage"]["total_tokens"]


@pytest.fixture
def started(function: Function) -> Iterator["LambdaClient"]:
    """A client of `sam local start-lambda`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    uvx = shutil.which("uvx")
    assert uvx
    arguments = (*function.sam("start-lambda"), "--port", str(port), "--warm-containers", "LAZY")
    process = subprocess.Popen(
        ("timeout", "300", uvx, "--from", REQUIREMENT, "sam", *arguments),
        cwd=function.folder,
        env={**os.environ, **ENVIRON, **function.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(port, process)
        session = boto3.Session("emulated", "emulated", region_name="us-east-1")
        patient = Config(read_timeout=120, retries={"total_max_attempts": 1})
        yield session.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", config=patient)
    finally:
        process.terminate()
        process.wait()


def test_start_lambda_serves_invocations_from_one_warm_container(started: "LambdaClient", function: Function) -> None:
    assert _invoked(started, "health")["body"] == '{"status":"ok"}'
    assert str(_invoked(started, "models")["body"]).startswith('{"object":"list"')
    answer = _invoked(started, "chat")
    assert answer["statusCode"] == 200
    assert json.loads(str(answer["body"]))["choices"][0]["message"]["content"]
    record = function.record(answer)
    assert record is not None
    assert (record.status, record.source) == (200, "gpt-4o-mini/openai")


def _invoked(client: "LambdaClient", event: str) -> dict[str, object]:
    payload = (ROOT / f"tests/events/{event}.json").read_text()
    answer: dict[str, object] = json.loads(
        client.invoke(FunctionName="GatewayFunction", Payload=payload)["Payload"].read()
    )
    return answer


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "sam local start-lambda ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("sam local start-lambda does not listen")
