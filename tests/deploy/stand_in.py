"""Takes the gateway's place in the function: what it reads and writes shows that the stack is whole."""

import os

import boto3
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from ai_gateway.runtime.lambda_stream import BufferedHandler

app = FastAPI()
dynamodb = boto3.client("dynamodb")
secrets = boto3.client("secretsmanager")


@app.post("/v1/chat/completions")
async def chat(request: Request) -> dict[str, object]:
    table, prefix = os.environ["AI_GATEWAY_TABLE"], os.environ["AI_GATEWAY_SECRETS_PREFIX"]
    body = await request.body()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "REQUEST"}, "sk": {"S": "1"}, "body": {"B": body}})
    found = dynamodb.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "REQUEST"}}
    )
    secret = secrets.get_secret_value(SecretId=f"{prefix}openai")["SecretString"]
    return {
        "recorded": [bytes(item["body"]["B"]).decode() for item in found["Items"]],
        "key_length": len(secret),
    }


@app.get("/v1/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(iter(("data: 1\n\n", "data: 2\n\n")), media_type="text/event-stream")


handler = BufferedHandler(app)
