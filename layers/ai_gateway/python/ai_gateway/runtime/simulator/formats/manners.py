"""Manners: how the providers that speak OpenAI's chat format differ from OpenAI, one row each, as recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

ErrorStyle: TypeAlias = Literal["openai", "azure", "mistral", "openrouter", "xai"]
UsageStyle: TypeAlias = Literal["alone", "with_finish", "with_choice", "every_chunk"]


@dataclass(frozen=True, slots=True)
class Manners:
    """`reasoning` is the member of a message that holds the reasoning: None where it is kept back, "parts" where it
    is a part of `content`. `usage` says which chunks of a stream have it: one "alone", for whoever asked; the one
    "with_finish", "every_chunk", or one with a needless choice, asked for or not. `reasoning_counted` is False where
    `completion_tokens` leaves reasoning out. `finishes` renames finish reasons.
    """

    reasoning: str | None = "reasoning_content"
    usage: UsageStyle = "alone"
    errors: ErrorStyle = "openai"
    opening_comment: bytes = b""
    done: bool = True
    finish_repeated: bool = False
    filters_shown: bool = False
    reasoning_counted: bool = True
    typed_calls: bool = True
    object_name: str | None = None
    finishes: Mapping[str, str] = field(default_factory=dict)


def manners_of(provider: str) -> Manners:
    return _ROWS.get(provider, _PLAIN)


_PLAIN = Manners()
_ROWS = {
    "openai": Manners(reasoning=None),
    "azure": Manners(reasoning=None, errors="azure", filters_shown=True),
    "groq": Manners(reasoning="reasoning"),
    "cerebras": Manners(reasoning="reasoning"),
    "openrouter": Manners(
        reasoning="reasoning",
        usage="with_choice",
        errors="openrouter",
        opening_comment=b": OPENROUTER PROCESSING\n\n",
        finish_repeated=True,
    ),
    "deepseek": Manners(usage="with_finish"),
    "zai": Manners(usage="with_finish"),
    "xai": Manners(errors="xai", reasoning_counted=False),
    "mistral": Manners(reasoning="parts", usage="with_finish", errors="mistral", typed_calls=False),
    "perplexity": Manners(usage="every_chunk", done=False, object_name="chat.completion.done"),
    "huggingface": Manners(done=False),
    "together": Manners(finishes={"stop": "eos"}),
}
