"""Answers to queries, read by orjson. botocore's own reader takes six times as long, which is a fifth of what adding up
an hour of requests takes.
"""

from binascii import a2b_base64
from typing import TYPE_CHECKING, Any, cast

from ai_gateway.core.wire import parse_object

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def read_quickly(client: "DynamoDBClient") -> None:
    """Have a client read so. Bytes may only be attributes of their own, as they are in the table."""
    client.meta.events.register("before-parse.dynamodb.Query", _read, unique_id="read-quickly")


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    answer = parse_object(response_dict["body"]) if response_dict["status_code"] == 200 else None
    if answer is None:
        return
    for item in cast("list[dict[str, dict[str, str | bytes]]]", answer.get("Items", [])):
        for value in item.values():
            if "B" in value:
                value["B"] = a2b_base64(value["B"])
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"
