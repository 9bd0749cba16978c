"""Rollups on a schedule: a handler for EventBridge Scheduler's events, and a process of its own on a laptop.

A process, so that adding up never takes the gateway's interpreter. Run as `python -m ai_gateway.runtime.rollups TABLE
RETENTION_DAYS ENDPOINT_URL EMULATED`; it ends when its standard input closes, which the operating system does also
when the parent is killed.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import TYPE_CHECKING, cast

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, surrounding_environment
from ai_gateway.services.rollups import RollupRun

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds."""
FIRST = 5.0
SHARE = 20
"""An emulator answers one call at a time, so that rollups of a busy hour take at most a twentieth of the time."""
REPAIR_EVERY = 86_400.0


def rollup_run(settings: Settings, dynamodb: "DynamoDBClient") -> RollupRun:
    retention = int(settings.retention.total_seconds() * 1000) if settings.retention else None
    return RollupRun(
        DynamoDBRecords(dynamodb, settings.table),
        DynamoDBRollups(dynamodb, settings.table),
        SystemClock(),
        retention,
    )


def create_handler(environment: Mapping[str, str] = os.environ) -> Callable[[Mapping[str, object], object], None]:
    """Of events `{"task": "catch-up"}` and `{"task": "repair"}`. A run that fails raises, so that Lambda counts it."""
    from botocore.config import Config
    from botocore.session import get_session

    from ai_gateway.runtime.telemetry import log_as_json

    log_as_json(environment.get("AWS_LAMBDA_LOG_LEVEL") or "INFO")
    settings = Settings()
    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
    client = get_session().create_client(
        "dynamodb", environment.get("AWS_REGION"), endpoint_url=settings.aws_endpoint_url, config=config
    )
    run = rollup_run(settings, cast("DynamoDBClient", client))
    tasks = {"catch-up": run.catch_up, "repair": run.repair}

    def handler(event: Mapping[str, object], _context: object) -> None:
        tasks[str(event["task"])]()

    return handler


@contextmanager
def rolling(opening: Opening) -> Iterator[None]:
    """Runs the schedule beside this process as long as the context lasts."""
    settings = opening.settings
    arguments = [settings.table, str(settings.retention_days), opening.endpoint_url or "", str(opening.emulated)]
    command = [sys.executable, "-m", "ai_gateway.runtime.rollups", *arguments]
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
