"""Prompts that were read, kept at hand: what moves for a short while, what never changes as long as there is room."""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from ai_gateway.core.errors import PromptError, StoreUnavailable
from ai_gateway.core.prompts.asking import unknown_prompt, unknown_version
from ai_gateway.core.prompts.body import Compiled, compile_body, message_text
from ai_gateway.core.prompts.language import Partial, Template, parse
from ai_gateway.core.prompts.versions import Number, Prompt, Version
from ai_gateway.core.wire import dumps
from ai_gateway.ports import Clock, Prompts

REMEMBER = 20.0
"""Seconds; with the time a read takes, a publish is seen everywhere within 30."""
MOST_REMEMBERED = 10_000
MOST_BYTES = 64 * 1024 * 1024
"""Of the JSON of versions; compiled they take about three times as much."""
RETRY = 5.0

log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str]
"""Organisation and prompt id."""


@dataclass(slots=True)
class Shelved:
    """A version ready to be rendered."""

    version: Version
    compiled: Compiled
    size: int
    _texts: dict[int, Template] = field(default_factory=dict)

    def text(self, partial: Partial) -> Template:
        """What the partial stands for. Raises PromptError when the version has no such message."""
        template = self._texts.get(partial.index)
        if template is None:
            template = self._texts[partial.index] = parse(message_text(self.version.body, partial))
        return template


@dataclass(slots=True)
class _Known:
    """`due` is when it is to be read again, on the monotonic clock."""

    prompt: Prompt
    due: float


class Shelf:
    """`remember` is how old a prompt may be, in seconds; `patience` how long a request waits for a newer one before it
    is served with the old one. While the table is away the old one is served on, however old.
    """

    def __init__(self, prompts: Prompts, clock: Clock, remember: float = REMEMBER, patience: float = 1.0) -> None:
        self._prompts = prompts
        self._clock = clock
        self._remember = remember
        self._patience = patience
        self._known: dict[Key, _Known] = {}
        self._readings: dict[Key, asyncio.Task[Prompt | StoreUnavailable | None]] = {}
        self._shelved: OrderedDict[tuple[Key, Number], Shelved] = OrderedDict()
        self._bytes = 0
        self._numbers: dict[Key, tuple[str, Number]] = {}

    async def prompt(self, organization: str, prompt_id: str) -> Prompt:
        """Raises UnknownPrompt; StoreUnavailable when the table is away and the prompt was not read before."""
        key = (organization, prompt_id)
        known = self._known.get(key)
        if known is not None and self._clock.monotonic() < known.due:
            return known.prompt
        found = await self._newer(key, known)
        if isinstance(found, StoreUnavailable):
            raise found
        if found is None:
            raise unknown_prompt(prompt_id, [prompt.id for prompt in await self._prompts.all(organization)])
        return found

    async def version(self, organization: str, prompt: Prompt, number: Number) -> Shelved:
        """Raises UnknownPrompt, StoreUnavailable."""
        key = (organization, prompt.id)
        found = self._at_hand(key, number) or await self._version(key, number)
        if found is None:
            summaries = await self._prompts.versions(organization, prompt.id)
            raise unknown_version(prompt, number, [summary.number for summary in reversed(summaries)])
        return found

    async def number(self, organization: str, prompt: Prompt, version_id: str) -> Number:
        """The number of the version with this id. Raises UnknownPrompt, StoreUnavailable."""
        key = (organization, version_id)
        found = self._numbers.get(key) or await self._prompts.find_version(organization, version_id)
        if found is None or found[0] != prompt.id:
            summaries = await self._prompts.versions(organization, prompt.id)
            raise unknown_version(prompt, version_id, [summary.number for summary in reversed(summaries)])
        if len(self._numbers) >= MOST_REMEMBERED:
            self._numbers.clear()
        self._numbers[key] = found
        return found[1]

    async def _newer(self, key: Key, known: _Known | None) -> Prompt | StoreUnavailable | None:
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = asyncio.create_task(self._read(key, known))
            reading.add_done_callback(lambda _: self._readings.pop(key, None))
        if known is None:
            return await asyncio.shield(reading)
        done, _ = await asyncio.wait((reading,), timeout=self._patience)
        if done:
            return reading.result()
        known.due = self._clock.monotonic() + RETRY
        return known.prompt

    async def _read(self, key: Key, known: _Known | None) -> Prompt | StoreUnavailable | None:
        """A prompt is taken over together with the versions it now points at, so that the old one stays whole while the
        table is away.
        """
        begun = self._clock.monotonic()
        try:
            prompt = await self._prompts.one(*key)
            if prompt is not None and known is not None:
                await self._follow(key, known.prompt, prompt)
        except StoreUnavailable as error:
            if known is None:
                return error
            log.warning("The prompt %r could not be read again; the one read before is served on.", key[1])
            known.due = self._clock.monotonic() + RETRY
            return known.prompt
        if prompt is None or prompt.deleted:
            self._known.pop(key, None)
            return None
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = _Known(prompt, begun + self._remember)
        return prompt

    async def _follow(self, key: Key, before: Prompt, after: Prompt) -> None:
        """Read the versions of those environments whose old ones were in use here."""
        for environment, release in after.environments.items():
            old = before.environments.get(environment)
            if old is not None and any((key, number) in self._shelved for number in old.numbers()):
                for number in release.numbers():
                    with suppress(PromptError):  # told to the request that asks for it
                        await self._version(key, number)

    def _at_hand(self, key: Key, number: Number) -> Shelved | None:
        place = (key, number)
        shelved = self._shelved.get(place)
        if shelved is not None:
            self._shelved.move_to_end(place)
        return shelved

    async def _version(self, key: Key, number: Number) -> Shelved | None:
        shelved = self._at_hand(key, number)
        if shelved is not None:
            return shelved
        version = await self._prompts.version(*key, number)
        if version is None:
            return None
        place = (key, number)
        shelved = Shelved(version, compile_body(version.body), len(dumps(version.body)))
        self._bytes += shelved.size - (self._shelved[place].size if place in self._shelved else 0)
        self._shelved[place] = shelved
        while self._bytes > MOST_BYTES and len(self._shelved) > 1:
            _, dropped = self._shelved.popitem(last=False)
            self._bytes -= dropped.size
        return shelved
