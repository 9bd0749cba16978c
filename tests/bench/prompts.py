"""What a stored prompt costs: processor time of a request that names one, and of the same request written out.

uv run python -m tests.bench.prompts [--requests 600]
"""

import argparse
import asyncio
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.storage import free_port
from tests.bench.load import send
from tests.bench.run import KEY, Server

PASSES = 16
COMMAND = (sys.executable, "-m", "ai_gateway.runtime.cli")
TEXT = "You help {{customer_name}} with {{issue_type}}, kindly and briefly; their tier is {{hc:tier:string}}. " * 8
INPUTS = {"customer_name": "Ann Example", "issue_type": "a late parcel", "tier": "enterprise"}
QUESTION = {"role": "user", "content": "Where is my parcel? It was promised for yesterday."}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=600)
    requests = parser.parse_args().requests
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        emulator = Emulator(free_port())
        stack.callback(emulator.stop)
        emulator.wait()
        upstream = _started(stack, ["-m", "uvicorn", "upstream:app", "--no-access-log", "--log-level", "error"], {})
        environment = {
            "AI_GATEWAY_KEY": KEY,
            "AI_GATEWAY_AWS_ENDPOINT_URL": emulator.url,
            "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
            "AI_GATEWAY_OPENAI_BASE_URL": f"{upstream.url}/v1",
        }
        _push(folder, environment)
        gateway = _started(stack, list(COMMAND[1:]), environment)
        costs = _measure(gateway, requests)
    added = costs["stored"] / costs["written out"] - 1
    print(f"\n{'':14}CPU us/req")
    for name, microseconds in costs.items():
        print(f"{name:14}{microseconds:10.0f}")
    print(f"{'added':14}{added:10.1%}")


def _measure(gateway: Server, requests: int) -> dict[str, float]:
    text = TEXT
    for name, value in INPUTS.items():
        text = text.replace(f"{{{{{name}}}}}", value).replace(f"{{{{hc:{name}:string}}}}", value)
    model = "gpt-4o-mini/openai"
    bodies: dict[str, object] = {
        "written out": {"model": model, "messages": [{"role": "system", "content": text}, QUESTION]},
        "stored": {"model": model, "prompt_id": "bench", "inputs": INPUTS, "messages": [QUESTION]},
    }
    url = f"{gateway.url}/v1/chat/completions"
    costs = dict.fromkeys(bodies, float("inf"))
    for _ in range(PASSES):
        for name, body in bodies.items():
            asyncio.run(send(url, KEY, body, 200, 8))
            before = gateway.cpu()
            asyncio.run(send(url, KEY, body, requests, 8))
            costs[name] = min(costs[name], (gateway.cpu() - before) / requests * 1e6)
    return costs


def _push(folder: Path, environment: dict[str, str]) -> None:
    (folder / "bench.yaml").write_text(f"prompt:\n  messages:\n  - role: system\n    content: '{TEXT}'\n")
    command = (*COMMAND, "prompts", "push", str(folder))
    subprocess.run(command, env={**os.environ, **environment}, cwd=folder, check=True)


def _started(stack: ExitStack, command: list[str], environment: dict[str, str]) -> Server:
    port = free_port()
    server = Server([sys.executable, *command, "--port", str(port)], environment, port)
    stack.callback(server.stop)
    return server


if __name__ == "__main__":
    main()
