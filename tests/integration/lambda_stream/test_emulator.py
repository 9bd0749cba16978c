"""The loop under AWS's own emulator of the Lambda runtime, in both of its modes.

With AWS_LAMBDA_MAX_CONCURRENCY the emulator plays Lambda Managed Instances: it takes streamed responses apart, error
trailers too, and answers its caller when a response ends; without, when the next invocation is asked for.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

import ai_gateway
from tests.integration.lambda_stream.emulation import emulated, invoke

ROOT = Path(__file__).parents[3]
PACKAGE = Path(ai_gateway.__file__).parent
APPLICATION = "tests.integration.lambda_stream.emulated:app"
STREAM = (
    b'{"statusCode":200,"headers":{"content-type":"text/event-stream"},"cookies":["a=1","b=2"]}'
    + b"\0" * 8
    + b"data: 1\n\n"
)

# The emulator looks for a bootstrap in these folders alone, changes to one and gives up root: a namespace of its own
# has them, with what the unprivileged user must be able to read.
NAMESPACE = """
set -e
mount -t tmpfs -o mode=755 tmpfs /var
mkdir -p /var/runtime /var/task/tests/integration
cp -r "$1" /var/task/ai_gateway
cp -r "$2/tests/integration/lambda_stream" /var/task/tests/integration/
printf '#!/bin/sh\\nexec /usr/bin/python3 -u -m ai_gateway.runtime.lambda_stream %s\\n' "$3" > /var/runtime/bootstrap
chmod -R a+rX /var
chmod 755 /var/runtime/bootstrap
shift 3
exec "$@"
"""


@pytest.fixture
async def function() -> AsyncIterator[httpx.AsyncClient]:
    command = (sys.executable, "-u", "-m", "ai_gateway.runtime.lambda_stream", APPLICATION)
    async with emulated(*command, environ={"PYTHONPATH": str(ROOT)}) as client:
        yield client


@pytest.fixture
async def managed_instance() -> AsyncIterator[httpx.AsyncClient]:
    _require_namespaces()
    before = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", NAMESPACE, "sh")
    arguments = (str(PACKAGE), str(ROOT), APPLICATION)
    environ = {"AWS_LAMBDA_MAX_CONCURRENCY": "3", "PYTHONPATH": "/var/task"}
    async with emulated(environ=environ, before=(*before, *arguments)) as client:
        yield client


async def test_one_process_streams_fails_and_streams_on(function: httpx.AsyncClient) -> None:
    assert (await invoke(function, "/", "hi")).content == STREAM + b"data: hi []\n\n"
    early = (await invoke(function, "/early")).json()
    assert (early["errorType"], early["errorMessage"]) == ("LookupError", "before the first byte")
    assert (await invoke(function, "/")).content == STREAM + b"data:  []\n\n"
    assert (await invoke(function, "/late")).content == STREAM
    assert (await invoke(function, "/")).content == STREAM + b"data:  []\n\n"


async def test_five_megabytes_go_in_and_out(function: httpx.AsyncClient) -> None:
    text = "x" * 5_000_000
    assert (await invoke(function, "/", text)).content == STREAM + f"data: {text} []\n\n".encode()


async def test_a_managed_instance_understands_the_stream_and_its_errors(managed_instance: httpx.AsyncClient) -> None:
    answer = await invoke(managed_instance, "/", "hi")
    assert answer.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert answer.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    assert answer.content == STREAM + b"data: hi []\n\n"
    for path, message in (("/early", "before the first byte"), ("/late", "after the first byte ")):
        failed = await invoke(managed_instance, path)
        assert failed.headers["error-type"] == "Function.LookupError"
        assert failed.json()["errorMessage"].startswith(message)


async def test_a_managed_instance_serves_several_at_once_in_one_process(managed_instance: httpx.AsyncClient) -> None:
    await invoke(managed_instance, "/")  # when it is answered, all workers wait for an invocation
    answers = await asyncio.gather(*(invoke(managed_instance, "/together", str(number)) for number in range(3)))
    assert [answer.content for answer in answers] == [STREAM + f"data: {number} []\n\n".encode() for number in range(3)]


async def test_work_after_the_response_keeps_no_caller_waiting(managed_instance: httpx.AsyncClient) -> None:
    assert (await invoke(managed_instance, "/working")).content == STREAM + b"data:  []\n\n"
    assert (await invoke(managed_instance, "/")).content == STREAM + b"data:  []\n\n", "the work goes on"
    await invoke(managed_instance, "/release")
    assert (await invoke(managed_instance, "/")).content == STREAM + b"data:  ['done']\n\n"


def _require_namespaces() -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("playing a managed instance takes root, for a mount namespace with Lambda's folders")
    trial = subprocess.run(("unshare", "--mount", "--pid", "--fork", "true"), capture_output=True, check=False)
    if trial.returncode:
        pytest.skip(f"no mount namespace can be made here: {trial.stderr.decode().strip()}")
    version = subprocess.run(
        ("/usr/bin/python3", "-c", "import sys; print(sys.version_info >= (3, 11))"), capture_output=True, check=False
    )
    if version.stdout.strip() != b"True":
        pytest.skip("/usr/bin/python3, which any user may run, is missing or older than Python 3.11")
