import pytest

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.context import RequestContext, Retries, Session, Timeouts, with_body
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.web.context import decode_headers, gateway_key, read_context


def context(headers: dict[str, str]) -> RequestContext:
    return read_context(headers, path="/v1/chat/completions", request_id="own", started=0, begun=100, deadline=1000)


def test_helicone_headers_become_the_context() -> None:
    read = context(
        {
            "authorization": "Bearer key",
            "helicone-request-id": "0CC175B9-C0F1-4B6A-8C31-C399E2697726",
            "helicone-session-id": "s",
            "helicone-session-name": "Onboarding",
            "helicone-session-path": "/a/b",
            "helicone-user-id": "u",
            "helicone-property-customer-tier": "gold",
            "helicone-omit-request": "true",
            "helicone-omit-response": "TRUE",
            "gateway-strict": "true",
        }
    )
    assert read.key == "key"
    assert read.id == "0cc175b9-c0f1-4b6a-8c31-c399e2697726"
    assert read.session == Session("s", "Onboarding", "/a/b")
    assert (read.user, read.properties) == ("u", {"customer-tier": "gold"})
    assert read.omit_request
    assert read.omit_response
    assert read.strict


def test_the_gateway_makes_the_id_when_the_caller_sends_none() -> None:
    assert context({}).id == "own"


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": "Bearer a"}, "a"),
        ({"authorization": "bearer  a "}, "a"),
        ({"authorization": "Bearer a", "helicone-auth": "Bearer b"}, "b"),
        ({"x-api-key": "c"}, "c"),
        ({"api-key": "d"}, "d"),
        ({"authorization": "Basic a"}, None),
        ({"authorization": "Bearer "}, None),
        ({}, None),
    ],
)
def test_the_key_is_found_where_sdks_put_it(headers: dict[str, str], key: str | None) -> None:
    assert gateway_key(headers) == key


def test_retries_are_helicones() -> None:
    read = context({"helicone-retry-enabled": "true", "helicone-retry-num": "2", "helicone-retry-min-timeout": "50"})
    assert read.retries == Retries(most=2, factor=2, shortest=0.05, longest=10)
    assert context({"helicone-retry-num": "2"}).retries is None


def test_waits_grow_and_the_providers_wish_wins() -> None:
    retries = Retries(most=5, factor=2, shortest=1, longest=3)
    assert [retries.wait(retry, None) for retry in range(4)] == [1, 2, 3, 3]
    assert retries.wait(0, 7.5) == 7.5


def test_timeouts_are_set_in_seconds() -> None:
    read = context({"gateway-timeout": "first-chunk=2.5, total=60"})
    assert read.timeouts == Timeouts(connect=10, first_chunk=2.5, idle=120)
    assert read.deadline == 160


@pytest.mark.parametrize(
    "headers",
    [
        {"helicone-request-id": "not-a-uuid"},
        {"helicone-retry-enabled": "true", "helicone-retry-num": "many"},
        {"helicone-retry-enabled": "true", "helicone-retry-factor": "nan"},
        {"gateway-timeout": "soon"},
        {"gateway-timeout": "total=-1"},
        {"gateway-timeout": "total=inf"},
    ],
)
def test_an_unreadable_header_is_refused_and_named(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        context(headers)
    assert caught.value.param is not None
    assert caught.value.param.lower() in headers


def test_header_values_are_utf8_or_latin1() -> None:
    assert decode_headers([(b"A", "é".encode()), (b"b", "é".encode("latin-1"))]) == {"a": "é", "b": "é"}


def body(**fields: object) -> ChatRequest:
    return {"messages": [{"role": "user", "content": "hi"}], **fields}  # type: ignore[typeddict-item]


def test_the_body_groups_a_request_as_headers_do() -> None:
    own = {"session": {"id": "s", "name": "Chat", "path": "/p"}, "user": "u", "properties": {"Tier": "gold", "n": 3}}
    read = with_body(context({}), body(helicone=own))
    assert read.session == Session("s", "Chat", "/p")
    assert (read.user, read.properties) == ("u", {"tier": "gold", "n": "3"})


def test_the_flat_form_of_helicones_vercel_provider_is_read() -> None:
    own = {"sessionId": "s", "sessionName": "n", "sessionPath": "/p", "userId": "u", "tags": ["Beta"]}
    read = with_body(context({}), body(helicone=own))
    assert (read.session, read.user, read.properties) == (Session("s", "n", "/p"), "u", {"tag-beta": "true"})


def test_openais_user_and_metadata_count_when_nothing_else_is_said() -> None:
    read = with_body(context({}), body(user="u", metadata={"Feature": "search"}))
    assert (read.user, read.properties) == ("u", {"feature": "search"})


def test_headers_win_over_the_body() -> None:
    headers = {"helicone-user-id": "h", "helicone-session-id": "hs", "helicone-property-tier": "h"}
    own = {"session": {"id": "b"}, "user": "b", "properties": {"tier": "b"}}
    read = with_body(context(headers), body(helicone=own, user="c"))
    assert (read.user, read.session, read.properties) == ("h", Session("hs"), {"tier": "h"})
