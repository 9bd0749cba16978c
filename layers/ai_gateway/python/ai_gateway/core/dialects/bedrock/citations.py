"""Citations as annotations of the text they stand behind.

Sources: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html and
https://platform.openai.com/docs/api-reference/chat/object (annotations).
"""

from ai_gateway.core.wire import Json, JsonObject, integer, mapping, objects, present, text


def annotation(citation: Json, start: int, end: int) -> JsonObject:
    """`start` and `end` are the characters of the answer's text that the citation supports.

    Pages of the web are OpenAI's `url_citation`; documents have no URL and are a `file_citation` that tells the place.
    """
    span: JsonObject = {"start_index": start, "end_index": end}
    content = "".join(text(piece, "text") for piece in objects(citation, "sourceContent"))
    location = mapping(citation, "location")
    url = text(mapping(location, "web"), "url") or text(citation, "source")
    if url.startswith(("http://", "https://")):
        return {
            "type": "url_citation",
            "url_citation": {"url": url, "title": text(citation, "title"), "content": content, **span},
        }
    known = present(filename=citation.get("title") or citation.get("source"), content=content or None)
    return {"type": "file_citation", "file_citation": {**_place(location), **known, **span}}


def _place(location: Json) -> JsonObject:
    """Where in its document the cited text stands, in the words that Anthropic has for it."""
    for kind, (index, start, end) in _PLACES.items():
        if place := mapping(location, kind):
            whose = "searchResultIndex" if kind == "searchResultLocation" else "documentIndex"
            return {index: integer(place, whose), start: integer(place, "start"), end: integer(place, "end")}
    return {}


_PLACES = {
    "documentChar": ("document_index", "start_char_index", "end_char_index"),
    "documentPage": ("document_index", "start_page_number", "end_page_number"),
    "documentChunk": ("document_index", "start_block_index", "end_block_index"),
    "searchResultLocation": ("search_result_index", "start_block_index", "end_block_index"),
}
