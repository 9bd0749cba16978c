"""The embedded AWS emulator (ministack) as a process of its own, which ends with the process that started it.

Run as `python -m ai_gateway.runtime.emulator HOST PORT [STATE_DIR]`. With a state directory it writes a snapshot every
few seconds and when its standard input closes, which the operating system does also when the parent is killed.
"""

import asyncio
import os
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from urllib.request import urlopen

SNAPSHOT_EVERY = 2.0
"""Seconds; a kill of both processes loses no more than this."""
SNAPSHOT_SHARE = 20
"""A snapshot is of everything, so a large state is written less often: at most a twentieth of the time."""
SERVICES = "dynamodb,secretsmanager,sts,events,scheduler,sns,ses,sqs"


class Emulator:
    """A running emulator at `url`; `stop` lets it write its last snapshot. It asks nobody who they are: a `host` other
    than loopback is for containers of this machine.
    """

    def __init__(
        self, port: int, state_dir: Path | None = None, *, host: str = "127.0.0.1", patience: float = 30.0
    ) -> None:
        self.url = f"http://{host}:{port}"
        arguments = [sys.executable, "-m", "ai_gateway.runtime.emulator", host, str(port)]
        if state_dir is not None:
            state_dir.mkdir(parents=True, exist_ok=True)
            arguments.append(str(state_dir))
        self._process = Popen(arguments, stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL)  # noqa: S603
        self._patience = patience

    def wait(self) -> None:
        """Return when it answers. It starts in about a second, which the caller can use for something else."""
        until = time.monotonic() + self._patience
        while not answers(self.url):
            if self._process.poll() is not None:
                raise RuntimeError(f"The AWS emulator ended with status {self._process.returncode}.")
            if time.monotonic() > until:
                self._process.kill()
                raise RuntimeError(f"The AWS emulator did not answer at {self.url} in {self._patience:g} seconds.")
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except TimeoutExpired:
            self._process.kill()


def answers(url: str) -> bool:
    """Whether an emulator is there."""
    try:
        with urlopen(f"{url}/_ministack/health", timeout=1):  # noqa: S310
            return True
    except OSError:
        return False


def main() -> None:
    host, port, *state = sys.argv[1:]
    os.environ.update(
        GATEWAY_PORT=port,
        MINISTACK_HOST=host,
        SERVICES=SERVICES,
        LAMBDA_EXECUTOR="local",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
    )
    if state:
        os.environ.update(PERSIST_STATE="1", STATE_DIR=state[0])
    asyncio.run(_serve(f"{host}:{port}", persistent=bool(state)))


async def _serve(address: str, *, persistent: bool) -> None:
    # ministack reads the environment when it is imported.
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    _parse_once()
    config = Config()
    config.bind = [address]
    config.loglevel = "ERROR"
    orphaned = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_parent() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(orphaned.set)

    threading.Thread(target=wait_for_parent, daemon=True).start()
    snapshots = asyncio.create_task(_snapshots()) if persistent else None
    await serve(app, config, shutdown_trigger=orphaned.wait)
    if snapshots is not None:
        snapshots.cancel()


def _parse_once() -> None:
    """ministack parses a condition anew for every item that it looks at, which is most of what a query costs. Its
    functions for that are private: the version is pinned.
    """
    from ministack.services import dynamodb

    for name in ("_tokenize", "_condition_syntax_error"):
        setattr(dynamodb, name, lru_cache(256)(getattr(dynamodb, name)))


async def _snapshots() -> None:
    """ministack itself writes only on a clean stop. Its function for that is private: the version is pinned."""
    from ministack.app import _build_persistence_save_dict
    from ministack.core.persistence import save_all

    loop = asyncio.get_running_loop()
    took = 0.0
    while True:
        await asyncio.sleep(max(SNAPSHOT_EVERY, took * SNAPSHOT_SHARE))
        begun = loop.time()
        await asyncio.to_thread(save_all, _build_persistence_save_dict())
        took = loop.time() - begun


if __name__ == "__main__":
    main()
