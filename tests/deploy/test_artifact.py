"""What `sam build` made, started as Lambda starts it, under AWS's own emulator of the Lambda runtime."""

import os
import sys
from pathlib import Path

from tests.integration.lambda_stream.emulation import emulated, invoke


def started(checkout: Path, **environ: str) -> dict[str, str]:
    """The environment of the function; its layers stand where /opt would be."""
    built = checkout / ".aws-sam" / "build"
    layers = (str(built / layer / "python") for layer in ("AiGatewayLayer", "DependenciesLayer"))
    return {
        "LAMBDA_TASK_ROOT": str(built / "GatewayFunction"),
        "PYTHONPATH": os.pathsep.join(layers),
        "AWS_ACCESS_KEY_ID": "emulated",
        "AWS_SECRET_ACCESS_KEY": "emulated",
        "AWS_DEFAULT_REGION": "us-east-1",
        **environ,
    }


def command(checkout: Path) -> tuple[str, ...]:
    """The wrapper, and the command of the managed client that Lambda hands it."""
    wrapper = checkout / ".aws-sam/build/GatewayFunction/stream"
    return str(wrapper), sys.executable, "/var/runtime/bootstrap.py"


async def test_the_built_function_streams(checkout: Path) -> None:
    async with emulated(*command(checkout), environ=started(checkout)) as client:
        answer = await invoke(client, "/v1/stream", method="GET")
        head, _, body = answer.content.partition(b"\0" * 8)
        assert b'"statusCode":200' in head
        assert b"text/event-stream" in head
        assert body == b"data: 1\n\ndata: 2\n\n"
        assert b'"statusCode":404' in (await invoke(client, "/nowhere")).content


async def test_the_built_function_answers_in_one_piece_under_sam_local(checkout: Path) -> None:
    async with emulated(*command(checkout), environ=started(checkout, AWS_SAM_LOCAL="true")) as client:
        answer = (await invoke(client, "/v1/stream", method="GET")).json()
    assert (answer["statusCode"], answer["body"]) == (200, "data: 1\n\ndata: 2\n\n")
