"""What a request to a provider carries, by the provider's row and what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from ai_gateway.adapters.credentials import ProviderCredentials
from ai_gateway.adapters.secrets import Secret
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.core.errors import UpstreamRejected

HEADERS = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Kept:
    """Secrets by name."""

    secrets: Mapping[str, Secret] = field(default_factory=dict)

    async def get(self, name: str) -> Secret | None:
        return self.secrets.get(name)


def endpoint(provider: str) -> Endpoint:
    return Endpoint("m", PROVIDERS[provider], "m", PROVIDERS[provider].base_url)


async def signed(
    at: Endpoint, secrets: Mapping[str, Secret], without_key: frozenset[str] = frozenset()
) -> dict[str, str]:
    """The headers beside those given."""
    credentials = ProviderCredentials(Kept(secrets), without_key)
    headers = await credentials.sign(at, "https://provider.example/v1", HEADERS, b"{}")
    return {name.lower(): value for name, value in headers.items() if name not in HEADERS}


@pytest.mark.parametrize(
    ("provider", "header", "value"),
    [
        ("openai", "authorization", "Bearer k-1"),
        ("anthropic", "x-api-key", "k-1"),
        ("azure", "api-key", "k-1"),
        ("google-ai-studio", "x-goog-api-key", "k-1"),
        ("vertex", "x-goog-api-key", "k-1"),
        ("bedrock", "authorization", "Bearer k-1"),
    ],
)
@pytest.mark.parametrize("stored", ["k-1", " k-1\n", "k-1\r\n"])
async def test_a_key_stands_where_its_provider_looks_for_it(
    provider: str, header: str, value: str, stored: str
) -> None:
    assert await signed(endpoint(provider), {provider: {"api_key": stored}}) == {header: value}


@pytest.mark.parametrize("provider", ["openai", "anthropic", "vertex", "bedrock"])
@pytest.mark.parametrize("key", ["a\nb", "a\0b", "k-“1”", "kéy"])
async def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(provider: str, key: str) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        await signed(endpoint(provider), {provider: {"api_key": key}})
    assert (caught.value.status, caught.value.code) == (401, "no_credentials")
    assert key not in caught.value.message


@pytest.mark.parametrize("provider", ["openai", "anthropic", "azure", "bedrock"])
async def test_a_secret_without_a_key_is_told_as_such(provider: str) -> None:
    with pytest.raises(UpstreamRejected, match="Store it again"):
        await signed(endpoint(provider), {provider: {"apikey": "k-1"}})


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_an_empty_secret_says_that_no_key_is_needed(provider: str) -> None:
    assert await signed(endpoint(provider), {provider: {}}) == {}


async def test_a_provider_without_a_secret_is_not_called() -> None:
    with pytest.raises(UpstreamRejected, match="No credentials for OpenAI"):
        await signed(endpoint("openai"), {"anthropic": {"api_key": "k"}})


async def test_a_deployment_with_a_secret_of_its_own_never_gets_the_providers() -> None:
    own = replace(endpoint("vllm"), secret="mine", base_url="https://vllm.example/v1")
    assert await signed(own, {"mine": {"api_key": "k-2"}, "vllm": {"api_key": "k-1"}}) == {
        "authorization": "Bearer k-2"
    }
    with pytest.raises(UpstreamRejected):
        await signed(own, {"vllm": {"api_key": "k-1"}})


async def test_the_simulator_never_gets_a_key() -> None:
    simulated = replace(endpoint("openai"), simulated=True)
    assert await signed(simulated, {"openai": {"api_key": "k-1"}}) == {}


async def test_a_signature_of_aws_does_not_hold_the_secret_key() -> None:
    secret = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "very-secret", "session_token": "token"}
    headers = await signed(endpoint("bedrock"), {"bedrock": secret})
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert headers["x-amz-security-token"] == "token"
    assert "very-secret" not in repr(headers)
