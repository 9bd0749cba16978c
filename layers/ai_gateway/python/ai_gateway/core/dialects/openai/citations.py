"""The sources of an answer that searched the web (Perplexity, xAI), as OpenAI's annotations.

Both say them beside the choices: `search_results` as objects with title and URL, `citations` as URLs.
"""

from ai_gateway.core.wire import Json, JsonObject, objects, text, texts


def sources(answer: Json) -> list[JsonObject]:
    """Annotations without a place: neither provider says which words a source stands for."""
    found = [(text(result, "url"), text(result, "title")) for result in objects(answer, "search_results")]
    if not found:
        found = [(url, "") for url in texts(answer, "citations")]
    return [
        {
            "type": "url_citation",
            "url_citation": {"url": url, "title": title or url, "start_index": 0, "end_index": 0},
        }
        for url, title in found
        if url
    ]
