"""The `ai-gateway` command as a process of its own, and clients for it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openai import OpenAI

KEY = "sk-e2e"
COMMAND = (sys.executable, "-m", "ai_gateway.runtime.cli")
NEUTRAL = frozenset(("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "VIRTUAL_ENV"))


class Gateway:
    """Runs in `folder`, which holds its state and where it looks for `.env`. No provider has a key but by `environment`."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = KEY
        self.greeting = ""
        self._options = options
        self._environment = {
            **{name: value for name, value in os.environ.items() if name in NEUTRAL},
            "AI_GATEWAY_KEY": KEY,
            "AI_GATEWAY_STATE_DIR": str(folder / "state"),
            **(environment or {}),
        }
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        """Returns when the gateway says that it answers."""
        with (self.folder / "stderr").open("w") as stderr:
            self.process = subprocess.Popen(
                (*COMMAND, "--port", str(self.port), *self._options),
                cwd=self.folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.greeting += line
            if "print(answer" in line:
                return
        raise AssertionError(f"The gateway did not start: {self.stderr}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(signal.SIGTERM)

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def end(self, signum: signal.Signals) -> int:
        """Its exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(signum)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code

    def client(self, path: str = "/v1", **options: Any) -> OpenAI:
        """To be closed, as every client."""
        return OpenAI(base_url=self.url + path, **{"api_key": self.key, "max_retries": 0, **options})

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`ai-gateway` with these arguments, on the same state."""
        return subprocess.run(
            (*COMMAND, *arguments),
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def records(self) -> dict[str, Any]:
        """The records by their ids, without bodies. Complete once the gateway has ended."""
        answer = self.command("logs", "--json", "-n", "1000")
        assert answer.returncode == 0, answer.stderr
        return {record["id"]: record for record in map(json.loads, answer.stdout.splitlines())}

    def record(self, request_id: str) -> Any:
        """One record, with its bodies."""
        answer = self.command("logs", request_id)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
