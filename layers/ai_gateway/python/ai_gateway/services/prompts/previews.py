"""What a prompt would send, without sending it."""

from dataclasses import dataclass

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.prompts.asking import PromptUse, asked_of, merged
from ai_gateway.core.prompts.body import Compiled, check_body, check_writable
from ai_gateway.core.prompts.variables import Variable
from ai_gateway.core.shape import shape_of
from ai_gateway.core.wire import Json, JsonObject
from ai_gateway.services.prompts.finding import PromptFinder


@dataclass(frozen=True, slots=True)
class Preview:
    """`tokens` is an estimate of the prompt's, from its length. `use` is None for a body that is not saved."""

    request: ChatRequest
    tokens: int
    variables: tuple[Variable, ...]
    use: PromptUse | None = None


@dataclass(frozen=True, slots=True)
class Previews:
    finder: PromptFinder

    async def stored(self, organization: str, request: Json, subject: str = "") -> Preview:
        """What the gateway makes of a request that names a stored prompt. Raises as it does."""
        check_writable(dict(request))
        asked = asked_of(request)
        found = await self.finder.find(organization, asked, subject)
        filled = found.fill(asked, request)
        compiled = found.compiled.linked(found.partials.__getitem__)
        return Preview(filled, shape_of(filled).prompt, compiled.variables, found.use)

    async def unsaved(self, organization: str, body: JsonObject, inputs: Json) -> Preview:
        check_writable(dict(inputs))
        compiled = await self._linked(organization, body)
        filled = merged(compiled.render(inputs), {})
        return Preview(filled, shape_of(filled).prompt, compiled.variables)

    async def variables(self, organization: str, body: JsonObject) -> tuple[Variable, ...]:
        """All that the body needs, and its partials."""
        return (await self._linked(organization, body)).variables

    async def _linked(self, organization: str, body: JsonObject) -> Compiled:
        compiled = check_body(body)
        partials = await self.finder.partials(organization, compiled, "")
        return compiled.linked(partials.__getitem__)
