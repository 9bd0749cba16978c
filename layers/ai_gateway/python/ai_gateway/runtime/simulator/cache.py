"""The prompt cache of every simulated provider: a prefix is written when it is first seen and read from then on."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from ai_gateway.runtime.simulator.prompts import Prefix

MINIMUM_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class CacheUse:
    """Tokens of one request that came from the cache and that went into it, for 5 minutes or an hour."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0

    @property
    def written(self) -> int:
        return self.written_5m + self.written_1h


class PromptCache:
    """Remembers the `capacity` prefixes used last; they do not age. Prefixes under `MINIMUM_TOKENS` are not cached,
    as Anthropic documents (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
    """

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[str, None] = OrderedDict()

    def use(self, scope: str, prefixes: Sequence[Prefix]) -> CacheUse:
        """Look up and store one request's breakpoints, shortest first; `scope` keeps providers and models apart."""
        read = written_5m = written_1h = position = 0
        for prefix in prefixes:
            if prefix.tokens < MINIMUM_TOKENS:
                continue
            if self._remember(f"{scope}:{prefix.digest}"):
                read, written_5m, written_1h = prefix.tokens, 0, 0
            elif prefix.hour:
                written_1h += prefix.tokens - position
            else:
                written_5m += prefix.tokens - position
            position = prefix.tokens
        return CacheUse(read, written_5m, written_1h)

    def _remember(self, key: str) -> bool:
        known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > self._capacity:
            self._seen.popitem(last=False)
        return known
