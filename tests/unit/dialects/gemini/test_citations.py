from typing import Any

from ai_gateway.core.dialects.gemini.citations import annotations

WEB = [{"web": {"uri": "https://a.test", "title": "A"}}, {"web": {"uri": "https://b.test", "title": "B"}}]


def cited(url: str, title: str, start: int, end: int, **fields: Any) -> dict[str, Any]:
    source = {"url": url, "title": title, **fields, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": source}


def test_places_are_counted_in_characters_not_bytes() -> None:
    answer = "Café à Paris. Très bien."
    start = len("Café à Paris. ".encode())
    supports = [
        {"segment": {"endIndex": start - 1, "text": "Café à Paris."}, "groundingChunkIndices": [0, 1, 7]},
        {
            "segment": {"startIndex": start, "endIndex": len(answer.encode()), "text": "Très bien."},
            "groundingChunkIndices": [1],
        },
    ]
    metadata = {"groundingMetadata": {"groundingChunks": WEB, "groundingSupports": supports}}
    assert annotations(metadata, answer) == [
        cited("https://a.test", "A", 0, 13),
        cited("https://b.test", "B", 0, 13),
        cited("https://b.test", "B", 14, 24),
    ]


def test_a_place_inside_one_of_several_parts_is_found_by_its_text() -> None:
    supports = [{"segment": {"partIndex": 1, "endIndex": 4, "text": "Four"}, "groundingChunkIndices": [0]}]
    metadata = {"groundingMetadata": {"groundingChunks": WEB[:1], "groundingSupports": supports}}
    assert annotations(metadata, "It is: Four") == [cited("https://a.test", "A", 7, 11)]


def test_sources_without_a_place_are_named_all_the_same() -> None:
    assert annotations({"groundingMetadata": {"groundingChunks": WEB[:1]}}, "x") == [cited("https://a.test", "A", 0, 0)]


def test_a_passage_of_the_caller_s_documents_is_quoted() -> None:
    passage = {"retrievedContext": {"fileSearchStore": "fileSearchStores/s", "text": "Paris is."}}
    found = annotations({"groundingMetadata": {"groundingChunks": [passage]}}, "x")
    assert found == [cited("fileSearchStores/s", "", 0, 0, content="Paris is.")]


def test_recited_sources_are_cited() -> None:
    for key in ("citationSources", "citations"):
        source = {"startIndex": 1, "endIndex": 3, "uri": "https://a.test", "title": "A"}
        metadata = {"citationMetadata": {key: [source, {"endIndex": 2}]}}
        assert annotations(metadata, "abcd") == [cited("https://a.test", "A", 1, 3)]


def test_empty_grounding_is_no_citation() -> None:
    assert annotations({"groundingMetadata": {}}, "x") == []
