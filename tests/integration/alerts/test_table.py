"""Alerts in DynamoDB: what is written comes back, whole or not at all, and once however many write."""

import asyncio
from dataclasses import replace
from datetime import time
from typing import TYPE_CHECKING

import pytest

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.dynamodb.alert_definitions import DynamoDBAlertDefinitions
from ai_gateway.adapters.dynamodb.alert_memory import DynamoDBAlertMemory
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.adapters.dynamodb.writing import BatchWriter, RecordWriter
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.alerts.destinations import Destination
from ai_gateway.core.alerts.history import Change, Delivery, Entry, Told
from ai_gateway.core.alerts.messages import Message, Table
from ai_gateway.core.alerts.reports import Report
from ai_gateway.core.alerts.snoozes import FOR_EVER, Snooze
from ai_gateway.core.alerts.states import AlertState
from ai_gateway.core.alerts.tally import Ask
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.webhooks import RequestWebhook
from ai_gateway.ports.alerts import Definitions
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import Opening, free_port
from ai_gateway.services.alerts.measuring import HoursAndRecords
from ai_gateway.services.analytics import Analytics
from tests.unit.alerts.making import NOW, failed, record, rule
from tests.unit.alerts.test_measuring import clock_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRING = AlertState("firing", NOW, None, 12.5, True, NOW, NOW, 1)
ENTRY = Entry("acme", "errors", "Errors ✓", "ada", "firing", NOW, "12.5 %", "5 %", "warning", "i", None, ("ops", "dev"))
MESSAGE = Message("id", "alert.firing", "T", "t", "info", NOW, facts=(("a", "b"),), tables=(Table("T", (("x",),)),))
OPS = Delivery("acme", "ops", ENTRY.about, ENTRY.key, NOW, MESSAGE)
DEV = replace(OPS, destination="dev")
CHANGE = Change("acme", "errors", "ada", FIRING, ENTRY, (OPS, DEV))
REPORT = Report("daily", "Daily", "day", "acme")


async def test_definitions_come_back_and_go(definitions: DynamoDBAlertDefinitions) -> None:
    errors = rule(organization="acme", group_by="property:team", destinations=("ops",))
    ops = Destination("ops", "Ops", "webhook", "acme", {"url": "https://example.com"})
    report = replace(REPORT, at=time(17, 30), destinations=("ops",))
    hook = RequestWebhook("all", "https://example.com", "acme", 12.5, {"team": "x"})
    mute, nap = Snooze("acme", "errors", FOR_EVER, None, "ann"), Snooze("acme", "errors", NOW, "a" * 900)
    known = (errors, ops, report, hook, mute, nap)
    for definition in known:
        await definitions.put(definition)
    assert await definitions.all() == Definitions(
        (errors,), (report,), (mute, nap), {("acme", "ops"): ops}, {("acme", "all"): hook}
    )
    for definition in known:
        await definitions.remove(definition)
    assert await definitions.all() == Definitions()


async def test_a_definition_of_another_version_is_left_out_aloud(
    definitions: DynamoDBAlertDefinitions, dynamodb: "DynamoDBClient", table: str, caplog: pytest.LogCaptureFixture
) -> None:
    await definitions.put(rule())
    data = b'{"organization": "default", "fields": {"id": "newer", "name": "N", "metric": "vibes", "threshold": 1}}'
    item = {"pk": {"S": "ALERTS"}, "sk": {"S": "rule#default#newer"}, "data": {"B": data}}
    dynamodb.put_item(TableName=table, Item=item)  # type: ignore[arg-type]
    assert [one.id for one in (await definitions.all()).rules] == ["errors"]
    assert "rule#default#newer" in caplog.text


async def test_a_change_is_written_whole(memory: DynamoDBAlertMemory) -> None:
    assert await memory.commit(CHANGE)
    kept = await memory.kept("acme")
    assert kept.states == {"errors": {"ada": FIRING}}
    assert await memory.waiting() == [DEV, OPS]
    assert await memory.history("acme", 10) == [ENTRY]
    assert (await memory.kept("other")).states == {}


async def test_of_many_runs_one_writes_a_step(memory: DynamoDBAlertMemory) -> None:
    assert sum(await asyncio.gather(*(memory.commit(CHANGE) for _ in range(8)))) == 1
    following = replace(CHANGE, state=replace(FIRING, status="resolved", version=2), entry=None, deliveries=())
    assert sum(await asyncio.gather(*(memory.commit(following) for _ in range(8)))) == 1
    assert (await memory.kept("acme")).states["errors"]["ada"].status == "resolved"


async def test_a_run_that_comes_late_writes_nothing_of_its_change(memory: DynamoDBAlertMemory) -> None:
    await memory.commit(replace(CHANGE, entry=None, deliveries=()))
    assert not await memory.commit(CHANGE)
    assert await memory.waiting() == []
    assert await memory.history("acme", 10) == []


async def test_of_many_runs_one_claims_a_delivery_until_the_claim_lapses(memory: DynamoDBAlertMemory) -> None:
    await memory.commit(CHANGE)
    claims = [memory.claim(OPS, now=NOW, until=NOW + 180) for _ in range(8)]
    assert sum(await asyncio.gather(*claims)) == 1
    assert not await memory.claim(OPS, now=NOW + 179, until=NOW + 360)
    assert await memory.claim(OPS, now=NOW + 180, until=NOW + 360)


