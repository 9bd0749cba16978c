"""A message in the forms of its destinations."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from ai_gateway.adapters.notifiers.mail import SmtpNotifier, email
from ai_gateway.adapters.notifiers.pagerduty import resolve_event, trigger_event
from ai_gateway.adapters.notifiers.slack import slack_message
from ai_gateway.core.alerts.messages import Message, Table
from ai_gateway.core.wire import dumps, dumps_text
from tests.unit.alerts.making import NOW

HOSTILE = '<!channel> <script>alert(1)</script> & "quotes"\r\nBcc: eve@example.com'
MESSAGE = Message(
    id="default-errors-1-firing-1",
    kind="alert.firing",
    title="Firing: Errors: user = ada",
    text="Error rate at or above 5 % over 5 minutes: it is 12.5 %.",
    severity="critical",
    at=NOW,
    incident="default-errors-1",
    facts=(("Value", "12.5 %"), ("Threshold", "5 %")),
    trend="▁█",
    tables=(Table("Top models", (("Model", "Spend"), ("gpt-4o", "$1.00"))),),
    link="https://gw.example/requests?a=1&b=2",
    data={"value": 12.5},
)
BAD = replace(
    MESSAGE,
    title=HOSTILE,
    text=HOSTILE,
    facts=((HOSTILE, HOSTILE),) * 25,
    tables=(Table(HOSTILE, ((HOSTILE,),)),),
    link=f"https://gw.example/?{HOSTILE}",
)
LONG = replace(MESSAGE, title="&" * 5000, text="<" * 9000, tables=(Table("T", (("x" * 9000,),)),))


def walked(value: object, key: str) -> list[str]:
    """Every text under this key, wherever it stands."""
    if isinstance(value, dict):
        own = [value[key]] if isinstance(value.get(key), str) else []
        return own + [text for part in value.values() for text in walked(part, key)]
    return [text for part in value for text in walked(part, key)] if isinstance(value, list) else []


def parsed(message: Message) -> EmailMessage:
    return message_from_bytes(
        email(message, "gw@example.com", "a@example.com, b@example.com").as_bytes(), policy=policy.default
    )


def test_slack_gets_facts_trend_tables_and_a_link() -> None:
    told = dumps_text(slack_message(MESSAGE))
    for part in (
        "Firing: Errors: user = ada",
        "12.5 %",
        "▁█",
        "gpt-4o  $1.00",
        "<https://gw.example/requests?a=1&amp;b=2|",
    ):
        assert part in told


def test_slack_shows_by_color_that_it_is_over() -> None:
    firing, resolved = slack_message(MESSAGE), slack_message(replace(MESSAGE, kind="alert.resolved"))
    assert walked(firing, "color") != walked(resolved, "color")


@pytest.mark.parametrize("message", [MESSAGE, BAD, LONG])
def test_slacks_limits_are_kept(message: Message) -> None:
    told = slack_message(message)
    assert isinstance(told["attachments"], list)
    for block in told["attachments"][0]["blocks"]:
        assert len(block.get("fields", [])) <= 10
        for field in block.get("fields", []):
            assert len(field["text"]) <= 2000
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        elif "text" in block:
            assert len(block["text"]["text"]) <= 3000


def test_nobody_is_mentioned_by_what_a_caller_calls_himself() -> None:
    told = slack_message(BAD)
    for block in told["attachments"][0]["blocks"]:  # type: ignore[index]
        if block["type"] == "section":
            assert "<!channel>" not in dumps_text(block)
    assert "<!channel>" not in str(told["text"])


def test_an_email_has_text_and_html_of_the_same() -> None:
    mail = parsed(MESSAGE)
    assert mail["Subject"] == "Firing: Errors: user = ada"
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        content = body.get_content()
        for part in ("12.5 %", "▁█", "gpt-4o", "$1.00", "gw.example/requests"):
            assert part in content


def test_an_email_that_is_sent_again_is_the_same_one_and_an_incident_is_one_conversation() -> None:
    first, again = parsed(MESSAGE), parsed(MESSAGE)
    resolved = parsed(replace(MESSAGE, id="other", kind="alert.resolved"))
    assert first["Message-ID"] == again["Message-ID"]
    assert first["Message-ID"] != resolved["Message-ID"]
    assert first["References"] == resolved["References"]


def test_no_header_and_no_markup_comes_from_what_a_caller_chose() -> None:
    mail = parsed(BAD)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    html = mail.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


def test_pagerduty_gets_one_key_for_an_incident() -> None:
    trigger, resolve = trigger_event(MESSAGE, "R0UT1NG"), resolve_event(replace(MESSAGE, id="other"), "R0UT1NG")
    assert trigger["dedup_key"] == resolve["dedup_key"] == "default-errors-1"
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["payload"]["severity"] == "critical"  # type: ignore[index]
    assert trigger["links"] == [{"href": MESSAGE.link, "text": "The requests"}]
    assert len(trigger_event(LONG, "R0UT1NG")["payload"]["summary"]) == 1024  # type: ignore[index]
    assert "links" not in trigger_event(replace(MESSAGE, link=None), "R0UT1NG")
    assert dumps(trigger)


@pytest.mark.parametrize("url", ["", "mail.example.com", "https://mail.example.com", "smtp://"])
def test_a_mail_server_is_given_as_an_smtp_url(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://"):
        SmtpNotifier(url, "gw@example.com")
