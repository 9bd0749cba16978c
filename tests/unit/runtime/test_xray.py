"""What X-Ray gets of the handlers that Lambda's own client calls."""

import json
import os
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from ai_gateway.runtime.telemetry import naming

class Context:
    aws_request_id = "r-1"

answer = naming(lambda event, context: {"body": "an answer"})({"body": "a question"}, Context())
print(answer["body"], "aws_xray_sdk" in sys.modules)
"""


def told(**environ: str) -> tuple[str, list[str]]:
    """What a traced handler prints, and the documents that reach X-Ray's daemon."""
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        lambdas = {
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            "LAMBDA_TASK_ROOT": "/var/task",
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        }
        done = subprocess.run(
            (sys.executable, "-c", PROGRAM),
            env={**os.environ, **lambdas, **environ}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        documents = []
        while True:
            try:
                documents.append(daemon.recv(65_536).decode().split("\n", 1)[1])
            except BlockingIOError:
                return done.stdout.strip(), documents


def test_where_tracing_is_on_a_call_is_told_without_its_event_and_answer() -> None:
    printed, (document,) = told(AI_GATEWAY_TRACING="Active")
    assert printed == "an answer True"
    assert json.loads(document)["parent_id"] == "53995c3f42cd8ad8"
    assert "question" not in document
    assert "an answer" not in document


@pytest.mark.parametrize("environ", [{}, {"AI_GATEWAY_TRACING": "PassThrough"}])
def test_elsewhere_nothing_is_told_and_the_sdk_is_not_imported(environ: dict[str, str]) -> None:
    assert told(**environ) == ("an answer False", [])


def test_under_sam_local_there_is_nobody_to_tell() -> None:
    _, documents = told(AI_GATEWAY_TRACING="Active", AWS_SAM_LOCAL="true")
    assert documents == []