async def test_a_postponed_delivery_can_be_claimed_as_it_is_now_only(memory: DynamoDBAlertMemory) -> None:
    await memory.commit(CHANGE)
    await memory.claim(OPS, now=NOW, until=NOW + 180)
    later = replace(OPS, attempts=1, due=NOW + 60, error="no")
    await memory.postpone(later)
    assert await memory.waiting() == [DEV, later]
    assert not await memory.claim(OPS, now=NOW, until=NOW + 180)
    assert await memory.claim(later, now=NOW, until=NOW + 180)


async def test_what_is_settled_leaves_the_queue_for_the_history(memory: DynamoDBAlertMemory) -> None:
    await memory.commit(CHANGE)
    sent, given_up = Told("ops", NOW + 5, 1), Told("dev", NOW + 9, 4, "no")
    await memory.settle(OPS, sent)
    await memory.settle(OPS, sent)
    await memory.settle(DEV, given_up)
    await memory.postpone(replace(DEV, attempts=1))
    assert await memory.waiting() == []
    assert not await memory.claim(OPS, now=NOW, until=NOW + 180)
    assert await memory.history("acme", 10) == [replace(ENTRY, told=(given_up, sent))]


async def test_the_history_is_read_from_the_newest_on(memory: DynamoDBAlertMemory) -> None:
    for number in range(5):
        subject = "errors" if number % 2 else "spend"
        entry = replace(ENTRY, subject=subject, at=NOW + number, destinations=("ops",))
        delivery = replace(OPS, entry=entry.key, about=entry.about)
        state = replace(FIRING, version=1)
        await memory.commit(Change("acme", f"r{number}", "", state, entry, (delivery,)))
        await memory.settle(delivery, Told("ops", NOW + number, 1))
    found = await memory.history("acme", 3)
    assert [entry.at - NOW for entry in found] == [4, 3, 2]
    assert all(len(entry.told) == 1 for entry in found)
    assert [entry.at - NOW for entry in await memory.history("acme", 9, before=NOW + 2)] == [1, 0]
    assert [entry.at - NOW for entry in await memory.history("acme", 9, subject="errors")] == [3, 1]


async def test_a_report_is_due_once(memory: DynamoDBAlertMemory) -> None:
    assert await memory.commit_report(REPORT, NOW, None, ())
    runs = [memory.commit_report(REPORT, NOW + 86_400, ENTRY, (OPS,)) for _ in range(5)]
    assert sum(await asyncio.gather(*runs)) == 1
    assert not await memory.commit_report(REPORT, NOW, ENTRY, ())
    assert (await memory.kept("acme")).reports == {"daily": NOW + 86_400}


async def test_resting_states_are_forgotten_and_firing_ones_are_not(
    memory: DynamoDBAlertMemory, dynamodb: "DynamoDBClient", table: str
) -> None:
    def expiry() -> object:
        items = dynamodb.scan(TableName=table)["Items"]
        return next(item.get("expires_at") for item in items if item["pk"]["S"].startswith("ALERTSTATE"))

    await memory.commit(CHANGE)
    assert expiry() is None
    resting = AlertState("resolved", NOW + 60, version=2)
    await memory.commit(Change("acme", "errors", "ada", resting))
    assert expiry() == {"N": str(int(NOW + 60 + 30 * 86_400))}


def measuring_of(dynamodb: "DynamoDBClient", table: str) -> HoursAndRecords:
    records = DynamoDBRecords(dynamodb, table)
    return HoursAndRecords(records, Analytics(records, DynamoDBRollups(dynamodb, table), clock_at(NOW)))


async def test_requests_are_measured_from_their_records(dynamodb: "DynamoDBClient", table: str) -> None:
    upstream = HttpxUpstream(Reach(private=True))
    writer = RecordWriter(BatchWriter(dynamodb, table, upstream))
    records = [record(number, user="ada", before=number * 100) for number in range(40)]
    records += [failed(100, user="bob", duration_ms=600_000, before=1), record(101, organization="acme")]
    for one in records:
        await writer.save(one)
    await upstream.close()
    measuring = measuring_of(dynamodb, table)
    window, grouped = Ask(NOW - 1000, NOW), Ask(NOW - 7200, NOW, group_by="user")
    measured = await measuring.measure("default", {window, grouped})
    assert measured[window][""].requests == 11
    assert {user: (of.requests, of.errors) for user, of in measured[grouped].items()} == {"ada": (39, 0), "bob": (1, 1)}
    series = await measuring.series("default", Ask(NOW - 1000, NOW), 10)
    assert [groups[""].requests for groups in series] == [1] * 9 + [2]
    assert await measuring.measure("nobody", {window}) == {window: {}}


async def test_a_table_that_is_away_is_told_as_such() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    client = Opening(Settings(table="none", aws_endpoint_url="aws"), {}, url, emulated=True)()
    with pytest.raises(StoreUnavailable):
        await DynamoDBAlertMemory(client, "none").kept("acme")
    with pytest.raises(StoreUnavailable):
        await DynamoDBAlertDefinitions(client, "none").all()
    with pytest.raises(StoreUnavailable):
        await measuring_of(client, "none").measure("acme", {Ask(NOW - 60, NOW)})
