import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import boto3
import pytest

from tests.checkout import ARCHITECTURE, PYTHON_VERSION, ROOT, build_here, copy_repository
from tests.sam_cli import sam

MINISTACK = "ministack==1.5.33"
STACK = "ai-gateway-test"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "emulated", "AWS_SECRET_ACCESS_KEY": "emulated", "AWS_DEFAULT_REGION": "us-east-1"}


class Account:
    """An emulated AWS account; its function URLs answer at `endpoint` to their own host names."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        session = boto3.Session("emulated", "emulated", region_name="us-east-1")
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self.secrets = session.client("secretsmanager", endpoint_url=endpoint)
        self._cloudformation: Any = session.client("cloudformation", endpoint_url=endpoint)
        self._lambda: Any = session.client("lambda", endpoint_url=endpoint)

    def deploy(self, checkout: Path, **parameters: str) -> None:
        fitting = {
            "Stage": "test",
            "Architecture": ARCHITECTURE,
            "PythonRuntime": f"python{PYTHON_VERSION}",
            # The emulator calls the handler itself and knows no streams.
            "InvokeMode": "BUFFERED",
            **parameters,
        }
        overrides = [f"{name}={value}" for name, value in fitting.items()]
        environ = {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}
        sam("deploy", "--stack-name", STACK, "--parameter-overrides", *overrides, cwd=checkout, environ=environ)

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=STACK)
        self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})

    def outputs(self) -> Mapping[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def functions(self) -> list[dict[str, object]]:
        functions: list[dict[str, object]] = self._lambda.list_functions()["Functions"]
        return functions


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    uvx = shutil.which("uvx")
    if uvx is None:
        pytest.skip("uvx is not installed: the AWS emulator cannot be run")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environ = {
        **os.environ,
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    # In an environment of its own: the translator of SAM templates is nothing that the project needs.
    command = (
        uvx,
        "--from",
        MINISTACK,
        "--with",
        "aws-sam-translator",
        "python",
        "-m",
        "hypercorn",
        "ministack.app:app",
    )
    process = subprocess.Popen(("timeout", "600", *command, "--bind", f"127.0.0.1:{port}"), env=environ)
    try:
        _wait_until_it_answers(f"http://127.0.0.1:{port}/_ministack/health", process)
        yield Account(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy, built for this machine, with the stand-in in the gateway's place."""
    folder = tmp_path_factory.mktemp("checkout")
    copy_repository(folder)
    shutil.copy(ROOT / "tests/deploy/stand_in.py", folder / "functions/gateway/app.py")
    build_here(folder)
    return folder


@pytest.fixture(scope="session")
def outputs(account: Account, checkout: Path) -> Mapping[str, str]:
    """The outputs of the deployed stack."""
    account.secrets.create_secret(Name="ai-gateway/test/openai", SecretString='{"api_key": "sk-test"}')
    account.deploy(checkout)
    return account.outputs()


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, "the AWS emulator ended"
        try:
            with urlopen(url, timeout=1):
                return
        except URLError:
            time.sleep(0.05)
    pytest.fail("the AWS emulator does not answer")
