"""Providers: one row each, saying where it is, what it speaks and how it is paid.

A provider that speaks a known dialect is one row here and no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ai_gateway.core.catalog.accents import PLAIN, Accent

DialectName: TypeAlias = Literal["openai", "anthropic", "gemini", "bedrock", "cohere"]
AuthScheme: TypeAlias = Literal["bearer", "x-api-key", "api-key", "x-goog-api-key", "google", "sigv4", "none"]


@dataclass(frozen=True, slots=True)
class Provider:
    """One row.

    `base_url` may hold `{options}` of the deployment (`{region}`, `{project}`, `{resource}`), whose defaults stand in
    `options`. `path` is for the openai dialect, appended to the base URL, and may hold options too; `{deployment}` is
    the model's id unless the option is set. `accent` is for the openai dialect as well; model ids that start with a key
    of `accents` have that one instead. `key_env` are the environment variables that hold the key on a laptop, first one
    first. `prices_id` is the provider's id in genai-prices. `drops` are request parameters that the provider refuses
    and that are left out (and reported); `renames` are parameters it calls otherwise. `dialects` are exceptions: model
    ids that start with the key speak another dialect.
    """

    name: str
    display_name: str
    base_url: str
    key_env: tuple[str, ...] = ()
    dialect: DialectName = "openai"
    auth: AuthScheme = "bearer"
    path: str = "/chat/completions"
    aliases: tuple[str, ...] = ()
    prices_id: str | None = None
    priority: int = 4
    drops: frozenset[str] = frozenset()
    renames: Mapping[str, str] = field(default_factory=dict)
    dialects: Mapping[str, DialectName] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    accent: Accent = PLAIN
    accents: Mapping[str, Accent] = field(default_factory=dict)

    def dialect_of(self, model_id: str) -> DialectName:
        """The dialect that this model speaks at this provider."""
        for prefix, dialect in self.dialects.items():
            if model_id.startswith(prefix):
                return dialect
        return self.dialect

    def accent_of(self, model_id: str) -> Accent:
        """The accent that this model has at this provider."""
        for prefix, accent in self.accents.items():
            if model_id.startswith(prefix):
                return accent
        return self.accent
