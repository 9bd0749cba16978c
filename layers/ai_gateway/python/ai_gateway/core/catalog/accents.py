"""Accents: how providers that speak the openai dialect depart from OpenAI in what they take.

Known ones are named here, for the rows in `providers`. A provider without one gets the plain accent, which sends what
any compatible server takes. Sources: the recorded traffic, and what the providers answer to fields they do not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

ReasoningWish: TypeAlias = Literal["as_given", "effort", "object", "thinking"]
ReasoningHistory: TypeAlias = Literal[
    "as_given", "none", "reasoning", "reasoning_content", "reasoning_details", "thinking_parts"
]


@dataclass(frozen=True, slots=True)
class Accent:
    """One way of taking requests.

    `developer_role`: whether it knows developer messages; where not they are sent as system messages.
    `stream_usage`: whether it takes `stream_options`; where not it reports usage in streams unasked.
    `cache_control` and `plugins`: whether it takes them; where not they are left out.
    `wish`: how it is asked for reasoning. "effort" is OpenAI's `reasoning_effort`, "object" OpenRouter's `reasoning`,
    "thinking" is `thinking: {"type": "enabled" | "disabled"}` with `reasoning_effort` beside it.
    `own_wishes`: parameters about reasoning that it has besides, and takes as they came.
    `history`: what it takes back of an earlier answer's reasoning: nothing, the named field of an assistant message, or
    Mistral's `thinking` parts of its content.
    `message_fields`: the fields of a message that it allows, where it refuses others; None lets all through.
    `document_parts`: whether files are Mistral's `document_url` parts.
    `renames`: parameters it calls otherwise, beside the provider's own.
    """

    developer_role: bool = False
    stream_usage: bool = True
    cache_control: bool = False
    plugins: bool = False
    wish: ReasoningWish = "as_given"
    own_wishes: frozenset[str] = frozenset()
    history: ReasoningHistory = "as_given"
    message_fields: frozenset[str] | None = None
    document_parts: bool = False
    renames: Mapping[str, str] = field(default_factory=dict)


PLAIN = Accent()

# https://platform.openai.com/docs/api-reference/chat/create; Azure is the same.
OPENAI = Accent(developer_role=True, wish="effort", history="none")

# The reasoning models refuse `max_tokens` with a 400 that names `max_completion_tokens`.
_REASONERS = replace(OPENAI, renames={"max_tokens": "max_completion_tokens"})
OPENAI_MODELS: Mapping[str, Accent] = dict.fromkeys(("o1", "o3", "o4", "gpt-5", "gpt-6"), _REASONERS)

# https://openrouter.ai/docs/api-reference/chat-completion. Vercel's gateway takes the same.
OPENROUTER = Accent(developer_role=True, cache_control=True, plugins=True, wish="object", history="reasoning_details")
VERCEL = replace(OPENROUTER, plugins=False)

_STANDARD = frozenset(("role", "content", "name", "tool_calls", "tool_call_id"))

# Groq answers 400 to message fields it does not know ("property 'reasoning_content' is unsupported"), and to
# `reasoning` for models that do not reason. https://console.groq.com/docs/reasoning has `include_reasoning`.
GROQ = Accent(wish="effort", own_wishes=frozenset(("include_reasoning",)), history="none", message_fields=_STANDARD)
_GROQ_REASONERS = replace(GROQ, history="reasoning", message_fields=_STANDARD | {"reasoning"})
GROQ_MODELS: Mapping[str, Accent] = dict.fromkeys(("openai/gpt-oss", "qwen/qwen3"), _GROQ_REASONERS)

# Cerebras answers 400 to fields it does not know ("wrong_api_format"), and to "none" as an effort of some models, which
# https://inference-docs.cerebras.ai/resources/openai turns off by `disable_reasoning`.
CEREBRAS = Accent(
    wish="effort",
    own_wishes=frozenset(("disable_reasoning",)),
    history="reasoning",
    message_fields=_STANDARD | {"reasoning"},
)

# Mistral answers 422 "extra_forbidden" to whatever its schema does not name.
MISTRAL = Accent(
    stream_usage=False,
    wish="effort",
    history="thinking_parts",
    message_fields=_STANDARD | {"prefix"},
    document_parts=True,
    renames={"max_completion_tokens": "max_tokens", "seed": "random_seed"},
)

# https://api-docs.deepseek.com/guides/thinking_mode: tool loops must send `reasoning_content` back.
DEEPSEEK = Accent(wish="thinking", history="reasoning_content", renames={"max_completion_tokens": "max_tokens"})
ZAI = DEEPSEEK
MOONSHOT = replace(DEEPSEEK, renames={})

XAI = Accent(wish="effort", history="reasoning_content")
FIREWORKS = XAI
OLLAMA = Accent(wish="effort", history="reasoning")

# https://docs.perplexity.ai/api-reference/chat-completions-post; usage comes with every chunk.
PERPLEXITY = Accent(
    stream_usage=False,
    wish="effort",
    history="none",
    message_fields=frozenset(("role", "content")),
    renames={"max_completion_tokens": "max_tokens"},
)
