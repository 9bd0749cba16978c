"""Records and rollups in the emulator's table."""

from typing import TYPE_CHECKING

import pytest

from ai_gateway.adapters.dynamodb import items
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.core import rollups as core
from ai_gateway.core.filters import Filter, Position
from ai_gateway.core.measures import Measures
from ai_gateway.core.periods import HOUR
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.rollups import Bucket, fold
from ai_gateway.ports import Remake
from tests.integration.conftest import TABLE, client_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOON = 1_800_014_400_000


@pytest.fixture
def records(dynamodb: "DynamoDBClient") -> DynamoDBRecords:
    return DynamoDBRecords(dynamodb, TABLE)


@pytest.fixture
def rollups(dynamodb: "DynamoDBClient") -> DynamoDBRollups:
    return DynamoDBRollups(dynamodb, TABLE)


def record(organization: str, number: int, **fields: object) -> RequestRecord:
    known: dict[str, object] = {
        "id": f"id-{number:04d}",
        "started": NOON / 1000 + number,
        "outcome": "success",
        "status": 200,
        "organization": organization,
        "cost": 10**15 + number,
        "tokens": {"input": number},
        "model": "gpt-4o",
        "request": b'{"messages": []}',
        "response": b'{"choices": []}',
    }
    return RequestRecord(**{**known, **fields})  # type: ignore[arg-type]


@pytest.fixture
def keep(dynamodb: "DynamoDBClient") -> "Keep":
    return Keep(dynamodb)


class Keep:
    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def __call__(self, *kept: RequestRecord) -> None:
        for one in kept:
            for item in items.request_items(one, None):
                self._client.put_item(TableName=TABLE, Item=item)


def ids(found: object) -> list[str]:
    return [one.id for one in found]  # type: ignore[attr-defined]


def test_an_hour_is_read_in_the_order_of_its_ends(records: DynamoDBRecords, keep: Keep, organization: str) -> None:
    keep(*(record(organization, number) for number in range(30)), record(organization, 5000))
    forwards = [f"id-{number:04d}" for number in range(30)]
    assert ids(records.hour(organization, NOON)) == forwards
    assert ids(records.hour(organization, NOON, newest_first=True, page=3)) == forwards[::-1]
    assert ids(records.hour(organization, NOON, since=NOON + 10_000, until=NOON + 12_000)) == forwards[10:12]
    assert ids(records.hour(organization, NOON, since=NOON + 28_000)) == forwards[28:]
    assert ids(records.hour(organization, NOON, until=NOON + 2_000)) == forwards[:2]
    assert ids(records.hour(organization, NOON + HOUR)) == ["id-5000"]
    assert ids(records.hour(organization, NOON - HOUR)) == []


def test_a_search_tells_where_all_stand_and_reads_those_that_may_be_meant(
    records: DynamoDBRecords, keep: Keep, organization: str
) -> None:
    keep(*(record(organization, number, user="ann" if number % 10 == 0 else "bob") for number in range(60)))

    def search(wanted: Filter, until: int = NOON + HOUR) -> list[tuple[Position, RequestRecord | None]]:
        return list(records.search(organization, NOON, wanted, until=until, page=2))

    anns = search(Filter(user="ann"))
    assert [place.id for place, _ in anns] == [f"id-{number:04d}" for number in range(59, -1, -1)]
    assert [place.ended for place, _ in anns] == [NOON + number * 1000 for number in range(59, -1, -1)]
    assert [one.id for _, one in anns if one] == [f"id-{number:04d}" for number in range(50, -1, -10)]
    assert [one.id for _, one in search(Filter(since=NOON + 58_000)) if one] == ["id-0059", "id-0058"]
    assert [one.id for _, one in search(Filter(), until=NOON + 2000) if one] == ["id-0001", "id-0000"]


