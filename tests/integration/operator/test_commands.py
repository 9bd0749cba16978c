"""What an operator sets up from the command line, in a table and in secrets that are really there."""

import asyncio
import json
from pathlib import Path

import pytest

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.adapters.secrets import Secret, SecretsManagerSecrets
from ai_gateway.core.caller import hash_key
from ai_gateway.core.catalog.additions import ProviderSetting
from ai_gateway.runtime.installation import Installation, installation
from ai_gateway.runtime.settings import Settings
from tests.integration.operator.conftest import Command

ACCOUNT = json.dumps({"type": "service_account", "client_email": "gateway@example.com"})


@pytest.fixture
def found(command: Command) -> Installation:
    """What a gateway that starts now would find."""
    with installation(Settings(), None) as found:
        return found


def test_a_key_is_shown_once_and_works_until_it_is_revoked(command: Command, found: Installation) -> None:
    key, told = command("keys", "create", "checkout service").splitlines()
    callers = DynamoDBCallers(found.dynamodb, found.table)
    caller = asyncio.run(callers.find(hash_key(key)))
    assert caller is not None
    assert (caller.name, caller.organization) == ("checkout service", "default")
    assert caller.key_id in told
    listed = command("keys", "list")
    assert "checkout service" in listed
    assert key not in listed
    command("keys", "revoke", caller.key_id)
    assert asyncio.run(callers.find(hash_key(key))) is None


def test_the_first_key_needs_no_name(command: Command) -> None:
    assert command("keys", "create").startswith("sk-aig-")


def test_a_provider_is_set_with_the_key_on_standard_input(command: Command, found: Installation) -> None:
    told = command("providers", "set", "openai", given="sk-live-1\n")
    assert "sk-live-1" not in told
    assert found.secrets.read("openai") == {"api_key": "sk-live-1"}
    assert DynamoDBAdditions(found.dynamodb, found.table).read().providers == {"openai": ProviderSetting("openai")}
    listed = command("providers", "list")
    assert "openai" in listed
    assert "sk-live-1" not in listed


def test_a_key_is_replaced_removed_and_set_again(command: Command, found: Installation) -> None:
    command("providers", "set", "openai", given="sk-1")
    command("providers", "set", "openai", given="sk-2")
    assert found.secrets.read("openai") == {"api_key": "sk-2"}
    command("providers", "remove", "openai")
    assert found.secrets.read("openai") is None
    assert command("providers", "list") == "No providers yet.\n"
    command("providers", "set", "openai", given="sk-3")
    assert found.secrets.read("openai") == {"api_key": "sk-3"}


def test_what_a_provider_is_called_with_can_change_without_its_key(command: Command, found: Installation) -> None:
    command("providers", "set", "azure", given="key")
    command("providers", "set", "azure", "--option", "resource=acme", "--keep-key")
    assert found.secrets.read("azure") == {"api_key": "key"}
    assert "acme" in command("providers", "list")


def test_a_provider_of_ones_own_needs_no_key(
    command: Command, monkeypatch: pytest.MonkeyPatch, found: Installation
) -> None:
    monkeypatch.setenv("AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS", "true")
    command("providers", "set", "vllm", "--base-url", "http://10.0.0.7:8000/v1", "--no-key")
    assert found.secrets.read("vllm") == {}
    assert "http://10.0.0.7:8000/v1" in command("providers", "list")


@pytest.mark.parametrize(
    ("provider", "given", "secret"),
    [
        ("vertex", ACCOUNT, {"service_account": ACCOUNT}),
        ("bedrock", '{"access_key_id": "AKIA", "secret_access_key": "s"}', {"access_key_id": "AKIA", "secret_access_key": "s"}),
        ("bedrock", "bedrock-api-key", {"api_key": "bedrock-api-key"}),
    ],
)  # fmt: skip
def test_credentials_of_several_parts_come_as_an_object(
    provider: str, given: str, secret: Secret, command: Command, found: Installation
) -> None:
    command("providers", "set", provider, given=given)
    assert found.secrets.read(provider) == secret


@pytest.mark.parametrize(
    ("provider", "given"),
    [
        ("openai", ""),
        ("openai", "my key"),
        ("openai", '{"apikey": "secret-1"}'),
        ("openai", '{"api_key": 7}'),
        ("bedrock", '{"access_key_id": "AKIA"}'),
        ("bedrock", "AKIAIOSFODNN7EXAMPLE"),
        ("nobody", "sk-1"),
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(
    provider: str, given: str, command: Command, found: Installation
) -> None:
    with pytest.raises(SystemExit) as refused:
        command("providers", "set", provider, given=given)
    assert "secret-1" not in str(refused.value)
    assert found.secrets.names() == frozenset()


def test_a_deployment_can_have_a_key_of_its_own(command: Command, found: Installation) -> None:
    place = ("--provider", "azure", "--base-url", "https://acme-eu.openai.azure.com")
    command("deployments", "set", "eu", *place, "--ask-key", given="key-of-eu")
    (deployment,) = DynamoDBAdditions(found.dynamodb, found.table).read().deployments.values()
    assert deployment.secret is not None
    assert found.secrets.read(deployment.secret) == {"api_key": "key-of-eu"}
    command("deployments", "remove", "eu")
    assert command("deployments", "list") == "No deployments yet.\n"


def test_a_deployment_without_a_key_says_what_is_left_to_do(command: Command) -> None:
    place = ("--provider", "vllm", "--base-url", "https://models.acme.com/v1")
    assert "'ai-gateway providers set vllm', with --no-key" in command("deployments", "set", "mine", *place)
    command("providers", "set", "vllm", "--no-key")
    assert "providers set" not in command("deployments", "set", "mine", *place)


def test_keys_in_the_environment_are_told_from_stored_ones(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant")
    command("providers", "set", "openai", given="sk-1")
    rows = [line.split()[:2] for line in command("providers", "list").splitlines()]
    assert ["anthropic", "environment"] in rows
    assert ["openai", "stored"] in rows


@pytest.mark.parametrize("command_line", ["providers remove openai", "keys revoke none", "deployments remove none"])
def test_what_is_not_there_cannot_be_removed(command_line: str, command: Command) -> None:
    with pytest.raises(SystemExit, match=r"There is no .*list"):
        command(*command_line.split())


def test_a_stack_that_is_not_there_is_told(
    command: Command, emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulated")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(SystemExit, match="AWS_PROFILE and AWS_REGION"):
        command("keys", "create", "--stack", "nowhere")


def test_secrets_of_other_installations_are_not_seen(command: Command, found: Installation) -> None:
    command("providers", "set", "openai", given="sk-1")
    client = found.secrets._client
    assert SecretsManagerSecrets(client, "another/").names() == frozenset()
    assert asyncio.run(SecretsManagerSecrets(client, "another/").get("openai")) is None
