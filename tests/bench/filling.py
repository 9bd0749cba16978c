"""A table in the embedded emulator, filled with records by the gateway's own writers."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.dynamodb.writing import BatchWriter, RecordWriter
from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.core.records import RequestRecord
from ai_gateway.runtime.emulator import Emulator
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, free_port

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ai-gateway"
RECORDS_A_CALL = 12
"""Of two items each: a call takes 25."""
CALLS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Home:
    """Where the table is, and the emulator's process."""

    url: str
    process: int

    def opening(self) -> Opening:
        return Opening(Settings(table=TABLE, aws_endpoint_url=self.url), {}, self.url, emulated=True)

    def cpu(self) -> float:
        """Seconds of processor time that the emulator took so far."""
        threads = Path(f"/proc/{self.process}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def emulated() -> Iterator[Home]:
    emulator = Emulator(free_port())
    try:
        emulator.wait()
        yield Home(emulator.url, emulator._process.pid)
    finally:
        emulator.stop()


def fill(client: "DynamoDBClient", records: Iterable[RequestRecord]) -> None:
    """Write records and print how long it took. Raises RuntimeError should one be missing in the end."""
    begun = time.perf_counter()
    written = asyncio.run(_write(client, iter(records)))
    print(f"wrote {written:,} records in {time.perf_counter() - begun:.0f} s", flush=True)


async def _write(client: "DynamoDBClient", records: Iterator[RequestRecord]) -> int:
    upstream = AiohttpUpstream(Reach(private=True))
    writer = RecordWriter(BatchWriter(client, TABLE, upstream))
    written = 0

    async def drain() -> None:
        nonlocal written
        while some := [writer.entry(record) for record in islice(records, RECORDS_A_CALL)]:
            await writer.write(some)
            written += len(some)

    try:
        await asyncio.gather(*(drain() for _ in range(CALLS_AT_ONCE)))
    finally:
        await upstream.close()
    return written
