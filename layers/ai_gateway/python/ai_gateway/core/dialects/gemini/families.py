"""Model families: what one generation of models takes and another refuses, decided by the model's id alone.

Sources: https://ai.google.dev/gemini-api/docs/generate-content/thinking,
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking and the "what's new" page of each model
(read 2026-11). A model that no row names is taken for a new one.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["MINIMAL", "LOW", "MEDIUM", "HIGH"]
LEVELS: tuple[Level, ...] = ("MINIMAL", "LOW", "MEDIUM", "HIGH")


@dataclass(frozen=True, slots=True)
class Budget:
    """Thinking tokens a model may be given. `refusable` says that 0 turns thinking off, `sleeps` that it is off unless
    asked for.
    """

    least: int
    most: int
    refusable: bool = True
    sleeps: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """`thinking` is a budget, the levels there are (lowest first), or None for models that do not think.

    `json_with_tools`: JSON output and tools in one request. `media_in_results`: images and PDFs inside a function's
    response. `signed_calls`: a function call in the history is refused without a thought signature. `validated`: the
    function calling mode of that name. `penalties`: presence and frequency penalties are no error. `system`: a system
    instruction is no error. `searches_by_query`: web searches are billed by the query, not by the prompt.
    """

    thinking: Budget | tuple[Level, ...] | None = ("LOW", "MEDIUM", "HIGH")
    json_with_tools: bool = True
    media_in_results: bool = True
    signed_calls: bool = True
    validated: bool = True
    penalties: bool = True
    system: bool = True
    searches_by_query: bool = True


def family_of(model_id: str) -> Family:
    name = model_id.rpartition("/")[2].lower()
    return next((family for prefix, family in _FAMILIES if name.startswith(prefix)), _NEW)


_NEW = Family()
_STRICT = Family(penalties=False)
_THIRD = Family(thinking=LEVELS)
_SECOND = Family(
    thinking=Budget(0, 24_576),
    json_with_tools=False,
    media_in_results=False,
    signed_calls=False,
    searches_by_query=False,
)
_FIRST = replace(_SECOND, thinking=None, validated=False)
_GEMMA = replace(_FIRST, system=False)

_FAMILIES: tuple[tuple[str, Family], ...] = (
    ("gemini-1.", _FIRST),
    ("gemini-2.0", _FIRST),
    ("gemini-2.5-pro-tts", _FIRST),
    ("gemini-2.5-pro-preview-tts", _FIRST),
    ("gemini-2.5-flash-image", _FIRST),
    ("gemini-2.5-flash-tts", _FIRST),
    ("gemini-2.5-flash-preview-tts", _FIRST),
    ("gemini-2.5-flash-lite-preview-tts", _FIRST),
    ("gemini-2.5-pro", replace(_SECOND, thinking=Budget(128, 32_768, refusable=False))),
    ("gemini-2.5-flash-lite", replace(_SECOND, thinking=Budget(512, 24_576, sleeps=True))),
    ("gemini-2.5", _SECOND),
    ("gemini-robotics-er-1", _SECOND),
    ("gemini-3-pro", Family(thinking=("LOW", "HIGH"))),
    ("gemini-3-flash", _THIRD),
    ("gemini-3.1-flash-image", Family(thinking=("MINIMAL", "HIGH"))),
    ("gemini-3.1-flash", _THIRD),
    ("gemini-3.5-flash-lite", replace(_THIRD, penalties=False)),
    ("gemini-3.5-flash", _THIRD),
    ("gemini-3.6-flash", replace(_THIRD, penalties=False)),
    ("gemini-3.7", _STRICT),
    ("gemini-3.8", _STRICT),
    ("gemini-4", _STRICT),
    ("gemma-2", _GEMMA),
    ("gemma-3", _GEMMA),
    ("gemma-", replace(_NEW, signed_calls=False)),
    ("learnlm", _FIRST),
)
