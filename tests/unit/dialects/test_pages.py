"""Every dialect tells what an error says that is no JSON."""

import pytest

from ai_gateway.core.catalog.providers import DialectName
from ai_gateway.core.dialects import DIALECTS

PAGE = b"<html>\r\n<head><title>502 Bad\n Gateway &amp; more</title></head><body><hr>nginx</body></html>"


@pytest.mark.parametrize("name", list(DIALECTS))
@pytest.mark.parametrize(
    ("body", "message"), [(PAGE, "502 Bad Gateway & more"), (b"no healthy upstream\n", "no healthy upstream")]
)
def test_a_page_is_told_by_its_title_and_text_as_it_is(name: DialectName, body: bytes, message: str) -> None:
    error = DIALECTS[name].decode_error(503, {}, body)
    assert (error.status, error.message) == (503, message)


@pytest.mark.parametrize("name", list(DIALECTS))
@pytest.mark.parametrize("body", [b"<html><h1>Oops</h1></html>", b"\xff\xfe", b"x" * 501, b"[broken", b"{broken"])
def test_what_has_no_words_for_it_is_told_by_its_status(name: DialectName, body: bytes) -> None:
    assert "503" in DIALECTS[name].decode_error(503, {}, body).message
