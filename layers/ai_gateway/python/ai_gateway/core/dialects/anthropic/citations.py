"""Citations as annotations of the text they stand behind.

Sources: https://platform.claude.com/docs/en/build-with-claude/citations and
https://platform.openai.com/docs/api-reference/chat/object (annotations).
"""

from ai_gateway.core.wire import Json, JsonObject, present, text, without


def annotation(citation: Json, start: int, end: int) -> JsonObject:
    """`start` and `end` are the characters of the answer's text that the citation supports.

    Pages are OpenAI's `url_citation`. Documents have no URL: their annotation is a `file_citation` with Anthropic's own
    account of the place.
    """
    span = {"start_index": start, "end_index": end}
    url = text(citation, "url") or text(citation, "source")
    if url.startswith(("http://", "https://")):
        page = {"url": url, "title": text(citation, "title"), "content": text(citation, "cited_text"), **span}
        return {"type": "url_citation", "url_citation": page}
    place = without(citation, ("cited_text", "document_title", "type"))
    document = present(
        filename=citation.get("document_title") or citation.get("title"), content=citation.get("cited_text"), **span
    )
    return {"type": "file_citation", "file_citation": {**present(**place), **document}}
