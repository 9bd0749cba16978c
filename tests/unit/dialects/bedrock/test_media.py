"""Images, documents, audio and video as blocks."""

from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.errors import InvalidRequest

Sent = Callable[..., dict[str, Any]]


def blocks_of(sent: Sent, *parts: dict[str, Any]) -> list[dict[str, Any]]:
    parts = ({"type": "text", "text": "Look"}, *parts)
    content: list[dict[str, Any]] = sent(messages=[{"role": "user", "content": list(parts)}])["messages"][0]["content"]
    return content[1:]


def image(url: str, **fields: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **fields}}


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


@pytest.mark.parametrize(
    ("media_type", "form"),
    [("image/png", "png"), ("image/jpg", "jpeg"), ("image/jpeg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")],
)
def test_inline_images_are_sent_as_bytes(sent: Sent, media_type: str, form: str) -> None:
    [block] = blocks_of(sent, image(f"data:{media_type};base64,AAAA"))
    assert block == {"image": {"format": form, "source": {"bytes": "AAAA"}}}


def test_objects_in_s3_are_sent_by_their_place(sent: Sent) -> None:
    [seen, typed, watched, read] = blocks_of(
        sent,
        image("s3://bucket/cat.jpg"),
        image("s3://bucket/cat", format="image/png"),
        {"type": "video_url", "video_url": {"url": "s3://bucket/film.mov"}},
        file(file_data="s3://bucket/report.pdf", bucket_owner="123456789012"),
    )
    assert seen == {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://bucket/cat.jpg"}}}}
    assert typed["image"]["format"] == "png"
    assert watched == {"video": {"format": "mov", "source": {"s3Location": {"uri": "s3://bucket/film.mov"}}}}
    place = {"uri": "s3://bucket/report.pdf", "bucketOwner": "123456789012"}
    assert read["document"]["source"] == {"s3Location": place}


@pytest.mark.parametrize(
    "part",
    [
        image("https://example.com/cat.png"),
        image("https://example.com/cat"),
        file(file_data="https://example.com/report.pdf"),
        file(file_id="file-123"),
        {"type": "video_url", "video_url": {"url": "https://example.com/film.mp4"}},
    ],
)
def test_what_would_have_to_be_fetched_is_refused_with_advice(sent: Sent, part: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="inline, as a data URI, or as an s3:// URL"):
        blocks_of(sent, part)


def test_an_image_in_another_format_is_refused(sent: Sent) -> None:
    with pytest.raises(InvalidRequest, match="image input of type 'image/heic'"):
        blocks_of(sent, image("data:image/heic;base64,AAAA"))


DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "media_type", "form"),
    [
        ("a.pdf", "application/pdf", "pdf"),
        ("a.csv", "text/csv", "csv"),
        ("a.docx", DOCX, "docx"),
        ("a.docx", "application/octet-stream", "docx"),
        ("a.md", "text/markdown", "md"),
        ("a.html", "text/html", "html"),
        ("a.txt", "text/plain", "txt"),
        ("a.json", "application/json", "txt"),
        ("a.py", "text/x-python", "txt"),
        ("a.xls", "application/vnd.ms-excel", "xls"),
    ],
)
def test_files_become_documents(sent: Sent, name: str, media_type: str, form: str) -> None:
    [block] = blocks_of(sent, file(filename=name, file_data=f"data:{media_type};base64,AAAA"))
    assert block["document"]["format"] == form
    assert block["document"]["source"] == {"bytes": "AAAA"}


def test_a_file_that_is_an_image_or_sound_is_one(sent: Sent) -> None:
    [seen, heard] = blocks_of(
        sent, file(file_data="data:image/png;base64,AAAA"), file(file_data="data:audio/mpeg;base64,AAAA")
    )
    assert seen["image"]["format"] == "png"
    assert heard["audio"]["format"] == "mp3"


def test_a_file_of_another_kind_is_refused(sent: Sent) -> None:
    with pytest.raises(InvalidRequest, match="file input of type 'application/zip'"):
        blocks_of(sent, file(file_data="data:application/zip;base64,AAAA"))


def names_of(sent: Sent, *names: str | None) -> list[str]:
    data = "data:application/pdf;base64,AAAA"
    parts = [file(file_data=data, **({"filename": name} if name else {})) for name in names]
    return [block["document"]["name"] for block in blocks_of(sent, *parts)]


def test_names_of_documents_hold_what_the_api_allows(sent: Sent) -> None:
    assert names_of(sent, "Q3_report (final)  [2].v2.pdf", "résumé.pdf", "???.pdf") == [
        "Q3-report (final) [2]-v2",
        "r-sum",
        "Document 3",
    ]
    [long] = names_of(sent, "x" * 400 + ".pdf")
    assert len(long) <= 200


def test_no_two_documents_have_one_name(sent: Sent) -> None:
    assert names_of(sent, "a.pdf", "a.pdf", None, "a.pdf", None) == ["a", "a (2)", "Document 3", "a (3)", "Document 5"]


def test_names_stay_unique_over_the_whole_conversation(sent: Sent) -> None:
    part = file(filename="a.pdf", file_data="data:application/pdf;base64,AAAA")
    asked = {"role": "user", "content": [{"type": "text", "text": "Look"}, part]}
    turns = sent(messages=[asked, {"role": "assistant", "content": "Yes"}, asked])["messages"]
    assert [turns[at]["content"][1]["document"]["name"] for at in (0, 2)] == ["a", "a (2)"]


def test_a_document_alone_is_introduced(sent: Sent) -> None:
    part = file(file_data="data:application/pdf;base64,AAAA")
    [words, document] = sent(messages=[{"role": "user", "content": [part]}])["messages"][0]["content"]
    assert words["text"]
    assert "document" in document


def test_citations_and_context_of_a_document_are_kept(sent: Sent) -> None:
    part = file(file_data="data:application/pdf;base64,AAAA", citations={"enabled": True}, context="A contract")
    [block] = blocks_of(sent, part)
    assert block["document"]["citations"] == {"enabled": True}
    assert block["document"]["context"] == "A contract"


def test_anthropics_documents_and_images_are_read(sent: Sent) -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}
    picture = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    [document, seen] = blocks_of(
        sent,
        {"type": "document", "source": source, "title": "Terms", "citations": {"enabled": True}},
        {"type": "image", "source": picture},
    )
    assert document == {
        "document": {
            "format": "pdf",
            "name": "Terms",
            "source": {"bytes": "AAAA"},
            "citations": {"enabled": True},
        }
    }
    assert seen == {"image": {"format": "png", "source": {"bytes": "AAAA"}}}


def test_sound_and_video_are_sent(sent: Sent) -> None:
    [heard, watched] = blocks_of(
        sent,
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}},
    )
    assert heard == {"audio": {"format": "wav", "source": {"bytes": "AAAA"}}}
    assert watched == {"video": {"format": "mp4", "source": {"bytes": "AAAA"}}}
