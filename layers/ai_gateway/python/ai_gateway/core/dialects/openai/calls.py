"""Tool calls as OpenAI sends them, whole and in pieces."""

from ai_gateway.core.wire import JsonObject, dumps_text, mapping, objects


def repair_calls(message: JsonObject, answer_id: str) -> None:
    """Give every call of a whole message an id, a type and arguments that are text.

    Mistral leaves out the type, Gemini's compatible face the id; some send arguments as an object, or nothing for none.
    """
    for index, call in enumerate(objects(message, "tool_calls")):
        if not call.get("id"):
            call["id"] = made_up_id(answer_id, index)
        if not call.get("type"):
            call["type"] = "function"
        _write_out_arguments(call)


def made_up_id(answer_id: str, index: int) -> str:
    """The same for the same answer, so that nothing depends on when it was read."""
    return f"call_{answer_id.removeprefix('chatcmpl-')}_{index}"


def _write_out_arguments(call: JsonObject) -> None:
    function = call.get("function")
    if isinstance(function, dict):
        function["arguments"] = _written(function.get("arguments")) or "{}"


def _written(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else dumps_text(arguments)


class CallPieces:
    """The calls of one choice of a stream: numbers them from 0 in the order they open and names each once.

    Clients join pieces by `index` and concatenate what they hold, so a name or id that comes again would be doubled.
    Providers leave out the index, give every call the same one, start at another than 0 or repeat id and name.
    """

    __slots__ = ("_at", "_empty", "_ids")

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._empty: set[int] = set()
        self._at: dict[int | None, int] = {}

    def __bool__(self) -> bool:
        return bool(self._ids)

    def repair(self, delta: JsonObject, answer_id: str) -> None:
        for call in objects(delta, "tool_calls"):
            known = self._known(call)
            if known is None:
                self._open(call, answer_id)
            else:
                self._go_on(call, known)

    def without_arguments(self) -> list[JsonObject]:
        """The pieces that complete the calls that ended without a word: clients want an object."""
        return [{"index": index, "function": {"arguments": "{}"}} for index in sorted(self._empty)]

    def _known(self, call: JsonObject) -> int | None:
        """The index of the call that a piece goes on with; None for a new call, which has a name."""
        call_id, at = call.get("id"), _index(call)
        if call_id and str(call_id) in self._ids:
            return self._ids.index(str(call_id))
        named = bool((mapping(call, "function") or mapping(call, "custom")).get("name"))
        if at is None:
            return None if call_id or named or not self._ids else len(self._ids) - 1
        return None if call_id and named else self._at.get(at)

    def _open(self, call: JsonObject, answer_id: str) -> None:
        index = len(self._ids)
        self._at[_index(call)] = index
        call["index"] = index
        if not call.get("id"):
            call["id"] = made_up_id(answer_id, index)
        if not call.get("type"):
            call["type"] = "function"
        self._ids.append(str(call["id"]))
        if call["type"] == "function":
            function = mapping(call, "function")
            function["arguments"] = _written(function.get("arguments"))
            call["function"] = function
            if not function["arguments"]:
                self._empty.add(index)

    def _go_on(self, call: JsonObject, index: int) -> None:
        call["index"] = index
        call.pop("id", None)
        call.pop("type", None)
        function = call.get("function")
        if isinstance(function, dict):
            function.pop("name", None)
            function["arguments"] = _written(function.get("arguments"))
            if function["arguments"]:
                self._empty.discard(index)


def _index(call: JsonObject) -> int | None:
    index = call.get("index")
    return index if isinstance(index, int) else None
