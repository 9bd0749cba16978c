"""Electronic mail, as text and as HTML: by SES on AWS, by any SMTP server elsewhere."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message, Table
from ai_gateway.ports.alerts import DeliveryFailed

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

TIMEOUT = 8
"""Seconds for each step of a conversation with a mail server."""
LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
LONGEST_SUBJECT = 200


class SmtpNotifier:
    """`url` is `smtp://` or `smtps://`, with user and password where the server asks for them: those go only over an
    encrypted connection, or to this machine.
    """

    def __init__(self, url: str, sender: str) -> None:
        """Raises ValueError for another URL."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("The mail server must be given as smtp://host:port or smtps://user:password@host:port.")
        self._host = parts.hostname
        self._encrypted = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._encrypted else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:  # noqa: ARG002
        mail = email(message, self._sender, destination.settings["to"])
        try:
            await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            lasting = all(code >= 500 for code, _ in error.recipients.values())
            raise DeliveryFailed("The mail server refused the recipients.", lasting=lasting) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed(f"The mail server {self._host} failed: {_words(error)}") from error

    def _send(self, mail: EmailMessage) -> None:
        with self._connected() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(mail)

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._encrypted:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self._user and self._host not in LOOPBACK:
            server.close()
            raise smtplib.SMTPException("it offers no encryption, without which no password is sent")
        return server


class SesNotifier:
    """`sender` is an address that SES has verified; `make_client` is called when there is something to send."""

    def __init__(self, make_client: "Callable[[], SESV2Client]", sender: str) -> None:
        self._make_client = make_client
        self._sender = sender

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:  # noqa: ARG002
        from botocore.exceptions import BotoCoreError, ClientError

        addresses = _addresses(destination.settings["to"])
        mail = email(message, self._sender, destination.settings["to"])
        try:
            await asyncio.to_thread(
                self._make_client().send_email,
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": addresses},
                Content={"Raw": {"Data": mail.as_bytes()}},
            )
        except (BotoCoreError, ClientError) as error:
            raise DeliveryFailed(f"SES did not take it: {_words(error)}") from error


def email(message: Message, sender: str, to: str) -> EmailMessage:
    """A message that is sent again has the same Message-ID, by which mail systems drop it; those about one incident are
    one conversation.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(_addresses(to))
    mail["Subject"] = _one_line(message.title)[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at, UTC))
    mail["Message-ID"] = _name(message.id)
    if message.incident:
        mail["References"] = _name(message.incident)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(_text(message)))
    mail.add_alternative(_html(message), subtype="html")
    return mail


def _text(message: Message) -> Iterator[str]:
    yield message.title
    yield ""
    yield message.text
    yield ""
    yield from (f"{label}: {value}" for label, value in message.facts)
    if message.trend.strip():
        yield f"Trend: {message.trend}"
    for table in message.tables:
        yield f"\n{table.title}"
        yield from ("  ".join(row) for row in table.rows)
    if message.link is not None:
        yield f"\n{message.link}"


def _html(message: Message) -> str:
    """Without images, scripts and styles from elsewhere; whatever callers chose is escaped."""
    facts = "".join(_row(fact) for fact in message.facts)
    trend = f'<p style="font:20px monospace">{escape(message.trend)}</p>' if message.trend.strip() else ""
    tables = "".join(map(_table, message.tables))
    link = f'<p><a href="{escape(message.link)}">See the requests</a></p>' if message.link is not None else ""
    return (
        '<!doctype html><html><body style="font:15px sans-serif;color:#101828">'
        f"<h2>{escape(message.title)}</h2><p>{escape(message.text)}</p>"
        f'{trend}<table cellpadding="4">{facts}</table>{tables}{link}</body></html>\n'
    )


def _table(table: Table) -> str:
    return f'<h3>{escape(table.title)}</h3><table cellpadding="4">{"".join(map(_row, table.rows))}</table>'


def _row(cells: tuple[str, ...]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _addresses(to: str) -> list[str]:
    return [address.strip() for address in to.split(",")]


def _name(text: str) -> str:
    return f"<{sha256(text.encode()).hexdigest()[:32]}@ai-gateway>"


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _words(error: Exception) -> str:
    """A server's own words may name the user, and never the password."""
    return _one_line(str(error) or type(error).__name__)[:300]
