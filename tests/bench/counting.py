"""What a client of DynamoDB is asked for: calls, items and the units that AWS would bill for reading them."""

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNIT = 4096
"""Bytes. Reading them costs half a unit, or a whole one where the read is consistent. Each call is rounded up:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""


@dataclass(slots=True)
class Reads:
    calls: int = 0
    items: int = 0
    bytes: int = 0
    units: float = 0.0


class Counter:
    """Counts eventually consistent reads by what came back; a projection does not show here, though AWS bills the whole
    items.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self._lock = Lock()
        self._reads = Reads()
        client.meta.events.register("after-call.dynamodb", self._count)

    def taken(self) -> Reads:
        """What was read since the last time."""
        with self._lock:
            reads, self._reads = self._reads, Reads()
        return reads

    def _count(self, parsed: dict[str, Any], **_: object) -> None:
        found = parsed.get("Items", [parsed["Item"]] if "Item" in parsed else [])
        size = sum(_size(item) for item in found)
        with self._lock:
            self._reads.calls += 1
            self._reads.items += len(found)
            self._reads.bytes += size
            self._reads.units += max(1, ceil(size / UNIT)) / 2


def most_memory() -> float:
    """Megabytes that this process ever held; what `getrusage` says includes the process that started it."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def _size(item: dict[str, dict[str, Any]]) -> int:
    return sum(len(name) + sum(len(value) for value in held.values()) for name, held in item.items())
