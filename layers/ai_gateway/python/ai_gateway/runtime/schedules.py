"""What EventBridge and SQS do on AWS, on a laptop: rollups and alerts each minute, webhooks of requests at once.

In a process of their own, so that they never take the gateway's interpreter. Run as
`python -m ai_gateway.runtime.schedules TABLE RETENTION_DAYS ENDPOINT_URL EMULATED CONSOLE_URL`; it ends when its
standard input closes, which the operating system does also when the parent is killed.
"""

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired

from ai_gateway.adapters.sqs import SqsWebhookReader
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.ports.alerts import DeliveryFailed
from ai_gateway.runtime.alerts import AlertClients, Alerts, wire_alerts
from ai_gateway.runtime.rollups import rollup_run
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, surrounding_environment
from ai_gateway.services.rollups import RollupRun

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds."""
FIRST = 5.0
POLL = 2.0
SHARE = 20
"""An emulator answers one call at a time, so that rollups of a busy hour take at most a twentieth of the time."""
REPAIR_EVERY = 86_400.0


@contextmanager
def schedules(opening: Opening, console_url: str) -> Iterator[None]:
    """Run beside this process as long as the context lasts."""
    settings = opening.settings
    places = [settings.table, str(settings.retention_days), opening.endpoint_url or "", str(opening.emulated)]
    command = [sys.executable, "-m", "ai_gateway.runtime.schedules", *places, settings.console_url or console_url]
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
    table, retention_days, endpoint_url, emulated, console_url = sys.argv[1:]
    os.nice(10)
    ended = threading.Event()

    def wait_for_parent() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=wait_for_parent, daemon=True).start()
    settings = Settings(
        table=table,
        retention_days=int(retention_days),
        aws_endpoint_url=endpoint_url or "aws",
        console_url=console_url,
    )
    if not ended.wait(FIRST):
        opening = Opening(settings, surrounding_environment(), endpoint_url or None, emulated == "True")
        clients = AlertClients(opening(), opening.secrets_manager(), opening.sns, opening.ses)
        url = opening.webhook_queue()
        queue = SqsWebhookReader(opening.sqs(), url) if url else None
        _Schedules(rollup_run(settings, clients.dynamodb), wire_alerts(settings, clients), queue, ended).keep()


class _Schedules:
    def __init__(
        self, rollups: RollupRun, alerts: Alerts, queue: SqsWebhookReader | None, ended: threading.Event
    ) -> None:
        self._rollups = rollups
        self._alerts = alerts
        self._queue = queue
        self._ended = ended
        self._repaired = time.monotonic()

    def keep(self) -> None:
        due = time.monotonic()
        while True:
            begun = time.monotonic()
            if begun >= due:
                self._run(self._add_up, "The rollups are not made; the next run makes up for this one")
                self._run(self._evaluate, "The alerts are not evaluated; the next run makes up for this one")
                due = begun + max(EVERY, (time.monotonic() - begun) * SHARE)
            self._run(self._call_webhooks, "The queue of webhooks cannot be read")
            if self._ended.wait(POLL):
                return

    def _run(self, task: Callable[[], None], failing: str) -> None:
        try:
            task()
        except StoreUnavailable:
            if not self._ended.is_set():
                log.exception(failing)

    def _add_up(self) -> None:
        if time.monotonic() - self._repaired > REPAIR_EVERY:
            self._rollups.repair()
            self._repaired = time.monotonic()
        else:
            self._rollups.catch_up()

    def _evaluate(self) -> None:
        asyncio.run(self._alerts.alerting.run())

    def _call_webhooks(self) -> None:
        if self._queue is not None:
            asyncio.run(_call_waiting(self._queue, self._alerts))


async def _call_waiting(queue: SqsWebhookReader, alerts: Alerts) -> None:
    for receipt, call in await queue.receive():
        try:
            await alerts.calls.make(call)
        except DeliveryFailed as error:
            log.warning("The webhook %s was not told of %s: %s", call.webhook, call.request, error)
        else:
            await queue.take_away(receipt)


if __name__ == "__main__":
    main()
