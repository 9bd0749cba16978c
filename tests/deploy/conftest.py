import os
import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import boto3
import httpx
import pytest

from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.wire import JsonObject, parse_object
from ai_gateway.runtime.simulator import Simulator
from tests.checkout import ARCHITECTURE, PYTHON_VERSION, ROOT, build_here, copy_repository
from tests.sam_cli import sam

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import ScheduleSummaryTypeDef

MINISTACK = "ministack==1.5.33"
STACK = "ai-gateway-test"
SENDER = "gateway@example.com"
# "test" is what the emulator takes for the account's owner; everybody else may do what policies say.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


class Account:
    """An emulated AWS account; its function URLs answer at `endpoint` to their own host names."""

    def __init__(self, endpoint: str, notes: Path) -> None:
        self.endpoint = endpoint
        self._notes = notes
        session = boto3.Session("test", "test", region_name="us-east-1")
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self.secrets_manager = session.client("secretsmanager", endpoint_url=endpoint)
        self._cloudformation = session.client("cloudformation", endpoint_url=endpoint)
        self._iam = session.client("iam", endpoint_url=endpoint)
        self._lambda = session.client("lambda", endpoint_url=endpoint)
        self._scheduler = session.client("scheduler", endpoint_url=endpoint)
        session.client("sesv2", endpoint_url=endpoint).create_email_identity(EmailIdentity=SENDER)
        self.topic = session.client("sns", endpoint_url=endpoint).create_topic(Name="alerts")["TopicArn"]

    @property
    def environ(self) -> Mapping[str, str]:
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}

    def deploy(self, checkout: Path, **parameters: str) -> None:
        fitting = {
            "Stage": "test",
            "Architecture": ARCHITECTURE,
            "PythonRuntime": f"python{PYTHON_VERSION}",
            # The emulator calls the handler itself and knows no streams.
            "InvokeMode": "BUFFERED",
            # The provider is on loopback.
            "PrivateBaseUrls": "true",
            **parameters,
        }
        overrides = [f"{name}={value}" for name, value in fitting.items()]
        sam("deploy", "--stack-name", STACK, "--parameter-overrides", *overrides, cwd=checkout, environ=self.environ)

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=STACK)
        self._cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})

    def outputs(self) -> Mapping[str, str]:
        (stack,) = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def console(self, admin: str | None = None) -> httpx.Client:
        """By its path: the emulator takes /login of every host for Cognito's."""
        headers = {"authorization": f"Bearer {admin}"} if admin else {}
        return httpx.Client(base_url=self.path_of("ConsoleUrl"), headers=headers, timeout=30)

    def path_of(self, output: str) -> str:
        """The emulator's own address of a function URL, for callers that do not choose the host's name."""
        url_id = httpx.URL(self.outputs()[output]).host.partition(".")[0]
        return f"{self.endpoint}/_aws/lambda-url/{url_id}"

    def memory_of(self, resource: str) -> int | None:
        """Of a function of the stack; None when there is none."""
        functions = self._lambda.list_functions()["Functions"]
        return next((one["MemorySize"] for one in functions if f"-{resource}-" in one["FunctionName"]), None)

    def uses(self, resource: str) -> "Uses":
        """What one of the stack's roles may do, and what was done with it."""
        found = self._cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId=resource)
        role = found["StackResourceDetail"]["PhysicalResourceId"]
        asked = [line.split() for line in self._notes.read_text().splitlines()]
        done, denied = (
            {action for caller, action, answer in asked if (caller, answer) == (role, wanted)}
            for wanted in ("allowed", "denied")
        )
        return Uses(self._allowed(role), done, denied)

    def run_schedule(self, description: str) -> None:
        """Now, by a schedule that fires once and has the same target."""
        named = (
            self._scheduler.get_schedule(Name=one["Name"], GroupName=one["GroupName"]) for one in self._schedules()
        )
        (schedule,) = (one for one in named if one["Description"].startswith(description))
        self._scheduler.create_schedule(
            Name=uuid4().hex,
            ScheduleExpression="at(2020-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=schedule["Target"],
        )

    def rolled_up(self) -> bool:
        """Whether a run of the rollups has come to its end."""
        return bool(DynamoDBRollups(self.dynamodb, self.outputs()["TableName"]).through("default"))

    def remade(self) -> bool:
        """Whether every hour that lost a request has been added up again."""
        return not DynamoDBRollups(self.dynamodb, self.outputs()["TableName"]).remakes("default")

    def _schedules(self) -> list["ScheduleSummaryTypeDef"]:
        return self._scheduler.list_schedules()["Schedules"]

    def _allowed(self, role: str) -> set[str]:
        names = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        policies = [self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        attached = self._iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        for arn in (policy["PolicyArn"] for policy in attached):
            version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = self._iam.get_policy_version(PolicyArn=arn, VersionId=version)
            policies.append(found["PolicyVersion"]["Document"])
        actions = [statement["Action"] for policy in policies for statement in policy["Statement"]]
        return {action for one in actions for action in ([one] if isinstance(one, str) else one)}

    def record(self, request_id: str, table: str | None = None) -> RequestRecord | None:
        """What the stack's table keeps of a request, with its bodies."""
        return DynamoDBRecords(self.dynamodb, table or self.outputs()["TableName"]).one("default", request_id)


@dataclass(frozen=True, slots=True)
class Uses:
    """Actions as policies call them."""

    allowed: set[str]
    done: set[str]
    denied: set[str]


class Told(ThreadingHTTPServer):
    """What webhooks were called with, by their paths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiving)
        self.bodies: dict[str, list[JsonObject]] = defaultdict(list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Receiving(BaseHTTPRequestHandler):
    server: Told

    def do_POST(self) -> None:
        body = parse_object(self.rfile.read(int(self.headers["content-length"])).decode())
        assert body is not None
        self.server.bodies[self.path].append(body)
        self.send_response(204)
        self.end_headers()


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with the account's credentials, a shell in an empty folder, and the `ai-gateway` command."""

    account: Account
    folder: Path

    def run(self, *arguments: str, given: str = "") -> str:
        return self._run((sys.executable, "-m", "ai_gateway.runtime.cli", *arguments, "--stack", STACK), given)

    def type(self, line: str) -> str:
        """As one types it into a shell."""
        return self._run(("sh", "-c", line))

    def _run(self, command: tuple[str, ...], given: str = "") -> str:
        environ = {**os.environ, **self.account.environ, "OPENAI_API_KEY": "sk-of-openai"}
        done = subprocess.run(
            command, cwd=self.folder, env=environ, input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    uvx = shutil.which("uvx")
    if uvx is None:
        pytest.skip("uvx is not installed: the AWS emulator cannot be run")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    notes = tmp_path_factory.mktemp("account") / "notes"
    environ = {
        **os.environ,
        **CREDENTIALS,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
        # Roles are enforced: what the template does not allow a function is denied.
        "AUTH": "true",
        "NOTES": str(notes),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "layers/ai_gateway/python"))),
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
        "tests.deploy.noted_account:app",
        # In this one process: a master that is told to stop together with its workers may wait for them for ever.
        "--workers",
        "0",
    )
    process = subprocess.Popen(("timeout", "600", *command, "--bind", f"127.0.0.1:{port}"), env=environ)
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/_ministack/health", process), 120)
        yield Account(f"http://127.0.0.1:{port}", notes)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def provider() -> Iterator[Simulator]:
    """Plays OpenAI on loopback."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def told() -> Iterator["Told"]:
    """Takes webhooks on loopback."""
    with Told() as told, ThreadPoolExecutor(1) as serving:
        serving.submit(told.serve_forever)
        try:
            yield told
        finally:
            told.shutdown()


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy, built for this machine."""
    folder = tmp_path_factory.mktemp("checkout")
    copy_repository(folder)
    build_here(folder)
    return folder


@pytest.fixture(scope="session")
def outputs(account: Account, checkout: Path) -> Mapping[str, str]:
    """The outputs of the deployed stack."""
    account.deploy(checkout, MailFrom=SENDER, AlertTopicArns=account.topic)
    return account.outputs()


@pytest.fixture(scope="session")
def operator(account: Account, outputs: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(account, tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="session")
def key(operator: Operator, provider: Simulator) -> str:
    """A gateway key, made as the README says, of a stack that has been given a provider."""
    operator.run("providers", "set", "openai", "--base-url", provider.base_url("openai"), given="sk-of-openai")
    return operator.run("keys", "create", "tests").splitlines()[0]


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for what happens by itself in the account."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the AWS emulator ended"
    try:
        with urlopen(url, timeout=1):
            return True
    except URLError:
        return False