def test_answers_are_read_as_botocore_reads_them(
    records: DynamoDBRecords, keep: Keep, organization: str, dynamodb: "DynamoDBClient", emulator: str
) -> None:
    keep(*(record(organization, number, user="Zoë ∑", error="\u0000\u2028") for number in range(5)))
    key, _ = items.request_key(record(organization, 0))
    told = {"TableName": TABLE, "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": key}}}
    for more in ({}, {"Limit": 1}, {"Select": "COUNT"}):
        quick, known = (client.query(**told, **more) for client in (dynamodb, client_at(emulator)))  # type: ignore[arg-type]
        assert known["Count"]
        assert {**quick, "ResponseMetadata": None} == {**known, "ResponseMetadata": None}
        assert quick["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException, match="not found"):
        dynamodb.query(**{**told, "TableName": "nowhere"})  # type: ignore[arg-type]


def test_an_hour_larger_than_a_page_is_read_whole(records: DynamoDBRecords, keep: Keep, organization: str) -> None:
    """One shard gets more than the megabyte that a query answers at once."""
    own = [
        one for one in (record(organization, number, error="x" * 4000) for number in range(2400)) if _shard(one) == 0
    ]
    keep(*(one._replace(request=None, response=None) for one in own))
    assert len(own) > 262
    assert ids(records.hour(organization, NOON)) == ids(own)


def test_a_session_is_read_by_its_index(records: DynamoDBRecords, keep: Keep, organization: str) -> None:
    long = "s" * 900
    keep(
        record(organization, 1, session_id="chat"),
        record(organization, 2, session_id="other"),
        record(organization, 4000, session_id="chat"),
        record(organization, 5, session_id=long),
        record(organization, 6, session_id=long + "2"),
    )
    assert ids(records.sessions(organization, ["chat"], 10)[0]) == ["id-0001", "id-4000"]
    assert ids(records.sessions(organization, ["chat"], 1)[0]) == ["id-0001"]
    several = records.sessions(organization, ["other", "nobody", "chat"], 10)
    assert [ids(found) for found in several] == [["id-0002"], [], ["id-0001", "id-4000"]]
    assert ids(records.sessions(organization, [long], 10)[0]) == ["id-0005"]
    assert ids(records.sessions("somebody else", ["chat"], 10)[0]) == []


def test_a_record_is_scored_and_deleted_with_its_bodies(
    records: DynamoDBRecords, keep: Keep, organization: str
) -> None:
    keep(record(organization, 1))
    assert records.score(organization, "id-0001", {"helpful": True, "stars": 4})
    found = records.one(organization, "id-0001")
    assert found is not None
    assert (found.scores, found.request) == ({"helpful": True, "stars": 4}, b'{"messages": []}')
    assert ids(records.hour(organization, NOON)) == ["id-0001"]
    assert records.one("somebody else", "id-0001") is None
    records.delete(organization, "id-0001")
    assert records.one(organization, "id-0001") is None
    assert ids(records.hour(organization, NOON)) == []
    assert not records.score(organization, "id-0001", {})
    records.delete(organization, "id-0001")


def bucket(organization: str, *numbers: int, **fields: object) -> Bucket:
    return fold(record(organization, number, **fields) for number in numbers)


def total(rollups: DynamoDBRollups, organization: str, dimension: str = core.TOTAL) -> dict[str, Measures]:
    found = rollups.stored(organization, dimension, "hour", NOON, NOON)
    return next(stored.breakdown.values for stored in found)


def test_a_bucket_comes_back_as_it_was(rollups: DynamoDBRollups, organization: str) -> None:
    of_prompt = {"prompt_id": "bot", "prompt_version": "0.1", "scores": {"helpful": True, "grüße": -0.25}}
    made = bucket(organization, 1, 2, 3, user="ada", properties={"env": "prod"}, ttft_ms=20, **of_prompt)
    assert made[core.PROMPT_VERSION].of("bot@0.1").scores() == {"grüße": (3, -0.25), "helpful": (3, 1.0)}
    assert rollups.put(organization, "hour", NOON, made, through=NOON + HOUR, version=1)
    for dimension, breakdown in made.items():
        (stored,) = rollups.stored(organization, dimension, "hour", NOON, NOON + 5 * HOUR)
        assert (stored.start, stored.through, stored.breakdown) == (NOON, NOON + HOUR, breakdown)


def test_the_same_bucket_is_no_change_and_an_empty_one_nothing(rollups: DynamoDBRollups, organization: str) -> None:
    assert not rollups.put(organization, "hour", NOON, bucket(organization), through=NOON, version=1)
    assert list(rollups.hours(organization, NOON, NOON)) == []
    assert rollups.put(organization, "hour", NOON, bucket(organization, 1), through=NOON, version=1)
    assert not rollups.put(organization, "hour", NOON, bucket(organization, 1), through=NOON, version=2)
    assert rollups.put(organization, "hour", NOON, bucket(organization), through=NOON, version=3)
    assert total(rollups, organization) == {}


def test_an_earlier_version_never_replaces_a_later_one(rollups: DynamoDBRollups, organization: str) -> None:
    rollups.put(organization, "hour", NOON, bucket(organization, 1, 2), through=NOON, version=7)
    rollups.put(organization, "hour", NOON, bucket(organization, 1, user="ada"), through=NOON, version=6)
    assert total(rollups, organization)[core.WHOLE].requests == 2
    assert total(rollups, organization, core.USER) == {}


def test_a_property_that_is_gone_is_emptied(rollups: DynamoDBRollups, organization: str) -> None:
    with_property = bucket(organization, 1, properties={"env": "prod"})
    rollups.put(organization, "hour", NOON, with_property, through=NOON, version=1)
    rollups.put(organization, "hour", NOON, bucket(organization, 1), through=NOON, version=2)
    assert total(rollups, organization, "property:env") == {}


def test_what_is_more_than_an_item_holds_becomes_others(rollups: DynamoDBRollups, organization: str) -> None:
    many = [
        record(organization, number, user=f"{number:03d}" + "ü" * 250, duration_ms=number * 37 % 9000, ttft_ms=7)
        for number in range(3000)
    ]
    assert rollups.put(organization, "hour", NOON, fold(many), through=NOON, version=1)
    (stored,) = rollups.stored(organization, core.USER, "hour", NOON, NOON)
    parts = [*stored.breakdown.values.values(), *([stored.breakdown.other] if stored.breakdown.other else [])]
    assert sum(part.requests for part in parts) == 3000
    assert sum(part.cost for part in parts) == sum(one.cost or 0 for one in many)


def test_progress_never_goes_back(rollups: DynamoDBRollups, organization: str) -> None:
    assert rollups.through(organization) == 0
    rollups.advance(organization, 200)
    rollups.advance(organization, 100)
    assert rollups.through(organization) == 200
    assert organization in rollups.organizations()


def test_hours_with_buckets_are_told_newest_first(rollups: DynamoDBRollups, organization: str) -> None:
    for hour in (NOON, NOON + 5 * HOUR, NOON + 700 * HOUR):
        rollups.put(organization, "hour", hour, bucket(organization, 1), through=hour, version=1)
    assert list(rollups.hours(organization, NOON + 600 * HOUR, NOON + 60_000)) == [NOON + 5 * HOUR, NOON]


def test_a_wish_made_again_meanwhile_is_not_forgotten(rollups: DynamoDBRollups, organization: str) -> None:
    rollups.remake(organization, NOON)
    (first,) = rollups.remakes(organization)
    rollups.remake(organization, NOON)
    rollups.remade(organization, first)
    (second,) = rollups.remakes(organization)
    assert isinstance(second, Remake)
    rollups.remade(organization, second)
    assert rollups.remakes(organization) == []


def _shard(one: RequestRecord) -> int:
    return int(items.request_key(one)[0].rpartition("#")[2])


def test_bodies_are_read_for_many_records(records: DynamoDBRecords, keep: Keep, organization: str) -> None:
    long = "".join(chr(32 + number * 7919 % 90) for number in range(900_000)).encode()
    keep(record(organization, 1, request=long), record(organization, 2, response=None), record(organization, 3))
    summaries = list(records.hour(organization, NOON))
    assert {one.request for one in summaries} == {None}
    whole = records.with_bodies(summaries)
    assert ids(whole) == ids(summaries)
    assert [(one.request == long, one.response) for one in whole] == [
        (True, b'{"choices": []}'),
        (False, None),
        (False, b'{"choices": []}'),
    ]
