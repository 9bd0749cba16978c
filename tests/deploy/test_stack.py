"""The stack in an account that does not exist: deployed, called, changed and deleted."""

from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.deploy.conftest import STACK, Account


def call(account: Account, outputs: Mapping[str, str], text: str) -> httpx.Response:
    host = httpx.URL(outputs["GatewayUrl"]).host
    headers = {"host": host, "content-type": "application/json"}
    return httpx.post(f"{account.endpoint}/v1/chat/completions", content=text, headers=headers, timeout=60)


def test_the_url_reaches_the_function_its_table_and_its_secrets(account: Account, outputs: Mapping[str, str]) -> None:
    answer = call(account, outputs, '{"model": "gpt"}')
    assert answer.status_code == 200, answer.text
    assert answer.json()["recorded"] == ['{"model": "gpt"}']
    assert answer.json()["key_length"] == len('{"api_key": "sk-test"}')


def test_the_outputs_say_how_to_go_on(outputs: Mapping[str, str]) -> None:
    assert outputs["NextCommand"] == f"uv run ai-gateway keys create --stack {STACK}"
    assert outputs["SecretsPrefix"] == "ai-gateway/test/"
    assert "EdgeUrl" not in outputs


def test_a_second_deployment_changes_the_function_and_keeps_url_and_table(
    account: Account, checkout: Path, outputs: Mapping[str, str]
) -> None:
    account.deploy(checkout, MemorySize="1024")
    assert account.outputs() == outputs
    (function,) = account.functions()
    assert function["MemorySize"] == 1024
    assert call(account, outputs, "{}").json()["recorded"] == ["{}"]


def test_deleting_the_stack_keeps_the_table(account: Account, outputs: Mapping[str, str]) -> None:
    account.delete()
    assert account.functions() == []
    item = account.dynamodb.get_item(TableName=outputs["TableName"], Key={"pk": {"S": "REQUEST"}, "sk": {"S": "1"}})
    assert item["Item"]["body"]["B"]
