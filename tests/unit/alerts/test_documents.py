"""Alerts as a document: what is stored, what a push would do, and what it does."""

import pytest

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.services.alerts.documents import Definitions, Documents
from tests.unit.alerts.fakes import AlertWorld

DOCUMENT: Definitions = {
    "destinations": {
        "desk": {"name": "Desk", "kind": "slack"},
        "hook": {"name": "Hook", "kind": "webhook", "url": "https://example.com/in"},
    },
    "rules": {"errors": {"name": "Errors", "metric": "errors", "threshold": 5, "destinations": ["desk"]}},
    "reports": {"weekly": {"name": "Week", "every": "week", "destinations": ["hook"]}},
    "webhooks": {"all": {"url": "https://example.com/requests"}},
}
SECRETS = {"desk": "https://hooks.slack.com/services/T/B/X"}


@pytest.fixture
def documents() -> Documents:
    world = AlertWorld()
    return Documents(world.desk(), world.places())


async def push(documents: Documents, wanted: Definitions, *, prune: bool = False, given: bool = True) -> list[str]:
    steps = await documents.plan("acme", wanted, SECRETS.get if given else lambda _: None, prune=prune)
    return await documents.apply("acme", steps)


async def test_what_was_pushed_is_pulled_and_pushing_it_again_changes_nothing(documents: Documents) -> None:
    told = await push(documents, DOCUMENT)
    assert [line.partition(";")[0] for line in told] == [
        "destinations/desk: created",
        "destinations/hook: created",
        "rules/errors: created",
        "reports/weekly: created",
        "webhooks/all: created",
    ]
    pulled = await documents.pull("acme")
    assert pulled["rules"]["errors"]["threshold"] == 5
    assert await push(documents, pulled, given=False) == []
    assert await documents.plan("acme", DOCUMENT, lambda _: None, prune=True) == []


async def test_only_what_differs_is_changed(documents: Documents) -> None:
    await push(documents, DOCUMENT)
    louder = {**DOCUMENT, "rules": {"errors": {**DOCUMENT["rules"]["errors"], "threshold": 2}}}
    assert await push(documents, louder, given=False) == ["rules/errors: changed"]


async def test_a_secret_that_is_made_is_told_once_and_none_is_pulled(documents: Documents) -> None:
    told = await push(documents, DOCUMENT)
    assert "destinations/hook: created; it signs with whsec_" in told[1]
    assert "whsec_" not in str(await documents.pull("acme"))
    assert "hooks.slack.com" not in str(await documents.pull("acme"))


async def test_what_the_document_does_not_name_goes_only_when_asked(documents: Documents) -> None:
    await push(documents, DOCUMENT)
    assert await push(documents, {}) == []
    assert await push(documents, {}, prune=True) == [
        "webhooks/all: removed",
        "reports/weekly: removed",
        "rules/errors: removed",
        "destinations/desk: removed",
        "destinations/hook: removed",
    ]
    assert not any((await documents.pull("acme")).values())


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        pytest.param({"rules": {"x": {"name": "X", "metric": "moods", "threshold": 1}}}, "metric", id="unknown metric"),
        pytest.param(
            {"rules": {"x": {**DOCUMENT["rules"]["errors"], "destinations": ["gone"]}}}, "'gone'", id="no destination"
        ),
        pytest.param(
            {
                "destinations": {"desk": {"name": "Duty", "kind": "pagerduty"}},
                "reports": {"x": {"name": "X", "every": "day", "destinations": ["desk"]}},
            },
            "PagerDuty",
            id="a report to PagerDuty",
        ),
        pytest.param(
            {"webhooks": {"x": {"url": "http://example.com/"}}}, "https", id="a webhook without encryption"
        ),
        pytest.param({"destinations": {"desk": {"name": "Desk", "kind": "email", "to": "a@b.example"}}}, "has none", id="a secret too many"),
        pytest.param({"rules": {"Not an id": DOCUMENT["rules"]["errors"]}}, "'id'", id="no id"),
    ],
)  # fmt: skip
async def test_nothing_is_changed_when_a_definition_cannot_be(
    wanted: Definitions, why: str, documents: Documents
) -> None:
    with pytest.raises(InvalidRequest, match=why):
        await documents.plan("acme", {**DOCUMENT, **wanted}, SECRETS.get, prune=False)


async def test_a_destination_without_its_secret_is_refused(documents: Documents) -> None:
    with pytest.raises(InvalidRequest, match="'desk' needs its url"):
        await documents.plan("acme", DOCUMENT, lambda _: None, prune=False)
