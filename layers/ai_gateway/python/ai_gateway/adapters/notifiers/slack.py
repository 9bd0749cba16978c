"""Slack, by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ai_gateway.adapters.notifiers.posting import Posting
from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message, Table
from ai_gateway.core.wire import JsonObject, dumps

LONGEST_HEADER, LONGEST_TEXT, LONGEST_FIELD, MOST_FIELDS = 150, 3000, 2000, 10
"""https://docs.slack.dev/reference/block-kit/blocks"""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
COLORS: Mapping[str, str] = {"critical": "#b42318", "warning": "#dc6803", "info": "#475467", "resolved": "#067647"}


class SlackNotifier:
    """The secret's `url` is the webhook's."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:  # noqa: ARG002
        await self._posting.post(secret["url"], dumps(slack_message(message)))


def slack_message(message: Message) -> JsonObject:
    """Texts that callers of the gateway chose, such as user ids, cannot mention anybody or look like links."""
    color = COLORS["resolved" if message.kind == "alert.resolved" else message.severity]
    return {
        "text": _escaped(message.title, LONGEST_TEXT),
        "attachments": [{"color": color, "fallback": message.title, "blocks": list(_blocks(message))}],
    }


def _blocks(message: Message) -> Iterator[JsonObject]:
    yield {"type": "header", "text": {"type": "plain_text", "text": _cut(message.title, LONGEST_HEADER)}}
    yield _section(_escaped(message.text, LONGEST_TEXT))
    for facts in _tens(message.facts):
        fields = [f"*{_escaped(label, 200)}*\n{_escaped(value, LONGEST_FIELD - 300)}" for label, value in facts]
        yield {"type": "section", "fields": [{"type": "mrkdwn", "text": field} for field in fields]}
    if message.trend.strip():
        yield _section(f"```{message.trend}```")
    for table in message.tables:
        title = _escaped(table.title, 200)
        yield _section(f"*{title}*\n```{_escaped(_aligned(table), LONGEST_TEXT - 300)}```")
    if message.link is not None:
        yield _section(f"<{_escaped(message.link, LONGEST_TEXT - 100)}|See the requests>")


def _section(text: str) -> JsonObject:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _aligned(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(*table.rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table.rows)
    return "\n".join(line.rstrip() for line in lines)


def _tens(facts: Sequence[tuple[str, str]]) -> Iterable[Sequence[tuple[str, str]]]:
    return (facts[start : start + MOST_FIELDS] for start in range(0, len(facts), MOST_FIELDS))


def _escaped(text: str, longest: int) -> str:
    """At most so long, with every entity whole."""
    found, size = list[str](), 0
    for sign in text:
        piece = _ENTITIES.get(sign, sign)
        size += len(piece)
        if size >= longest:
            return f"{''.join(found)}…"
        found.append(piece)
    return "".join(found)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
