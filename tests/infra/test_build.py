"""What `sam build` makes of a clean copy."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT, python_3_13
from tests.infra.conftest import TEMPLATES
from tests.sam_cli import sam

MEGABYTE = 1_000_000
OPERATORS = ("installation.py",)
"""Modules of the command line, which ask AWS more than functions do."""


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def modules(layer: Path) -> list[Path]:
    return [path for path in layer.rglob("*.py") if "__pycache__" not in path.parts]


def test_the_layers_requirements_are_those_of_the_lock() -> None:
    exported = subprocess.run(
        ("uv", "export", "--quiet", "--frozen", "--offline", "--no-default-groups", "--no-emit-project",
         "--no-annotate", "--no-header"),
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    committed = (ROOT / "layers/dependencies/requirements.txt").read_text()
    assert committed == exported.stdout, "run: make -C layers/dependencies requirements.txt"


def test_every_handler_in_the_template_exists(built: Path) -> None:
    template = (ROOT / TEMPLATES[0]).read_text()
    handlers = set(re.findall(r"CodeUri: functions/(\w+)\n\s+Handler: (\w+)\.(\w+)", template))
    assert {name for name, _, _ in handlers} == {path.name for path in (ROOT / "functions").iterdir()}
    for function, module, name in handlers:
        source = (built / f"{function.capitalize()}Function" / f"{module}.py").read_text()
        assert len(source.splitlines()) <= 15, "functions hold no logic"
        assigned = {
            target.id
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert name in assigned


def test_the_dependencies_layer_is_small_enough_to_start_fast(built: Path) -> None:
    assert size(built / "DependenciesLayer") < 60 * MEGABYTE
    assert size(built / "AiGatewayLayer") < 10 * MEGABYTE


@pytest.mark.parametrize("layer", ["DependenciesLayer", "AiGatewayLayer"])
def test_every_module_has_bytecode_that_no_clock_can_spoil(layer: str, built: Path) -> None:
    found = modules(built / layer)
    assert found
    for module in found:
        bytecode = Path(importlib.util.cache_from_source(str(module)))
        header = bytecode.read_bytes()[:8]
        assert header == importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little"), module


def test_the_layer_has_what_the_package_has(built: Path) -> None:
    source = ROOT / "layers/ai_gateway/python"
    packaged = {path.relative_to(built / "AiGatewayLayer/python") for path in modules(built / "AiGatewayLayer")}
    assert packaged == {path.relative_to(source) for path in modules(source)}
    assert (built / "AiGatewayLayer/python/ai_gateway/py.typed").exists()


def test_every_aws_service_that_functions_call_is_still_described(built: Path) -> None:
    found = modules(ROOT / "layers/ai_gateway/python/ai_gateway")
    source = "\n".join(path.read_text() for path in found if path.name not in OPERATORS)
    called = set(re.findall(r"""(?:\.|create_)client\(\s*["']([a-z0-9-]+)["']""", source))
    kept = {path.name for path in (built / "DependenciesLayer/python/botocore/data").iterdir() if path.is_dir()}
    assert called | {"dynamodb", "secretsmanager"} <= kept


CLIENTS = """
import botocore.session, json
session = botocore.session.Session()
told = {}
for service in ("dynamodb", "secretsmanager"):
    for region in ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"):
        client = session.create_client(service, region, aws_access_key_id="a", aws_secret_access_key="b")
        model = client.meta.service_model
        shapes = {name: sorted(getattr(model.shape_for(name), "members", ())) for name in model.shape_names}
        told[f"{service} {region}"] = [client.meta.endpoint_url, sorted(model.operation_names), shapes]
        told[f"{service} regions"] = session.get_available_regions(service)
print(json.dumps(told))
"""


def test_what_is_left_of_botocore_makes_the_same_clients(built: Path) -> None:
    told = [
        subprocess.run(
            (sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{CLIENTS}"),
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout
        for path in ([str(built / "DependenciesLayer/python")], [])
    ]  # fmt: skip
    assert told[0] == told[1]


def test_the_layers_are_all_that_the_runtime_needs(built: Path) -> None:
    """Imports from the built layers alone, by this machine's Python."""
    path = os.pathsep.join(str(built / layer / "python") for layer in ("AiGatewayLayer", "DependenciesLayer"))
    program = (
        f"import sys; sys.path[:0] = {path.split(os.pathsep)!r}\n"
        "import ai_gateway, boto3, fastapi, google.oauth2.service_account, httpx, orjson, starlette, aws_lambda_powertools, pydantic_settings\n"
        "from ai_gateway.adapters.otlp import Collector\n"
        "from ai_gateway.adapters.otlp.sdk import Exporting\n"
        "from ai_gateway.core.spans import Span\n"
        "exporting = Exporting(Collector('http://127.0.0.1:9/v1/traces', {}, {}))\n"
        "exporting.add(Span('chat', 1, 2, {'a': 'b'})); exporting.end()\n"
        "boto3.client('dynamodb', region_name='us-east-1'); boto3.client('secretsmanager', region_name='us-east-1')\n"
        "print(*(module.__file__ for module in (ai_gateway, boto3, orjson)), sep='\\n')"
    )
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", program), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(built)) for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("function", "unneeded"),
    [
        (
            "Gateway",
            {"boto3", "fastapi", "mangum", "aiohttp", "uvicorn", "google", "opentelemetry", "jinja2", "ddsketch"},
        ),
        ("Console", {"boto3", "httpx", "aiohttp", "uvicorn", "google"}),
        ("Alerts", {"boto3", "httpx", "fastapi", "starlette.requests", "mangum", "jinja2", "aiohttp"}),
        ("Rollup", {"boto3", "httpx", "fastapi", "starlette.requests", "mangum", "jinja2", "aiohttp"}),
    ],
)
def test_a_cold_start_imports_nothing_that_the_first_call_does_not_need(
    function: str, unneeded: set[str], built: Path
) -> None:
    imported = imported_by(f"{function}Function", built)
    assert imported & {*unneeded, "aws_xray_sdk", "wrapt"} == set()
    assert not {name for name in imported if name.startswith("ai_gateway.core.dialects.")}


def imported_by(function: str, built: Path) -> set[str]:
    layers = [str(built / name) for name in (function, "AiGatewayLayer/python", "DependenciesLayer/python")]
    program = f"import sys; sys.path[:0] = {layers!r}; import app; print(*sys.modules)"
    environ = {**os.environ, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    done = subprocess.run(
        (sys.executable, "-S", "-c", program), env=environ, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.split())


def test_the_build_for_lambda_is_for_lambda(checkout: Path, tmp_path: Path) -> None:
    """The default build: arm64 and Python 3.13, from whatever machine this is."""
    python = python_3_13()
    sam(
        "build", "--build-dir", str(tmp_path), cwd=checkout,
        environ={"PATH": os.pathsep.join((str(python.parent), os.environ["PATH"]))},
    )  # fmt: skip
    packages = tmp_path / "DependenciesLayer/python"
    native = {path.name for path in packages.rglob("*.so")}
    assert native
    assert all("cpython-313-aarch64-linux-gnu" in name or name.endswith(".abi3.so") for name in native)
    assert list(packages.glob("starlette/__pycache__/applications.cpython-313.pyc"))


def test_the_wrapper_starts_the_functions_application_with_the_interpreter_that_it_is_given(tmp_path: Path) -> None:
    """As Lambda runs it: the managed client's command is its argument."""
    (tmp_path / "app.py").write_text("raise SystemExit('the application was imported')\n")
    wrapper = ROOT / "functions/gateway/stream"
    environ = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",
        "PYTHONPATH": str(ROOT / "layers/ai_gateway/python"),
    }
    done = subprocess.run(
        (wrapper, sys.executable, "/var/runtime/bootstrap.py"),
        env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert "the application was imported" in done.stderr
