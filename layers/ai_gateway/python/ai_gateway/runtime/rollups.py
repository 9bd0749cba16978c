"""The rollups wired: what adds the records of a table up."""

from typing import TYPE_CHECKING

from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.dynamodb.records import DynamoDBRecords
from ai_gateway.adapters.dynamodb.rollups import DynamoDBRollups
from ai_gateway.runtime.settings import Settings
from ai_gateway.services.rollups import RollupRun

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def rollup_run(settings: Settings, dynamodb: "DynamoDBClient") -> RollupRun:
    retention = int(settings.retention.total_seconds() * 1000) if settings.retention else None
    return RollupRun(
        DynamoDBRecords(dynamodb, settings.table),
        DynamoDBRollups(dynamodb, settings.table),
        SystemClock(),
        retention,
    )
