"""Messages on their way: to receivers that work, fail, hang and redirect."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import boto3
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from standardwebhooks import Webhook

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.clock import SystemClock
from ai_gateway.adapters.notifiers.mail import SesNotifier, SmtpNotifier
from ai_gateway.adapters.notifiers.pagerduty import PagerDutyNotifier
from ai_gateway.adapters.notifiers.posting import Posting
from ai_gateway.adapters.notifiers.slack import SlackNotifier
from ai_gateway.adapters.notifiers.sns import SnsNotifier
from ai_gateway.adapters.notifiers.webhook import WebhookNotifier
from ai_gateway.core.alerts.destinations import Destination
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.signatures import new_secret
from ai_gateway.ports.alerts import DeliveryFailed
from ai_gateway.runtime.storage import free_port
from tests.integration.alerts.receiver import DRIP, REDIRECT, Receiver, answer, receiving
from tests.unit.adapters.test_messages import MESSAGE

SECRET = new_secret(b"0123456789abcdef01234567")
MAIL = Destination("mail", "Mail", "email", settings={"to": "ops@example.com, dev@example.com"})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
def posting() -> Posting:
    return Posting(Reach(private=True))


async def hook(posting: Posting, receiver: Receiver, message: Message = MESSAGE) -> None:
    destination = Destination("hook", "Hook", "webhook", settings={"url": receiver.url})
    await WebhookNotifier(posting, SystemClock()).notify(message, destination, {"signing_secret": SECRET})


async def test_a_webhook_gets_json_with_a_signature_that_the_reference_takes(
    posting: Posting, receiver: Receiver
) -> None:
    await hook(posting, receiver)
    (got,) = receiver.received
    assert got.line == "POST /in HTTP/1.1"
    assert Webhook(SECRET).verify(got.body, got.headers)["type"] == "alert.firing"
    assert json.loads(got.body)["data"] == {"value": 12.5}
    assert got.headers["webhook-id"] == MESSAGE.id


@pytest.mark.parametrize(
    ("said", "lasting"), [(500, False), (503, False), (429, False), (401, False), (404, True), (410, True), (400, True)]
)
async def test_an_error_is_a_failure_with_the_receivers_words(
    posting: Posting, receiver: Receiver, said: int, lasting: bool
) -> None:
    receiver.answers = [answer(said, "no\n\x00thanks")]
    with pytest.raises(DeliveryFailed, match=f"{said}: no thanks") as failed:
        await hook(posting, receiver)
    assert failed.value.lasting is lasting


async def test_a_long_answer_is_not_read_to_its_end(posting: Posting, receiver: Receiver) -> None:
    receiver.answers = [answer(500, "x" * 5_000_000)]
    with pytest.raises(DeliveryFailed) as failed:
        await hook(posting, receiver)
    assert len(str(failed.value)) < 400


async def test_a_redirect_is_not_followed(posting: Posting, receiver: Receiver) -> None:
    receiver.answers = [REDIRECT]
    with pytest.raises(DeliveryFailed, match="redirects are not followed"):
        await hook(posting, receiver)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("said", [None, DRIP], ids=["not at all", "bit by bit"])
async def test_a_receiver_that_does_not_come_to_an_end_is_left(said: bytes | None, receiver: Receiver) -> None:
    receiver.answers = [said]
    with pytest.raises(DeliveryFailed, match=r"No answer in 0\.2 seconds"):
        await hook(Posting(Reach(private=True), longest=0.2), receiver)
    async with asyncio.timeout(5):
        await receiver.left.wait()


async def test_a_connection_that_is_dropped_is_a_failure(posting: Posting, receiver: Receiver) -> None:
    receiver.answers = [b""]
    with pytest.raises(DeliveryFailed):
        await hook(posting, receiver)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_a_private_address_is_not_called_under_any_name(host: str, receiver: Receiver) -> None:
    posting = Posting(Reach(setting="AI_GATEWAY_ALLOW_PRIVATE_WEBHOOKS"))
    with pytest.raises(DeliveryFailed) as failed:
        await posting.post(f"http://{host}:{receiver.port}/secret", b"{}")
    assert receiver.received == []
    assert "secret" not in str(failed.value)


async def test_the_metadata_service_is_not_called_even_where_private_addresses_are(posting: Posting) -> None:
    with pytest.raises(DeliveryFailed):
        await posting.post("http://169.254.169.254/latest/meta-data", b"{}")


async def test_a_secret_that_cannot_sign_is_a_failure(posting: Posting, receiver: Receiver) -> None:
    destination = Destination("hook", "Hook", "webhook", settings={"url": receiver.url})
    for secret in ("", "whsec_"):
        with pytest.raises(DeliveryFailed, match="cannot be signed"):
            await WebhookNotifier(posting, SystemClock()).notify(MESSAGE, destination, {"signing_secret": secret})
    assert receiver.received == []


async def test_slack_is_posted_to_the_secret_url(posting: Posting, receiver: Receiver) -> None:
    await SlackNotifier(posting).notify(MESSAGE, Destination("s", "S", "slack"), {"url": receiver.url})
    (got,) = receiver.received
    assert json.loads(got.body)["text"] == MESSAGE.title
    receiver.answers = [answer(404, "no_service")]
    with pytest.raises(DeliveryFailed) as failed:
        await SlackNotifier(posting).notify(MESSAGE, Destination("s", "S", "slack"), {"url": receiver.url})
    assert receiver.url not in str(failed.value)


@pytest.mark.parametrize(
    ("kind", "actions"),
    [
        ("alert.firing", ["trigger"]),
        ("alert.reminder", ["trigger"]),
        ("alert.resolved", ["resolve"]),
        ("test", ["trigger", "resolve"]),
    ],
)
async def test_pagerduty_gets_events(kind: Any, actions: list[str], posting: Posting, receiver: Receiver) -> None:
    notifier = PagerDutyNotifier(posting, receiver.url)
    await notifier.notify(replace(MESSAGE, kind=kind), Destination("p", "P", "pagerduty"), {"routing_key": "R0UT1NG"})
    events = [json.loads(got.body) for got in receiver.received]
    assert [event["event_action"] for event in events] == actions
    assert {event["routing_key"] for event in events} == {"R0UT1NG"}


async def test_pagerduty_takes_no_reports(posting: Posting, receiver: Receiver) -> None:
    report = replace(MESSAGE, kind="report")
    with pytest.raises(DeliveryFailed) as failed:
        await PagerDutyNotifier(posting, receiver.url).notify(
            report, Destination("p", "P", "pagerduty"), {"routing_key": "R"}
        )
    assert failed.value.lasting


class Inbox(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[bytes] = []
        self.refused: dict[str, str] = {}
        self.accounts: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "250 OK"

    def handle_message(self, message: object) -> None:
        raise NotImplementedError

    def authenticate(
        self, _server: object, _session: object, _envelope: object, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.accounts.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss", handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def smtp(inbox: Inbox) -> Iterator[Controller]:
    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), authenticator=inbox.authenticate, auth_require_tls=False
    )
    controller.start()
    yield controller
    controller.stop()


async def test_an_email_arrives_with_text_and_html(smtp: Controller, inbox: Inbox) -> None:
    await SmtpNotifier(f"smtp://127.0.0.1:{smtp.port}", "gw@example.com").notify(MESSAGE, MAIL, {})
    (raw,) = inbox.mails
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Subject"] == MESSAGE.title
    assert mail.get_content_type() == "multipart/alternative"
    assert "▁█" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_a_mail_server_gets_user_and_password(smtp: Controller, inbox: Inbox) -> None:
    await SmtpNotifier(f"smtp://ops:p%40ss@127.0.0.1:{smtp.port}", "gw@example.com").notify(MESSAGE, MAIL, {})
    assert inbox.accounts == [(b"ops", b"p@ss")]
    with pytest.raises(DeliveryFailed) as failed:
        await SmtpNotifier(f"smtp://ops:wrong@127.0.0.1:{smtp.port}", "gw@example.com").notify(MESSAGE, MAIL, {})
    assert "wrong" not in str(failed.value)


@pytest.mark.parametrize(("said", "lasting"), [("550 No such user", True), ("451 Try again", False)])
async def test_recipients_that_are_refused_are_a_failure(
    smtp: Controller, inbox: Inbox, said: str, lasting: bool
) -> None:
    inbox.refused = {"ops@example.com": said, "dev@example.com": said}
    with pytest.raises(DeliveryFailed) as failed:
        await SmtpNotifier(f"smtp://127.0.0.1:{smtp.port}", "gw@example.com").notify(MESSAGE, MAIL, {})
    assert failed.value.lasting is lasting


async def test_a_mail_server_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(DeliveryFailed, match="The mail server"):
        await SmtpNotifier(f"smtp://127.0.0.1:{free_port()}", "gw@example.com").notify(MESSAGE, MAIL, {})


def aws(emulator: str, service: str, region: str = "us-east-1") -> Any:
    session = boto3.Session("emulated", "emulated", region_name=region)
    return session.client(service, endpoint_url=emulator)  # type: ignore[call-overload]


async def test_ses_takes_the_email(emulator: str) -> None:
    ses = aws(emulator, "sesv2")
    ses.create_email_identity(EmailIdentity="gw@example.com")
    await SesNotifier(lambda: ses, "gw@example.com").notify(MESSAGE, MAIL, {})


async def test_a_topic_gets_text_for_people_and_json_for_programs(emulator: str) -> None:
    sns, sqs = aws(emulator, "sns"), aws(emulator, "sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    destination = Destination("sns", "SNS", "sns", settings={"topic_arn": topic})
    regions: list[str] = []

    def client_in(region: str) -> Any:
        regions.append(region)
        return sns

    await SnsNotifier(client_in).notify(replace(MESSAGE, title="Über\n" + "x" * 200), destination, {})
    (got,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"]
    envelope = json.loads(got["Body"])
    assert json.loads(envelope["Message"])["type"] == "alert.firing"
    assert envelope["Subject"].startswith("?ber x")
    assert regions == ["us-east-1"]


async def test_a_topic_that_is_not_there_is_a_failure(emulator: str) -> None:
    gone = Destination("sns", "SNS", "sns", settings={"topic_arn": "arn:aws:sns:us-east-1:000000000000:gone"})
    with pytest.raises(DeliveryFailed, match="SNS"):
        await SnsNotifier(lambda _: aws(emulator, "sns")).notify(MESSAGE, gone, {})
