"""Alerts over a demo load: two rules fire, reach a mail server and a webhook, and are over; the dashboard tells it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

from tests.e2e.running import Gateway
from tests.integration.alerts.receiver import Receiver, receiving

PATIENCE = 300
"""Seconds, for rules that are evaluated each minute."""
RULE = {"window": 60, "clear_for": 0, "destinations": ["mail", "hook"]}
RULES: Mapping[str, Mapping[str, object]] = {
    "cost": {**RULE, "name": "Spend", "metric": "spend", "threshold": "0.0001"},
    "errors": {**RULE, "name": "Errors", "metric": "error_rate", "threshold": 1, "severity": "critical"},
}


class Inbox:
    """What a mail server on this machine gets."""

    def __init__(self) -> None:
        self.mails: asyncio.Queue[EmailMessage] = asyncio.Queue()
        self.port = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.put_nowait(mail)
        return "250 OK"

    async def subjects(self, count: int) -> dict[str, EmailMessage]:
        mails = [await self.mails.get() for _ in range(count)]
        return {str(mail["Subject"]): mail for mail in mails}


@asynccontextmanager
async def mailing() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    inbox.port = server.sockets[0].getsockname()[1]
    async with server:
        yield inbox


async def titles(receiver: Receiver, secret: str, count: int) -> dict[str, Any]:
    """What came, by its title, each with a signature that the reference implementation takes."""
    calls = [await receiver.arrivals.get() for _ in range(count)]
    told = [Webhook(secret).verify(call.body, call.headers) for call in calls]
    return {one["title"]: one for one in told}


async def put(api: httpx.AsyncClient, path: str, fields: Mapping[str, object]) -> Any:
    answer = await api.put(f"/api/v1/alerts/{path}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def under_load(gateway: Gateway, happened: asyncio.Future[Any]) -> None:
    """The demo, again and again, until it happened: however late a run of the alerts is, there is something to see."""
    while not happened.done():
        demo = await asyncio.to_thread(gateway.command, "demo", "--url", gateway.url, "-n", "40")
        assert demo.returncode == 0, demo.stderr
        await asyncio.wait({happened}, timeout=20)


async def all_told(api: httpx.AsyncClient) -> Any:
    """The history once it says of every message that it arrived, which is written down after it did."""
    while True:
        history = (await api.get("/api/v1/alerts/history")).json()
        if not any(entry["waiting"] for entry in history):
            return history


async def test_rules_fire_over_the_demo_reach_mail_and_webhook_and_are_over(tmp_path: Path) -> None:
    async with mailing() as inbox, receiving() as receiver, asyncio.timeout(PATIENCE):
        environment = {
            "AI_GATEWAY_SMTP_URL": f"smtp://127.0.0.1:{inbox.port}",
            "AI_GATEWAY_ALLOW_PRIVATE_WEBHOOKS": "true",
        }
        with Gateway(tmp_path, environment) as gateway:
            authorized = {"authorization": f"Bearer {gateway.key}"}
            async with httpx.AsyncClient(base_url=gateway.url, headers=authorized) as api:
                await put(api, "destinations/mail", {"name": "Mail", "kind": "email", "to": "ops@example.com"})
                hook = await put(api, "destinations/hook", {"name": "Hook", "kind": "webhook", "url": receiver.url})
                for name, fields in RULES.items():
                    await put(api, f"rules/{name}", fields)

                firing = asyncio.ensure_future(inbox.subjects(2))
                await under_load(gateway, firing)
                mails, calls = firing.result(), await titles(receiver, hook["signing_secret"], 2)
                assert mails.keys() == calls.keys() == {"Firing: Spend", "Firing: Errors"}
                spend = calls["Firing: Spend"]
                assert float(spend["data"]["value"]) >= 0.0001
                told, page = mails["Firing: Errors"].get_body(("plain",)), mails["Firing: Errors"].get_body(("html",))
                assert told is not None
                assert page is not None
                for said in (calls["Firing: Errors"]["text"], "Severity"):
                    assert said in told.get_content()
                    assert said in page.get_content()
                assert spend["link"].startswith(f"{gateway.url}/requests?since=")
                assert 'id="r-' in (await api.get(spend["link"])).text, "the link shows requests"

                mails, calls = await inbox.subjects(2), await titles(receiver, hook["signing_secret"], 2)
                assert mails.keys() == calls.keys() == {"Resolved: Spend", "Resolved: Errors"}
                assert calls["Resolved: Spend"]["incident"] == spend["incident"]

                history = await all_told(api)
                assert sorted((one["subject"], one["happening"]) for one in history) == [
                    ("cost", "firing"),
                    ("cost", "resolved"),
                    ("errors", "firing"),
                    ("errors", "resolved"),
                ]
                assert {(told["destination"], told["error"]) for one in history for told in one["told"]} == {
                    ("mail", None),
                    ("hook", None),
                }
                shown = (await api.get("/alerts/history")).text
                assert shown.count("Told after 1 try") == 8
                assert receiver.arrivals.empty()
                assert inbox.mails.empty()
