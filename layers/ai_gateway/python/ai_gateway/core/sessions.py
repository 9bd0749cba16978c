"""Requests that belong together: what a session adds up to, and the tree that its paths make."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ai_gateway.core.records import RequestRecord
from ai_gateway.core.usage import TokenCounts

DEEPEST = 30
"""Levels of a tree; what is deeper stands on the last one."""


@dataclass(slots=True)
class Sums:
    """`cost` is pico-dollars and that of requests with a known price; `first` is when the first began and `last` when
    the last ended, in Unix milliseconds.
    """

    requests: int = 0
    errors: int = 0
    unpriced: int = 0
    tokens: int = 0
    cost: int = 0
    busy: int = 0
    first: int | None = None
    last: int | None = None

    def add(self, record: RequestRecord) -> None:
        began, ended = int(record.started * 1000), record.ended_ms
        self.requests += 1
        self.errors += record.outcome == "error"
        self.unpriced += not record.priced
        self.tokens += TokenCounts.of(record.tokens).total
        self.cost += record.cost or 0
        self.busy += record.duration_ms
        self.first = began if self.first is None else min(self.first, began)
        self.last = ended if self.last is None else max(self.last, ended)

    @property
    def duration(self) -> int:
        """Milliseconds from the first beginning to the last end."""
        return 0 if self.first is None or self.last is None else self.last - self.first


@dataclass(frozen=True, slots=True)
class Session:
    """`records` are its requests in the order that they began; `complete` is False where it has more of them."""

    id: str
    name: str | None
    sums: Sums
    records: Sequence[RequestRecord]
    complete: bool

    @property
    def users(self) -> list[str]:
        return sorted({record.user for record in self.records if record.user})

    @property
    def models(self) -> list[str]:
        return sorted({record.model for record in self.records if record.model})


@dataclass(slots=True)
class Branch:
    """A path, what happened right there, and what is below; `sums` are of all of it."""

    path: str
    name: str
    sums: Sums = field(default_factory=Sums)
    records: list[RequestRecord] = field(default_factory=list)
    branches: dict[str, "Branch"] = field(default_factory=dict)


def session_of(session_id: str, found: Sequence[RequestRecord], *, complete: bool) -> Session:
    """Of requests in any order; the name is the last that was given."""
    records = sorted(found, key=lambda record: (record.started, record.id))
    names = [record.session_name for record in records if record.session_name]
    return Session(session_id, names[-1] if names else None, _sums(records), records, complete)


def tree_of(records: Iterable[RequestRecord]) -> Branch:
    """`/a/b` is below `/a`, whether anything happened there or not. What has no path is at the root."""
    root = Branch("/", "/")
    for record in records:
        branch = root
        branch.sums.add(record)
        for name in _segments(record.session_path):
            path = f"{branch.path.rstrip('/')}/{name}"
            branch = branch.branches.setdefault(name, Branch(path, name))
            branch.sums.add(record)
        branch.records.append(record)
    return root


def _segments(path: str | None) -> list[str]:
    segments = [segment for segment in (path or "").split("/") if segment]
    return [*segments[: DEEPEST - 1], "/".join(segments[DEEPEST - 1 :])] if len(segments) > DEEPEST else segments


def _sums(records: Iterable[RequestRecord]) -> Sums:
    sums = Sums()
    for record in records:
        sums.add(record)
    return sums
