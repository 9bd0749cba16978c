"""Rollups on a laptop, where no schedule of AWS calls for them.

In a process of their own, so that adding up never takes the gateway's interpreter. Run as
`python -m ai_gateway.runtime.rolling TABLE RETENTION_DAYS ENDPOINT_URL EMULATED`; it ends when its standard input
closes, which the operating system does also when the parent is killed.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.runtime.rollups import rollup_run
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, surrounding_environment
from ai_gateway.services.rollups import RollupRun

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds."""
FIRST = 5.0
SHARE = 20
"""An emulator answers one call at a time, so that rollups of a busy hour take at most a twentieth of the time."""
REPAIR_EVERY = 86_400.0


@contextmanager
def rolling(opening: Opening) -> Iterator[None]:
    """Runs the schedule beside this process as long as the context lasts."""
    settings = opening.settings
    arguments = [settings.table, str(settings.retention_days), opening.endpoint_url or "", str(opening.emulated)]
    command = [sys.executable, "-m", "ai_gateway.runtime.rolling", *arguments]
    process = Popen(command, stdin=PIPE, stdout=DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except TimeoutExpired:
            process.kill()
            process.wait()


def main() -> None:
    table, retention_days, endpoint_url, emulated = sys.argv[1:]
    os.nice(10)
    ended = threading.Event()

    def wait_for_parent() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=wait_for_parent, daemon=True).start()
    settings = Settings(table=table, retention_days=int(retention_days), aws_endpoint_url=endpoint_url or "aws")
    if not ended.wait(FIRST):
        opening = Opening(settings, surrounding_environment(), endpoint_url or None, emulated == "True")
        _keep_up(rollup_run(settings, opening()), ended)


def _keep_up(run: RollupRun, ended: threading.Event) -> None:
    repaired = time.monotonic()
    while True:
        begun = time.monotonic()
        try:
            if begun - repaired > REPAIR_EVERY:
                run.repair()
                repaired = begun
            else:
                run.catch_up()
        except StoreUnavailable:
            if ended.is_set():
                return
            log.exception("The rollups are not made; the next run makes up for this one")
        if ended.wait(max(EVERY, (time.monotonic() - begun) * SHARE)):
            return


if __name__ == "__main__":
    main()
