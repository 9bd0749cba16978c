"""The table itself, for laptops and tests; on AWS the stack makes it."""

from typing import TYPE_CHECKING

from ai_gateway.adapters.dynamodb import items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeDefinitionTypeDef, GlobalSecondaryIndexTypeDef


def ensure_table(client: "DynamoDBClient", name: str) -> None:
    """Create the table unless it is there, or its index in a table from before it had one."""
    try:
        client.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[*_texts("pk", "sk"), *_texts("gsi1pk", "gsi1sk")],
            GlobalSecondaryIndexes=[_INDEX],
            BillingMode="PAY_PER_REQUEST",
        )
    except client.exceptions.ResourceInUseException:
        if not client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes"):
            client.update_table(
                TableName=name,
                AttributeDefinitions=_texts("gsi1pk", "gsi1sk"),
                GlobalSecondaryIndexUpdates=[{"Create": _INDEX}],
            )
        return
    client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})


def _texts(*names: str) -> "list[AttributeDefinitionTypeDef]":
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


_INDEX: "GlobalSecondaryIndexTypeDef" = {
    "IndexName": items.INDEX,
    "KeySchema": [{"AttributeName": "gsi1pk", "KeyType": "HASH"}, {"AttributeName": "gsi1sk", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "ALL"},
}
