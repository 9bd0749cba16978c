from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.errors import InvalidRequest

Sent = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("part", "native"),
    [
        (
            {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,AAAA"}},
            {"inlineData": {"mimeType": "image/jpeg", "data": "AAAA"}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://x.test/a.webp?size=2"}},
            {"fileData": {"mimeType": "image/webp", "fileUri": "https://x.test/a.webp?size=2"}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://x.test/picture"}},
            {"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x.test/picture"}},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://x.test/picture", "format": "image/png"}},
            {"fileData": {"mimeType": "image/png", "fileUri": "https://x.test/picture"}},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://youtu.be/abc"}, "video_metadata": {"fps": 0.2}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": "https://youtu.be/abc"}, "videoMetadata": {"fps": 0.2}},
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}},
        ),
        (
            {"type": "file", "file": {"file_data": "AAAA", "filename": "a.csv"}},
            {"inlineData": {"mimeType": "text/csv", "data": "AAAA"}},
        ),
        (
            {"type": "file", "file": {"file_data": "gs://bucket/a.pdf"}},
            {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://bucket/a.pdf"}},
        ),
        (
            {"type": "file", "file": {"file_id": "files/abc", "format": "audio/mpeg"}},
            {
                "fileData": {
                    "mimeType": "audio/mpeg",
                    "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc",
                }
            },
        ),
        (
            {"type": "file", "file": {"file_id": "gs://bucket/a"}},
            {"fileData": {"fileUri": "gs://bucket/a"}},
        ),
        ({"type": "document", "source": {"type": "text", "data": "Plain."}}, {"text": "Plain."}),
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "AAAA"}},
        ),
        (
            {"type": "native", "inline_data": {"mime_type": "audio/ogg", "data": "AAAA"}},
            {"inline_data": {"mime_type": "audio/ogg", "data": "AAAA"}},
        ),
    ],
)
def test_every_kind_of_content_has_its_part(sent: Sent, part: dict[str, Any], native: dict[str, Any]) -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "See:"}, part]}
    assert sent(messages=[message])["contents"][0]["parts"] == [{"text": "See:"}, native]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"type": "file", "file": {"file_id": "file-abc"}}, "'file-abc'"),
        ({"type": "hologram", "data": "x"}, "'hologram'"),
    ],
)
def test_content_that_google_has_no_part_for_is_refused_by_name(sent: Sent, part: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        sent(messages=[{"role": "user", "content": [part]}])
