"""Records on their way into the table."""

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from ai_gateway.adapters.dynamodb import items
from ai_gateway.adapters.dynamodb.writing import BackgroundWriter, BatchWriter, RecordWriter
from ai_gateway.core.errors import UpstreamUnreachable
from ai_gateway.core.records import RequestRecord
from tests.fakes import FakeResponse, FakeUpstream

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WRITTEN = FakeResponse([b'{"UnprocessedItems":{}}'])


@pytest.fixture
def client() -> "DynamoDBClient":
    return boto3.client("dynamodb", region_name="eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")


def record(number: int = 0) -> RequestRecord:
    started = 1_800_000_000.0 + number
    return RequestRecord(f"id-{number}", started, "success", 200, request=b'{"plan": "take over"}', response=b"{}")


def sent(upstream: FakeUpstream) -> list[list["items.Item"]]:
    """The items of every call."""
    bodies = [json.loads(call.body)["RequestItems"]["records"] for call in upstream.calls]
    return [[request["PutRequest"]["Item"] for request in body] for body in bodies]


async def test_a_record_is_written_in_one_signed_call(client: "DynamoDBClient") -> None:
    upstream = FakeUpstream([WRITTEN])
    await RecordWriter(BatchWriter(client, "records", upstream)).save(record())
    (call,) = upstream.calls
    assert call.url == "https://dynamodb.eu-west-1.amazonaws.com/"
    assert call.headers["x-amz-target"] == "DynamoDB_20120810.BatchWriteItem"
    assert call.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=id/")
    assert [item["pk"]["S"].partition("#")[0] for item in sent(upstream)[0]] == ["REQ", "BODY"]


@pytest.mark.parametrize(
    "answer",
    [
        FakeResponse([b'{"__type":"ThrottlingException"}'], status=400),
        FakeResponse([b""], status=500),
        FakeResponse([b"<html>"]),
        FakeResponse([b'{"UnprocessedItems":{"records":[{}]}}']),
        UpstreamUnreachable("No connection"),
    ],
)
async def test_what_one_call_cannot_carry_goes_through_boto3(
    client: "DynamoDBClient", answer: FakeResponse | Exception
) -> None:
    own = items.request_items(record(), None)
    expected = {"RequestItems": {"records": [{"PutRequest": {"Item": item}} for item in own]}}
    with Stubber(client) as stubber:
        stubber.add_response("batch_write_item", {"UnprocessedItems": {}}, expected)
        await RecordWriter(BatchWriter(client, "records", FakeUpstream([answer]))).save(record())
        stubber.assert_no_pending_responses()


async def test_items_that_are_left_unprocessed_are_put_one_by_one(client: "DynamoDBClient") -> None:
    own = items.request_items(record(), None)
    left = {"records": [{"PutRequest": {"Item": own[1]}}]}
    with Stubber(client) as stubber:
        stubber.add_response("batch_write_item", {"UnprocessedItems": left})
        stubber.add_response("put_item", {}, {"TableName": "records", "Item": own[1]})
        await RecordWriter(BatchWriter(client, "records", FakeUpstream([UpstreamUnreachable("")]))).save(record())
        stubber.assert_no_pending_responses()


async def test_a_record_that_cannot_be_written_is_logged_without_its_bodies(
    client: "DynamoDBClient", caplog: pytest.LogCaptureFixture
) -> None:
    with Stubber(client) as stubber, caplog.at_level(logging.ERROR):
        stubber.add_client_error("batch_write_item", "ResourceNotFoundException")
        await RecordWriter(BatchWriter(client, "records", FakeUpstream([UpstreamUnreachable("")]))).save(record())
    assert '"id":"id-0"' in caplog.text
    assert "take over" not in caplog.text


async def test_records_are_written_behind_the_requests_many_in_a_call(client: "DynamoDBClient") -> None:
    upstream = FakeUpstream([WRITTEN] * 10)
    writer = BackgroundWriter(RecordWriter(BatchWriter(client, "records", upstream)), linger=0)
    for number in range(30):
        await writer.save(record(number))
    assert upstream.calls == []
    await writer.flush()
    calls = sent(upstream)
    assert max(map(len, calls)) <= 25
    assert len({item["sk"]["S"] for call in calls for item in call if item["pk"]["S"].startswith("REQ")}) == 30
    assert len(calls) == 3


async def test_there_is_no_room_while_too_much_waits(client: "DynamoDBClient") -> None:
    upstream = FakeUpstream([WRITTEN] * 10)
    writer = BackgroundWriter(RecordWriter(BatchWriter(client, "records", upstream)), linger=0, most_waiting=1000)
    await writer.room()
    await writer.save(record(1))
    await writer.save(record(2))
    waiting = asyncio.ensure_future(writer.room())
    await asyncio.wait([waiting], timeout=0)
    assert not waiting.done()
    await writer.flush()
    await waiting
    assert len(sent(upstream)) == 1
