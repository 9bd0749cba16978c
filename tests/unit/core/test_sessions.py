"""What a session adds up to, and its tree."""

from ai_gateway.core.records import RequestRecord
from ai_gateway.core.sessions import DEEPEST, session_of, tree_of


def record(number: int, path: str | None = None, **fields: object) -> RequestRecord:
    known: dict[str, object] = {
        "outcome": "success",
        "status": 200,
        "duration_ms": 500,
        "cost": 10,
        "session_path": path,
    }
    return RequestRecord(id=f"id-{number}", started=1000 + number, **{**known, **fields})  # type: ignore[arg-type]


def test_a_session_adds_its_requests_up() -> None:
    session = session_of(
        "s",
        [
            record(2, session_name="New name", user="ben", tokens={"input": 7}, cost=None),
            record(1, session_name="Old name", user="ann", outcome="error", model="gpt-4o"),
        ],
        complete=True,
    )
    sums = session.sums
    assert (sums.requests, sums.errors, sums.cost, sums.unpriced, sums.tokens) == (2, 1, 10, 1, 7)
    assert (sums.first, sums.last, sums.duration, sums.busy) == (1_001_000, 1_002_500, 1500, 1000)
    assert (session.name, session.users, session.models) == ("New name", ["ann", "ben"], ["gpt-4o"])
    assert [one.id for one in session.records] == ["id-1", "id-2"]


def test_paths_make_a_tree_whose_branches_add_up() -> None:
    root = tree_of([record(1, "/plan"), record(2, "/plan/hotels/compare"), record(3, "plan//hotels/"), record(4)])
    assert [one.id for one in root.records] == ["id-4"]
    plan = root.branches["plan"]
    hotels = plan.branches["hotels"]
    assert (root.sums.cost, plan.sums.cost, hotels.sums.cost) == (40, 30, 20)
    assert (hotels.path, [one.id for one in hotels.records]) == ("/plan/hotels", ["id-3"])
    assert hotels.branches["compare"].path == "/plan/hotels/compare"


def test_a_path_without_end_makes_no_tree_without_end() -> None:
    branch, depth = tree_of([record(1, "/x" * 5000)]), 0
    while branch.branches:
        (branch,) = branch.branches.values()
        depth += 1
    assert depth == DEEPEST
    assert len(branch.records) == 1
