"""Where notices and reports go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from ai_gateway.core.alerts.fields import Fields
from ai_gateway.core.wire import Json, JsonObject

DestinationKind: TypeAlias = Literal["slack", "email", "webhook", "sns", "pagerduty"]
DestinationSecret: TypeAlias = Mapping[str, str]


_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kind:
    """`settings` are the fields beside id and name, `secret` the one that stands in Secrets Manager, if any."""

    settings: tuple[str, ...] = ()
    secret: str | None = None


KINDS: Mapping[DestinationKind, Kind] = {
    "slack": Kind(secret="url"),  # noqa: S106  the name of the field
    "email": Kind(settings=("to",)),
    "webhook": Kind(settings=("url",), secret="signing_secret"),  # noqa: S106
    "sns": Kind(settings=("topic_arn",)),
    "pagerduty": Kind(secret="routing_key"),  # noqa: S106
}


@dataclass(frozen=True, slots=True)
class Destination:
    """`settings`: `to` (addresses, comma separated) of email, `url` of a webhook, `topic_arn` of SNS."""

    id: str
    name: str
    kind: DestinationKind
    organization: str = "default"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def secret_name(self) -> str:
        """Its secret's name in the secret store."""
        return f"alerts/{self.organization}/{self.id}"


def read_destination(source: Json, organization: str) -> Destination:
    """Raises InvalidRequest, which names the field. No secret is among the fields: `check_secret` is for that."""
    fields = Fields(source, "The destination")
    kind = fields.choice("kind", get_args(DestinationKind))
    settings = {name: fields.needed_text(name, most=2000) for name in KINDS[kind].settings}
    destination = Destination(fields.id(), fields.needed_text("name"), kind, organization, settings)
    match kind:
        case "webhook":
            check_url(fields, "url", settings["url"])
        case "email":
            _check_addresses(fields, settings["to"])
        case "sns" if not _TOPIC.fullmatch(settings["topic_arn"]):
            raise fields.refused("topic_arn", f"is {settings['topic_arn']!r}, which is no ARN of a topic")
    fields.end()
    return destination


def destination_fields(destination: Destination) -> JsonObject:
    return {"id": destination.id, "name": destination.name, "kind": destination.kind, **destination.settings}


def check_secret(kind: DestinationKind, value: str) -> DestinationSecret:
    """What the secret store keeps. Raises InvalidRequest, whose message does not show the value."""
    name = KINDS[kind].secret
    fields = Fields({}, f"The secret of a {kind} destination")
    if name is None:
        raise fields.refused("secret", "is not used: it has none")
    if not value.isascii() or not value.isprintable() or " " in value or not 8 <= len(value) <= 2000:
        raise fields.refused(name, "must be 8 characters or more, without spaces")
    if kind == "slack":
        check_url(fields, name, value)
    return {name: value}


def host_of(destination: Destination) -> str:
    """The host that a webhook's secret is meant for; empty where the secret goes to one fixed host."""
    return urlsplit(destination.settings.get("url", "")).netloc


def check_url(fields: Fields, name: str, url: str) -> None:
    """Only its form: where it leads is looked at when a connection is made."""
    try:
        parts = urlsplit(url)
        host, port = str(parts.hostname or "").encode("idna"), parts.port
    except ValueError as error:
        raise fields.refused(name, "is no URL") from error
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.fragment or port == 0:
        raise fields.refused(name, "must be a plain http or https URL, without a user in it")
    if not url.isascii() or " " in url:
        raise fields.refused(name, "must be written as it is sent: without spaces, other letters as %C3%A4 and xn--")


def _check_addresses(fields: Fields, text: str) -> None:
    addresses = [address.strip() for address in text.split(",")]
    if len(addresses) > 20 or not all(_is_address(address) for address in addresses):
        raise fields.refused("to", "must be up to 20 e-mail addresses with commas between them")


def _is_address(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(at and name and "." in host.strip(".")) and not any(sign in text for sign in " <>;\"'()")
