"""One candidate of an answer, whole or piece by piece, as deltas of one choice."""

from dataclasses import dataclass, field

from ai_gateway.core.chat import Message, ToolCall
from ai_gateway.core.dialects.gemini.citations import annotations, searches
from ai_gateway.core.dialects.gemini.signatures import extra_content, text_entry, thought_entry
from ai_gateway.core.dialects.gemini.speech import joined
from ai_gateway.core.wire import Json, JsonObject, dumps_text, mapping, objects, text


@dataclass(slots=True)
class Candidate:
    """`name` is this candidate's alone; ids of calls that Google gave none are made of it and the call's place."""

    index: int
    name: str
    reason: str = ""
    remark: str = ""
    searches: int = 0
    _calls: int = 0
    _details: int = 0
    _images: int = 0
    _natives: int = 0
    _speaks: bool = False
    _text: list[str] = field(default_factory=list)
    _sources: JsonObject = field(default_factory=dict)

    def read(self, piece: Json) -> Message:
        """What one piece adds to the choice; empty when it adds nothing that is shown."""
        self.reason = text(piece, "finishReason") or self.reason
        self.remark = text(piece, "finishMessage") or self.remark
        for key in ("groundingMetadata", "citationMetadata"):
            if found := mapping(piece, key):
                self._sources[key] = mapping(self._sources, key) | found
        self.searches = max(self.searches, searches(mapping(piece, "groundingMetadata")))
        delta: Message = {}
        for part in objects(mapping(piece, "content"), "parts"):
            self._part(part, delta)
        return delta

    def ending(self) -> Message:
        """What only the whole answer tells: its citations, and why it was held back."""
        delta: Message = {}
        if self._sources and (found := annotations(self._sources, "".join(self._text))):
            delta["annotations"] = found
        if self.remark and self.finish_reason == "content_filter":
            delta["refusal"] = self.remark
        return delta

    @property
    def finish_reason(self) -> str:
        """Google stops with STOP also when functions were called."""
        if self.reason in _HELD_BACK:
            return "content_filter"
        if self.reason == "MAX_TOKENS":
            return "length"
        return "tool_calls" if self._calls else "stop"

    def _part(self, part: JsonObject, delta: Message) -> None:
        if "functionCall" in part:
            delta.setdefault("tool_calls", []).append(self._call(part))
        elif "text" in part or not part.keys() - _BARE:
            self._said(part, delta)
        elif "inlineData" in part and not part.get("thought"):
            self._data(part, delta)
        else:
            self._native(part, delta)

    def _said(self, part: JsonObject, delta: Message) -> None:
        words, signature = text(part, "text"), text(part, "thoughtSignature")
        if part.get("thought") is True:
            if words:
                delta["reasoning"] = delta["reasoning_content"] = delta.get("reasoning", "") + words
            if signature:
                self._detail(thought_entry(words, signature, self._details), delta)
            return
        if words:
            self._text.append(words)
            said = delta.get("content")
            delta["content"] = said + words if isinstance(said, str) else words
        if signature:
            self._detail(text_entry(signature, self._details), delta)

    def _detail(self, entry: JsonObject, delta: Message) -> None:
        self._details += 1
        delta.setdefault("reasoning_details", []).append(entry)

    def _call(self, part: JsonObject) -> ToolCall:
        call = mapping(part, "functionCall")
        wire: ToolCall = {
            "index": self._calls,
            "id": text(call, "id") or f"call_{self.name}_{self._calls}",
            "type": "function",
            "function": {"name": text(call, "name"), "arguments": dumps_text(mapping(call, "args"))},
        }
        if signature := text(part, "thoughtSignature"):
            wire["extra_content"] = extra_content(signature)
        self._calls += 1
        return wire

    def _data(self, part: JsonObject, delta: Message) -> None:
        blob = mapping(part, "inlineData")
        kind, data = text(blob, "mimeType"), text(blob, "data")
        if kind.startswith("audio/"):
            self._speech(kind, data, delta)
            return
        image: JsonObject = {
            "type": "image_url",
            "image_url": {"url": f"data:{kind};base64,{data}"},
            "index": self._images,
        }
        if signature := text(part, "thoughtSignature"):
            image["extra_content"] = extra_content(signature)
        self._images += 1
        delta.setdefault("images", []).append(image)

    def _speech(self, kind: str, data: str, delta: Message) -> None:
        """Clients join the texts of deltas, so the id and the type are said once."""
        if "audio" in delta:
            delta["audio"]["data"] = joined(text(delta["audio"], "data"), data)
        elif self._speaks:
            delta["audio"] = {"data": data}
        else:
            delta["audio"] = {"id": f"audio_{self.name}", "mime_type": kind, "data": data}
        self._speaks = True

    def _native(self, part: JsonObject, delta: Message) -> None:
        carrier = delta.setdefault("extra_content", {"google": {"parts": []}})
        found = mapping(carrier, "google")["parts"]
        if isinstance(found, list):
            found.append({"index": self._natives, **part})
        self._natives += 1


_BARE = frozenset(("thought", "thoughtSignature"))
_HELD_BACK = frozenset(
    (
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
    )
)
