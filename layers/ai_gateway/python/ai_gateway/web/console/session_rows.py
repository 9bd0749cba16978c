"""What the console's API says of sessions."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from ai_gateway.core.pricing import dollars
from ai_gateway.core.sessions import Branch, Session, Sums
from ai_gateway.web.console.request_rows import RequestRow
from ai_gateway.web.console.times import Moment, when


class SumsRow(BaseModel):
    requests: int
    errors: int
    unpriced: Annotated[int, Field(description="Requests without a known price: the cost is that of the others.")]
    tokens: int
    cost: Annotated[str, Field(description="US dollars, exact.")]
    started: Moment
    last_seen: Moment
    duration_ms: Annotated[int, Field(description="From the first beginning to the last end.")]


class SessionRow(SumsRow):
    id: str
    name: str | None
    users: list[str]
    models: list[str]
    complete: Annotated[bool, Field(description="False: it has more requests than were read.")]

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(**_session(session))


class BranchRow(SumsRow):
    path: str
    name: str
    requests_here: Annotated[list[str], Field(description="Ids of the requests at this very path.")]
    branches: "list[BranchRow]"

    @classmethod
    def of(cls, branch: Branch) -> Self:
        return cls(
            **_sums(branch.sums),
            path=branch.path,
            name=branch.name,
            requests_here=[record.id for record in branch.records],
            branches=[BranchRow.of(one) for one in branch.branches.values()],
        )


class SessionWhole(SessionRow):
    tree: BranchRow
    timeline: Annotated[list[RequestRow], Field(description="Its requests, in the order that they began.")]

    @classmethod
    def with_tree(cls, session: Session, tree: Branch) -> Self:
        rows = [RequestRow.of(record) for record in session.records]
        return cls(**_session(session), tree=BranchRow.of(tree), timeline=rows)


class SessionPageRow(BaseModel):
    data: list[SessionRow]
    next: str | None
    examined: int
    stopped: bool
    searched_to: Moment | None


def _session(session: Session) -> dict[str, object]:
    told = {"id": session.id, "name": session.name, "users": session.users, "models": session.models}
    return {**_sums(session.sums), **told, "complete": session.complete}


def _sums(sums: Sums) -> dict[str, object]:
    return {
        "requests": sums.requests,
        "errors": sums.errors,
        "unpriced": sums.unpriced,
        "tokens": sums.tokens,
        "cost": dollars(sums.cost),
        "started": when(sums.first or 0),
        "last_seen": when(sums.last or 0),
        "duration_ms": sums.duration,
    }
