"""Which version of a stored prompt a request gets, and the request it becomes with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.asking import Asked, PromptUse, merged, unknown_environment
from ai_gateway.core.prompts.body import Compiled
from ai_gateway.core.prompts.language import PRODUCTION, Partial, Template
from ai_gateway.core.prompts.versions import Number, Prompt, pick
from ai_gateway.core.wire import Json
from ai_gateway.services.prompts.shelf import Shelf, Shelved

MOST_PARTIALS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """The prompt that a request asked for."""

    use: PromptUse
    compiled: Compiled
    partials: Mapping[Partial, Template]

    def fill(self, asked: Asked, request: Json) -> ChatRequest:
        """The request with the prompt. Raises PromptError, InvalidRequest."""
        try:
            stored = self.compiled.linked(self.partials.__getitem__).render(asked.inputs)
        except PromptError as error:
            told = f"Prompt {self.use.prompt_id!r}, version {self.use.version}: {error.message}"
            raise PromptError(told, param=error.param) from error
        return merged(stored, request)


@dataclass(frozen=True, slots=True)
class PromptFinder:
    shelf: Shelf

    async def find(self, organization: str, asked: Asked, subject: str) -> Found:
        """The version asked for; else what the environment asked for has for the subject (a user or a session); else
        what production has. Raises UnknownPrompt for what does not exist, never falling back to another version;
        StoreUnavailable when the table is away and it was not read before.
        """
        prompt = await self.shelf.prompt(organization, asked.prompt_id)
        if asked.version is None:
            environment = PRODUCTION if asked.environment is None else asked.environment
            use = PromptUse(prompt.id, _released(prompt, environment, subject), environment)
        else:
            use = PromptUse(prompt.id, await self._number(organization, prompt, asked.version))
        shelved = await self.shelf.version(organization, prompt, use.version)
        compiled = shelved.compiled
        partials = await self.partials(organization, compiled, subject) if compiled.partials else {}
        return Found(use, compiled, partials)

    async def partials(
        self,
        organization: str,
        compiled: Compiled,
        subject: str,
        instead: Mapping[tuple[str, str], Shelved] | None = None,
    ) -> dict[Partial, Template]:
        """The texts of all partials, and theirs. `instead` holds versions to take for prompts in environments.

        Raises UnknownPrompt, StoreUnavailable; PromptError when there are too many.
        """
        found: dict[Partial, Template] = {}
        waiting = list(compiled.partials)
        while waiting:
            partial = waiting.pop()
            if partial in found:
                continue
            if len(found) == MOST_PARTIALS:
                raise PromptError(f"The prompt has more than {MOST_PARTIALS} partials.")
            given = (instead or {}).get((partial.prompt_id, partial.environment))
            shelved = given or await self._in_environment(organization, partial, subject)
            template = found[partial] = shelved.text(partial)
            waiting += template.partials()
        return found

    async def _number(self, organization: str, prompt: Prompt, version: Number | str) -> Number:
        return version if isinstance(version, Number) else await self.shelf.number(organization, prompt, version)

    async def _in_environment(self, organization: str, partial: Partial, subject: str) -> Shelved:
        prompt = await self.shelf.prompt(organization, partial.prompt_id)
        number = _released(prompt, partial.environment, subject)
        return await self.shelf.version(organization, prompt, number)


def _released(prompt: Prompt, environment: str, subject: str) -> Number:
    release = prompt.environments.get(environment)
    if release is None:
        raise unknown_environment(prompt, environment)
    return pick(release, prompt.id, environment, subject)
