"""Google's grounding and citation metadata as OpenAI's `url_citation` annotations."""

from collections.abc import Iterator

from ai_gateway.core.wire import Json, JsonObject, integer, items, mapping, objects, present, text


def annotations(candidate: Json, answer: str) -> list[JsonObject]:
    """One annotation for every source of every supported segment of `answer`, its place counted in characters.

    A source that no segment is tied to is named once, with an empty place.
    """
    grounding = mapping(candidate, "groundingMetadata")
    sources = [_source(chunk) for chunk in objects(grounding, "groundingChunks")]
    supports = objects(grounding, "groundingSupports")
    found = list(_supported(supports, sources, answer)) if sources else []
    if not supports:
        found = [_citation(source, 0, 0) for source in sources]
    return found + list(_recited(candidate, answer))


def searches(grounding: Json) -> int:
    """How many queries the service put to its web search."""
    return sum(1 for query in items(grounding, "webSearchQueries") if query)


def _supported(supports: list[JsonObject], sources: list[JsonObject], answer: str) -> Iterator[JsonObject]:
    encoded = answer.encode()
    for support in supports:
        start, end = _place(mapping(support, "segment"), answer, encoded)
        for index in items(support, "groundingChunkIndices"):
            if isinstance(index, int) and 0 <= index < len(sources):
                yield _citation(sources[index], start, end)


def _recited(candidate: Json, answer: str) -> Iterator[JsonObject]:
    """Sources that the model recited; AI Studio calls them `citationSources`, Vertex `citations`."""
    metadata = mapping(candidate, "citationMetadata")
    for source in objects(metadata, "citationSources") + objects(metadata, "citations"):
        if text(source, "uri"):
            start, end = _place(source, answer, answer.encode())
            yield _citation({"url": text(source, "uri"), "title": text(source, "title")}, start, end)


def _place(segment: Json, answer: str, encoded: bytes) -> tuple[int, int]:
    """Google counts bytes of UTF-8 inside one part; the segment's own text says whether that fits the whole answer."""
    start, end = integer(segment, "startIndex"), integer(segment, "endIndex")
    quoted = text(segment, "text")
    if quoted and encoded[start:end] != quoted.encode():
        found = answer.find(quoted)
        return (found, found + len(quoted)) if found >= 0 else (start, end)
    first = len(encoded[:start].decode("utf-8", "ignore"))
    return first, first + len(encoded[start:end].decode("utf-8", "ignore"))


def _source(chunk: Json) -> JsonObject:
    """A page of the web or of a map, or a passage out of the caller's own documents, which may have no address."""
    place = (
        mapping(chunk, "web") or mapping(chunk, "maps") or mapping(chunk, "retrievedContext") or mapping(chunk, "image")
    )
    address = (
        text(place, "uri") or text(place, "sourceUri") or text(place, "documentName") or text(place, "fileSearchStore")
    )
    return present(url=address, title=text(place, "title"), content=text(place, "text") or None)


def _citation(source: JsonObject, start: int, end: int) -> JsonObject:
    return {"type": "url_citation", "url_citation": {**source, "start_index": start, "end_index": end}}
