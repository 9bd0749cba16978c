"""What a request needs of an endpoint, seen from its body alone: its size and the abilities it calls for."""

from ai_gateway.core.catalog.endpoints import Capability
from ai_gateway.core.chat import ChatRequest, Message
from ai_gateway.core.intents import functions, max_output, output_shape
from ai_gateway.core.routing import RequestShape
from ai_gateway.core.usage import MOST_TOKENS
from ai_gateway.core.wire import JsonObject, dumps, text

TOKENS_PER_MEDIA = 800
"""Roughly what an image or a page costs; only for comparing prices."""

_MEDIA: dict[str, Capability] = {
    "image_url": "images",
    "input_image": "images",
    "input_audio": "audio",
    "file": "files",
    "input_file": "files",
}


def shape_of(request: ChatRequest) -> RequestShape:
    """Tokens are estimated from lengths: four characters each to compare prices, eight to rule a context out."""
    needs: set[Capability] = set()
    characters = media = 0
    for message in request["messages"]:
        size, kinds = _measure(message)
        characters += size
        media += len(kinds)
        needs.update(kinds)
    if functions(request):
        needs.add("tools")
        characters += sum(len(dumps(tool)) for tool in request.get("tools", []))
    limit = max_output(request)
    shape = output_shape(request)
    if shape is not None and shape.schema is not None:
        needs.add("json_schema")
    return RequestShape(
        prompt=characters // 4 + media * TOKENS_PER_MEDIA,
        prompt_at_least=characters // 8,
        max_output=None if limit is None else min(max(0, limit), MOST_TOKENS),
        needs=frozenset(needs),
    )


def _measure(message: Message) -> tuple[int, list[Capability]]:
    content = message.get("content")
    if isinstance(content, str):
        return len(content), []
    if not content:
        return 0, []
    return sum(_length(part) for part in content), [
        _MEDIA[kind] for part in content if (kind := text(part, "type")) in _MEDIA
    ]


def _length(part: JsonObject) -> int:
    return len(text(part, "text"))
