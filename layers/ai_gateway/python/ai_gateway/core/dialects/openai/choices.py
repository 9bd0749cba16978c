"""One choice of a stream: role once, calls numbered, reasoning in both fields, one end."""

from ai_gateway.core.dialects.openai.calls import CallPieces
from ai_gateway.core.dialects.openai.endings import finish_reason, raise_failure, unstated_reason
from ai_gateway.core.dialects.openai.messages import repair_text
from ai_gateway.core.wire import JsonObject, mapping, objects, present


class ChoiceStream:
    """`end` is the chunk that ends the choice, once it is known, held back until the stream ends."""

    __slots__ = ("_annotations", "_answer_id", "_begun", "_calls", "end")

    def __init__(self, answer_id: str) -> None:
        self._answer_id = answer_id
        self._annotations = 0
        self._begun = False
        self._calls = CallPieces()
        self.end: JsonObject | None = None

    def goes_on(self, chunk: JsonObject, choice: JsonObject) -> bool:
        """Repair `choice` in place; False when it says nothing that goes out before the end."""
        delta = choice.get("delta")
        if not isinstance(delta, dict) or "message" in choice:
            delta = _delta(choice)
        if not self._begun:
            self._begun = True
            delta["role"] = "assistant"
        elif "role" in delta:
            del delta["role"]
        if len(delta) != 1 or not isinstance(delta.get("content"), str):
            self._repair(delta)
        reason = choice.get("finish_reason")
        if reason and isinstance(reason, str):
            raise_failure(choice)
            return self._held(chunk, choice, delta, reason)
        choice["finish_reason"] = None
        return self.end is None or _says_something(delta)

    def ending(self, index: int, head: JsonObject, annotations: list[JsonObject]) -> JsonObject:
        """The chunk that ends the choice; `annotations` go with it unless the provider sent its own."""
        chunk = self.end
        if chunk is None:
            reason = unstated_reason(calls=bool(self._calls))
            chunk = head | {"choices": [{"index": index, "delta": {}, "finish_reason": reason}]}
        late = present(
            annotations=annotations if annotations and not self._annotations else None,
            tool_calls=self._calls.without_arguments() or None,
        )
        for choice in objects(chunk, "choices") if late else ():
            choice["delta"] = mapping(choice, "delta") | late
        return chunk

    def _repair(self, delta: JsonObject) -> None:
        repair_text(delta)
        if delta.get("tool_calls"):
            self._calls.repair(delta, self._answer_id)
        if "annotations" in delta:
            self._number_annotations(delta)

    def _held(self, chunk: JsonObject, choice: JsonObject, delta: JsonObject, reason: str) -> bool:
        says = _says_something(delta)
        if self.end is None:
            known = finish_reason(reason, calls=bool(self._calls))
            end = choice | {"finish_reason": known}
            if says:
                end["delta"] = {}
                end.pop("logprobs", None)
            self.end = chunk | {"choices": [end]}
        choice["finish_reason"] = None
        return says

    def _number_annotations(self, delta: JsonObject) -> None:
        """The SDK's accumulator joins members of a list by their index, and fails on a list without."""
        for annotation in objects(delta, "annotations"):
            annotation.setdefault("index", self._annotations)
            self._annotations += 1


def _delta(choice: JsonObject) -> JsonObject:
    """Perplexity repeats the message so far beside each delta; a provider that does not stream sends only a message."""
    message = choice.pop("message", None)
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = choice["delta"] = message if isinstance(message, dict) else {}
    return delta


def _says_something(delta: JsonObject) -> bool:
    return any(value for key, value in delta.items() if key != "role")
