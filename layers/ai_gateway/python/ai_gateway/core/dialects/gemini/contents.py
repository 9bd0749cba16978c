"""Messages as Google's `contents` and `systemInstruction`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest, Message
from ai_gateway.core.content import Media, Text, parts, plain_text
from ai_gateway.core.dialects.gemini.families import Family
from ai_gateway.core.dialects.gemini.parts import media_part, media_type, part_of, parts_of
from ai_gateway.core.dialects.gemini.signatures import (
    PLACEHOLDER,
    call_signature,
    carried,
    native_parts,
    signed_thoughts,
    text_signature,
)
from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, objects, parse_object, present, text


def conversation(request: ChatRequest, endpoint: Endpoint, family: Family) -> "Conversation":
    """System parts and contents, one content a message; the results of one turn share one, since Google counts them."""
    talk = Conversation(family, by_uri=endpoint.provider.name == "vertex")
    for message in request["messages"]:
        talk.add(message)
    talk.end()
    return talk


@dataclass(slots=True)
class Conversation:
    """`by_uri`: functions' responses may name files by URI. AI Studio takes such a part and never looks at it."""

    family: Family
    by_uri: bool
    system: list[JsonObject] = field(default_factory=list)
    contents: list[JsonObject] = field(default_factory=list)
    _called: dict[str, str] = field(default_factory=dict)
    _results: list[JsonObject] = field(default_factory=list)
    _shown: list[JsonObject] = field(default_factory=list)

    def add(self, message: Message) -> None:
        role = message.get("role", "user")
        if role in ("tool", "function"):
            self._result(message)
            return
        self._flush()
        if role in ("system", "developer"):
            self.system += parts_of(message)
        elif role == "assistant":
            self._content("model", list(self._answer(message)))
        else:
            self._content("user", parts_of(message))

    def end(self) -> None:
        """Closes the last turn; Google wants a content where OpenAI is content with instructions."""
        self._flush()
        if not self.contents:
            self._content("user", [])

    def _content(self, role: str, native: list[JsonObject]) -> None:
        self.contents.append({"role": role, "parts": native or [{"text": ""}]})

    def _flush(self) -> None:
        if self._results:
            self._content("user", self._results)
        if self._shown:
            self._content("user", self._shown)
        self._results, self._shown = [], []

    def _result(self, message: Message) -> None:
        """Media that a function's response cannot hold follows in a content of its own."""
        call_id = message.get("tool_call_id") or ""
        called = self._called.get(call_id) if call_id else None
        name = called or message.get("name") or self._called.get("") or call_id
        held: list[JsonObject] = []
        for part in parts(message):
            native = None if isinstance(part, Text) else part_of(part)
            if native is not None:
                (held if isinstance(part, Media) and self._holds(part) else self._shown).append(native)
        response = _response(plain_text(message), with_media=bool(held))
        self._results.append(
            {"functionResponse": present(id=call_id or None, name=name, response=response, parts=held or None)}
        )

    def _holds(self, media: Media) -> bool:
        """Source: https://ai.google.dev/gemini-api/docs/function-calling#multimodal."""
        located = self.by_uri or media.data is not None
        return self.family.media_in_results and located and media_type(media) in _HELD

    def _answer(self, message: Message) -> Iterator[JsonObject]:
        """A signature that no call claims is the text's; where nothing was said, it can only be the first call's."""
        calls = objects(message, "tool_calls")
        if not calls and (function := mapping(message, "function_call")):
            calls = [{"function": function}]
        signatures = [call_signature(call, message) for call in calls]
        unclaimed = text_signature(message)
        if unclaimed and calls and not signatures[0] and not plain_text(message):
            signatures[0], unclaimed = unclaimed, ""
        yield from native_parts(message)
        yield from signed_thoughts(message)
        yield from _said(message, unclaimed)
        yield from _images(message)
        yield from self._calls(calls, signatures)

    def _calls(self, calls: list[JsonObject], signatures: list[str]) -> Iterator[JsonObject]:
        """Gemini signs only the first of parallel calls, so only the first may need the placeholder."""
        if calls and not signatures[0] and self.family.signed_calls:
            signatures[0] = PLACEHOLDER
        for call, signature in zip(calls, signatures, strict=True):
            function = mapping(call, "function") or mapping(call, "custom")
            name, call_id = text(function, "name"), text(call, "id")
            self._called[call_id] = name
            yield present(
                functionCall=present(id=call_id or None, name=name, args=_arguments(function)),
                thoughtSignature=signature or None,
            )


def _said(message: Message, signature: str) -> list[JsonObject]:
    """The text of an answer, its signature on the last part."""
    said = [native for part in parts(message) if (native := part_of(part)) is not None]
    refusal = message.get("refusal")
    if refusal and not any(part.get("text") for part in said):
        said = [{"text": refusal}]
    if said == [{"text": ""}]:
        said = []
    if signature:
        said = said or [{"text": ""}]
        said[-1] = {**said[-1], "thoughtSignature": signature}
    return said


def _images(message: Message) -> Iterator[JsonObject]:
    """Images that the model made, which it edits on the next turn."""
    images = objects(message, "images")
    drawn: Message = {"role": "assistant", "content": [{"type": "image_url", **image} for image in images]}
    for image, part in zip(images, parts(drawn), strict=True):
        if isinstance(part, Media):
            yield present(**media_part(part), thoughtSignature=carried(image) or None)


def _arguments(function: Json) -> JsonObject:
    """Google takes an object. What is none (a custom tool's input, a broken call) goes in one."""
    if "input" in function:
        return {"input": function["input"]}
    arguments = function.get("arguments")
    if isinstance(arguments, dict):
        return arguments
    given = arguments if isinstance(arguments, str) else dumps_text(arguments)
    if not given.strip() or arguments is None:
        return {}
    parsed = parse_object(given)
    return {"arguments": given} if parsed is None else parsed


def _response(result: str, *, with_media: bool) -> JsonObject:
    """An object is sent as it is; Google reads `output` as the result of anything else."""
    parsed = parse_object(result) if result.lstrip().startswith("{") else None
    if parsed is not None:
        return parsed
    return {} if with_media and not result else {"output": result}


_HELD = frozenset(("image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"))
