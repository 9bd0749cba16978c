"""What each generation of Claude takes, told from the model's id.

Sources: https://platform.claude.com/docs/en/about-claude/models/overview and, beside it,
build-with-claude/thinking-troubleshooting (which thinking each model takes), effort, structured-outputs and
mid-conversation-system-messages, and the "What's new" page of each model (forced tools, sampling).
"""

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ai_gateway.core.intents import Effort

Thinking: TypeAlias = Literal["none", "budget", "either", "adaptive"]
Off: TypeAlias = Literal["omit", "disabled", "between_tools", "never"]
Sampling: TypeAlias = Literal["all", "one", "none"]


@dataclass(frozen=True, slots=True)
class Family:
    """`thinking` is how the model is told to think: with a `budget` of tokens, with `adaptive` effort, or `either`.

    `off` is how it is told not to: nothing need be said (`omit`), a thinking type says so, or it `never` stops.
    `sampling` is how many of temperature and top_p may be given. `forces_tools` is False where a forced tool choice is
    refused. `structured` models take a JSON schema for their output and strict tools. `late_system` models take
    system messages after a user's turn. `max_output` and `default_output` are tokens; the default is lower where input
    and `max_tokens` together must fit the context.
    """

    max_output: int | None
    default_output: int
    thinking: Thinking = "adaptive"
    off: Off = "omit"
    efforts: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
    sampling: Sampling = "none"
    forces_tools: bool = True
    structured: bool = True
    late_system: bool = True


def family_of(model_id: str) -> Family:
    """An id without a version is the newest of its tier; a name that is not Claude's is taken for a newest model that
    still samples.
    """
    found = _NAME.search(model_id)
    if found is None:
        return _FIRST if _FIRST_NAMES.search(model_id) else _UNKNOWN
    major = found["major"] or found["early_major"]
    minor = found["minor"] or found["early_minor"] or 0
    version = (int(major), int(minor)) if major else _NEWEST
    rows = _ROWS[found["tier"]]
    return next((family for since, family in rows if version >= since), rows[-1][1])


# Both orders are in use: claude-3-7-sonnet@20250219 and claude-sonnet-4-5-20250929. Dates are not versions.
_NAME = re.compile(
    r"claude-(?:(?P<early_major>\d)(?:[-.](?P<early_minor>\d))?-)?(?P<tier>opus|sonnet|haiku|fable|mythos)"
    r"(?:-(?P<major>\d{1,2})(?:[-.](?P<minor>\d{1,2}))?(?!\d))?"
)
_FIRST_NAMES = re.compile(r"claude-(?:v?[12]\b|instant)")
_NEWEST = (99, 0)

_ALWAYS_THINKS = Family(128_000, 64_000, off="never", forces_tools=False)
_FABLE_5 = replace(_ALWAYS_THINKS, forces_tools=True)
_SONNET_5_5 = Family(128_000, 64_000, off="between_tools", forces_tools=False)
_FIVE = Family(128_000, 64_000, off="disabled")
_OPUS_4_8 = Family(128_000, 64_000)
_OPUS_4_7 = replace(_OPUS_4_8, late_system=False)
_FOUR_SIX = replace(_OPUS_4_7, thinking="either", efforts=("low", "medium", "high", "max"), sampling="one")
_FOUR_FIVE = Family(64_000, 64_000, thinking="budget", efforts=(), sampling="one", late_system=False)
_OPUS_4_5 = replace(_FOUR_FIVE, efforts=("low", "medium", "high"))
_OPUS_4_1 = replace(_FOUR_FIVE, max_output=32_000, default_output=32_000)
_SONNET_4 = replace(_FOUR_FIVE, default_output=32_000, sampling="all", structured=False)
_OPUS_4 = replace(_SONNET_4, max_output=32_000)
_THREE_FIVE = replace(_SONNET_4, max_output=8_192, default_output=8_192, thinking="none")
_FIRST = replace(_THREE_FIVE, max_output=4_096, default_output=4_096)
_UNKNOWN = Family(None, 32_000, sampling="all", late_system=False)

_ROWS: dict[str, tuple[tuple[tuple[int, int], Family], ...]] = {
    "opus": (
        ((5, 5), _ALWAYS_THINKS),
        ((5, 0), _FIVE),
        ((4, 8), _OPUS_4_8),
        ((4, 7), _OPUS_4_7),
        ((4, 6), _FOUR_SIX),
        ((4, 5), _OPUS_4_5),
        ((4, 1), _OPUS_4_1),
        ((4, 0), _OPUS_4),
        ((3, 0), _FIRST),
    ),
    "sonnet": (
        ((5, 5), _SONNET_5_5),
        ((5, 0), _FIVE),
        ((4, 6), _FOUR_SIX),
        ((4, 5), _FOUR_FIVE),
        ((3, 7), _SONNET_4),
        ((3, 5), _THREE_FIVE),
        ((3, 0), _FIRST),
    ),
    "haiku": (
        ((5, 0), _FIVE),
        ((4, 5), _FOUR_FIVE),
        ((3, 5), _THREE_FIVE),
        ((3, 0), _FIRST),
    ),
    "fable": (((5, 1), _ALWAYS_THINKS), ((5, 0), _FABLE_5)),
    "mythos": (((5, 1), _ALWAYS_THINKS), ((5, 0), _FABLE_5)),
}
