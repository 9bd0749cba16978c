"""Docker, the image that functions run in, and what they call: all on this machine."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import boto3
import pytest

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.table import ensure_table
from ai_gateway.adapters.secrets import SecretsManagerSecrets
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog.additions import ProviderSetting
from ai_gateway.core.records import RequestRecord
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.simulator import Simulator
from tests.checkout import ARCHITECTURE, ROOT, build_for_containers, copy_repository
from tests.sam_cli import sam

IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"
KEY = "sk-aig-local"
"""The gateway key in tests/events."""


@dataclass(frozen=True, slots=True)
class Docker:
    """`address` is this machine's, as containers see it."""

    environ: Mapping[str, str]
    address: str


@pytest.fixture(scope="session")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    if not shutil.which("docker"):
        pytest.skip("sam local: Docker is not installed")
    if _docker("version", check=False).returncode == 0:
        yield _with_image({})
        return
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        pytest.skip("sam local: no Docker daemon runs here, and starting one takes root and dockerd")
    folder = tmp_path_factory.mktemp("docker")
    with (folder / "log").open("wb") as log:
        command = ("timeout", "600", str(ROOT / "infra/local/dockerd.sh"), str(folder))
        daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    environ = {"DOCKER_HOST": f"unix://{folder}/docker.sock"}
    try:
        _wait_until_it_answers(daemon, environ, folder / "log")
        yield _with_image(environ)
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(folder / "data", ignore_errors=True)  # several hundred megabytes


@dataclass(frozen=True, slots=True)
class Function:
    """The built gateway in a container, as `sam local` runs it."""

    folder: Path
    environ: Mapping[str, str]
    dynamodb: DynamoDBRecords

    def sam(self, *arguments: str) -> tuple[str, ...]:
        overrides = ("--parameter-overrides", f"Architecture={ARCHITECTURE} PrivateBaseUrls=true")
        return ("local", *arguments, *overrides, "--env-vars", "env.json", "--skip-pull-image")

    def invoke(self, event: str) -> dict[str, object]:
        """What the function answers to tests/events/EVENT.json."""
        command = self.sam("invoke", "GatewayFunction", "--event", str(ROOT / f"tests/events/{event}.json"))
        answer: dict[str, object] = json.loads(sam(*command, cwd=self.folder, environ=self.environ).splitlines()[-1])
        return answer

    def record(self, answer: Mapping[str, object]) -> RequestRecord | None:
        headers = answer["headers"]
        assert isinstance(headers, dict)
        return self.dynamodb.one("default", headers["helicone-id"])


@pytest.fixture(scope="session")
def function(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    folder = tmp_path_factory.mktemp("checkout")
    copy_repository(folder)
    build_for_containers(folder)
    emulator = Emulator(_free_port(), host=docker.address)
    try:
        with Simulator(host=docker.address) as provider:
            emulator.wait()
            records = _set_up(emulator.url, provider)
            variables = {"AI_GATEWAY_AWS_ENDPOINT_URL": emulator.url, "AI_GATEWAY_TABLE": "local"}
            (folder / "env.json").write_text(json.dumps({"GatewayFunction": variables}))
            key = {"AWS_ACCESS_KEY_ID": "emulated", "AWS_SECRET_ACCESS_KEY": "emulated"}
            yield Function(folder, {**docker.environ, **key}, records)
    finally:
        emulator.stop()


def _set_up(endpoint: str, provider: Simulator) -> DynamoDBRecords:
    session = boto3.Session("emulated", "emulated", region_name="us-east-1")
    dynamodb = session.client("dynamodb", endpoint_url=endpoint)
    ensure_table(dynamodb, "local")
    DynamoDBCallers(dynamodb, "local").put(hash_key(KEY), Caller("1", "sam local"), created=0)
    DynamoDBAdditions(dynamodb, "local").put(ProviderSetting("openai", provider.base_url("openai")))
    secrets = SecretsManagerSecrets(session.client("secretsmanager", endpoint_url=endpoint), "ai-gateway/dev/")
    secrets.put("openai", {"api_key": "sk-of-openai"})
    return DynamoDBRecords(dynamodb, "local")


def _with_image(environ: Mapping[str, str]) -> Docker:
    if _docker("image", "inspect", IMAGE, environ=environ, check=False).returncode:
        _make_image(environ)
    (bridge,) = json.loads(_docker("network", "inspect", "bridge", environ=environ).stdout)
    (network,) = bridge["IPAM"]["Config"]
    # A daemon that finds the bridge of another says no gateway; it is the first address.
    return Docker(environ, network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts())))


def _make_image(environ: Mapping[str, str]) -> None:
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        pytest.skip(f"sam local: {IMAGE} is not here, and making it takes root and mmdebstrap")
    script = ROOT / "infra/local/image.sh"
    made = subprocess.run(
        script, env={**os.environ, **environ}, capture_output=True, text=True, timeout=400, check=False
    )
    assert made.returncode == 0, made.stderr


def _docker(
    *arguments: str, environ: Mapping[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ("docker", *arguments),
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=check,
    )


def _wait_until_it_answers(daemon: subprocess.Popen[bytes], environ: Mapping[str, str], log: Path) -> None:
    until = time.monotonic() + 60
    while _docker("version", environ=environ, check=False).returncode:
        if daemon.poll() is not None or time.monotonic() > until:
            pytest.skip(f"sam local: a Docker daemon cannot be started here: {log.read_text()[-500:]}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
