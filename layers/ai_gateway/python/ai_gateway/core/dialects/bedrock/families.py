"""What the models of one author take of Converse and others refuse, told from the model's id.

Converse has one shape and answers with a 400 where a model lacks a part of it. Sources: recorded exchanges,
https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html and, below
https://docs.aws.amazon.com/bedrock/latest/userguide/, conversation-inference-supported-models-features, prompt-caching,
structured-output and model-parameters (read 2026-11). A model that no row names is taken for a new one that takes what
the shape offers.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.claude.families import Family as Generation
from ai_gateway.core.claude.families import family_of as generation_of
from ai_gateway.core.intents import Effort

Choice: TypeAlias = Literal["auto", "any", "tool"]
Reasoning: TypeAlias = Literal["claude", "nova", "effort", "none"]

ALL_CHOICES: frozenset[Choice] = frozenset(("auto", "any", "tool"))
NO_CHOICES: frozenset[Choice] = frozenset()


@dataclass(frozen=True, slots=True)
class Family:
    """`author` is the company that made the model; what one family said is handed back to the same author only.

    `claude` is the generation of Claude, None for others. `reasoning` is how the model is told to reason: as Claude or
    Nova is, by `reasoning_effort` among `efforts`, or not at all; `refusable` says that it is still unless told to.
    `choices` are the tool choices it takes. `caches` says that it takes cache points in the system text and messages,
    `caches_tools` among tools as well, and `hour` that they may last so long.
    `structured` models take a JSON schema for their output and strict tools. `top_k` is where that setting goes, from
    `additionalModelRequestFields` down. `stops` is False where stop sequences are refused. `statuses` says that the
    results of tools take a status. `system_tools` are hosted tools, by what they do.
    """

    author: str
    claude: Generation | None = None
    reasoning: Reasoning = "none"
    efforts: tuple[Effort, ...] = ()
    refusable: bool = True
    choices: frozenset[Choice] = ALL_CHOICES
    caches: bool = False
    caches_tools: bool = False
    hour: bool = False
    structured: bool = False
    top_k: tuple[str, ...] = ()
    stops: bool = True
    statuses: bool = False
    system_tools: dict[str, str] = field(default_factory=dict)


def family_of(endpoint: Endpoint) -> Family:
    """Ids of application inference profiles and provisioned models do not name the model; the gateway's name does."""
    for name in (endpoint.model_id.lower(), endpoint.model.lower()):
        for pattern, family in _ROWS:
            if pattern.search(name):
                return _claude(name) if family is _CLAUDE else family
    return _UNKNOWN


def _claude(name: str) -> Family:
    """Prompt caching came with 3.7 and the later 3.5 Haiku; structured outputs and caching for an hour with 4.5."""
    generation = generation_of(name)
    caches = generation.thinking != "none" or "3-5-haiku" in name
    newer = generation.structured and "opus-4-1" not in name and caches
    return replace(
        _CLAUDE,
        claude=generation,
        caches=caches,
        caches_tools=caches,
        hour=newer,
        structured=newer,
    )


_LEVELS: tuple[Effort, ...] = ("low", "medium", "high")
_OPENAI_LEVELS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh")

_CLAUDE = Family(
    "anthropic",
    reasoning="claude",
    top_k=("top_k",),
    statuses=True,
)
_NOVA = Family("amazon", caches=True, top_k=("inferenceConfig", "topK"), statuses=True)
_NOVA_2 = replace(
    _NOVA,
    reasoning="nova",
    efforts=_LEVELS,
    system_tools={"code": "nova_code_interpreter", "search": "nova_grounding"},
)
_OPEN = Family("", reasoning="effort", efforts=_LEVELS, structured=True)
_UNKNOWN = replace(_OPEN, author="unknown")
_PLAIN = Family("", choices=NO_CHOICES)

_ROWS: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"claude", _CLAUDE),
        (r"nova-2", _NOVA_2),
        (r"nova-", _NOVA),
        (r"titan", replace(_PLAIN, author="amazon")),
        (r"gpt-oss", replace(_OPEN, author="openai", refusable=False, stops=False)),
        (r"\bgpt-\d|openai\.", replace(_OPEN, author="openai", efforts=_OPENAI_LEVELS, stops=False)),
        (r"deepseek.*r1", replace(_PLAIN, author="deepseek", refusable=False)),
        (r"deepseek", replace(_OPEN, author="deepseek", choices=frozenset(("auto", "any")))),
        (r"qwen", replace(_OPEN, author="qwen", stops=False)),
        (r"kimi|moonshot", replace(_OPEN, author="moonshot", refusable=False)),
        (r"minimax", replace(_OPEN, author="minimax", refusable=False)),
        (r"gemma", replace(_OPEN, author="google", reasoning="none")),
        (r"mistral-large-24", Family("mistral", choices=frozenset(("auto", "any")), top_k=("top_k",))),
        (r"mistral-(?:7b|small-24)|mixtral|pixtral", replace(_PLAIN, author="mistral", top_k=("top_k",))),
        (r"mistral|magistral|ministral|voxtral", Family("mistral", structured=True, top_k=("top_k",))),
        (r"llama", replace(_PLAIN, author="meta")),
        (r"command", replace(_PLAIN, author="cohere", top_k=("k",))),
        (r"jamba", replace(_PLAIN, author="ai21")),
        (r"palmyra", replace(_PLAIN, author="writer")),
    )
)
"""The first row whose pattern is found in the id counts."""
