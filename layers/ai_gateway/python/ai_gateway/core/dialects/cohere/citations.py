"""Cohere's citations as OpenAI's annotations."""

from ai_gateway.core.wire import Json, JsonObject, integer, mapping, objects, present, text


def annotations(citation: Json) -> list[JsonObject]:
    """One for every source of a cited passage. A tool's result or a document has an address only if it says so."""
    place = {"start_index": integer(citation, "start"), "end_index": integer(citation, "end")}
    return [
        {"type": "url_citation", "url_citation": _source(source) | place} for source in objects(citation, "sources")
    ]


def _source(source: Json) -> JsonObject:
    held = mapping(source, "document") or mapping(source, "tool_output")
    content = text(held, "content") or text(held, "text") or text(held, "snippet")
    title = text(held, "title") or text(source, "id")
    return present(url=text(held, "url"), title=title, content=content or None)
