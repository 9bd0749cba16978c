"""Endpoints: a model at a provider, with everything an attempt needs to know but the credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.catalog.providers import DialectName, Provider
from ai_gateway.core.pricing import Prices

Capability: TypeAlias = Literal["tools", "images", "audio", "files", "json_schema", "reasoning"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """An operator's own place for a model: an Azure deployment, a Bedrock profile, a Vertex project, a vLLM server.

    `options` fill the provider's URL and path (`region`, `project`, `resource`, `api_version`, `deployment`).
    `base_url` replaces the provider's. `secret` names the credentials to use instead of the provider's own.
    `model_id` is what to send as the model; None sends the catalog's.
    """

    id: str
    provider: str
    model: str | None = None
    model_id: str | None = None
    base_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`model` is the gateway's id, `model_id` the provider's; tokens for `context` and `max_output`.

    `lacks` holds only what the endpoint is known not to do. `prices` is None when the price is unknown, which is loud.
    `byok` is False for endpoints billed by the gateway's credits.
    """

    model: str
    provider: Provider
    model_id: str
    base_url: str
    context: int | None = None
    max_output: int | None = None
    lacks: frozenset[Capability] = frozenset()
    prices: Prices | None = None
    deployment: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None
    byok: bool = True
    simulated: bool = False

    @property
    def dialect(self) -> DialectName:
        return self.provider.dialect_of(self.model_id)

    @property
    def source(self) -> str:
        """How records, errors and exclusions name it: `model/provider[/deployment]`."""
        tail = f"/{self.deployment}" if self.deployment else ""
        return f"{self.model}/{self.provider.name}{tail}"

    @property
    def health_key(self) -> str:
        """What cools down together: a provider's model, or a deployment."""
        return f"{self.provider.name}/{self.deployment or self.model_id}"
