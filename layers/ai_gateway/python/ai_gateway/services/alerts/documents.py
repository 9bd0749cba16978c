"""All that is set up of alerts as one document, which people keep in a file: rules, reports, destinations, webhooks.

A document holds definitions by section and id, as the API takes them, and no secrets.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ai_gateway.core.alerts.destinations import KINDS, Destination, check_secret, destination_fields
from ai_gateway.core.alerts.reports import Report, read_report, report_fields
from ai_gateway.core.alerts.rules import Rule, read_rule, rule_fields
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.webhooks import RequestWebhook, webhook_fields
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.alerts.desk import Desk, Overview
from ai_gateway.services.alerts.places import Places

Definition: TypeAlias = Destination | Rule | Report | RequestWebhook
Definitions: TypeAlias = Mapping[str, Mapping[str, JsonObject]]
Secrets: TypeAlias = Callable[[str], str | None]
"""The secret for a destination or a webhook of this id, if whoever pushes has one."""

SECTIONS = ("destinations", "rules", "reports", "webhooks")
"""In the order in which they can be set up; removed backwards."""


@dataclass(frozen=True, slots=True)
class Step:
    """One definition to be set up, or, without `definition`, removed. `new` is what was not there."""

    section: str
    id: str
    definition: Definition | None
    fields: JsonObject
    secret: str | None = None
    new: bool = False

    def __str__(self) -> str:
        done = "removed" if self.definition is None else "created" if self.new else "changed"
        return f"{self.section}/{self.id}: {done}"


@dataclass(frozen=True, slots=True)
class Documents:
    desk: Desk
    places: Places

    async def pull(self, organization: str) -> Definitions:
        return _stored(await self.desk.overview(organization))

    async def plan(self, organization: str, wanted: Definitions, secret: Secrets, *, prune: bool) -> list[Step]:
        """What makes the stored definitions those of the document; with `prune`, what it does not name goes. Raises
        InvalidRequest for a definition that cannot be, before anything is changed.
        """
        stored = _stored(await self.desk.overview(organization))
        steps = [
            step
            for section in SECTIONS
            for name, fields in wanted.get(section, {}).items()
            if (step := self._step(section, {**fields, "id": name}, organization, stored[section].get(name), secret))
        ]
        gone = [
            Step(section, name, None, fields)
            for section in reversed(SECTIONS)
            for name, fields in sorted(stored[section].items())
            if prune and name not in wanted.get(section, {})
        ]
        _check_destinations(wanted, {**({} if prune else stored["destinations"]), **wanted.get("destinations", {})})
        return steps + gone

    async def apply(self, organization: str, steps: Sequence[Step]) -> list[str]:
        """What was done, a line for each."""
        return [await self._apply(organization, step) for step in steps]

    def _step(
        self, section: str, fields: JsonObject, organization: str, before: JsonObject | None, secret: Secrets
    ) -> Step | None:
        """None when it is there already, and no new secret either."""
        name = str(fields["id"])
        wanted = self._read(section, fields, organization)
        given = secret(name) if isinstance(wanted, Destination | RequestWebhook) else None
        if before is not None and given is None and wanted == self._read(section, {**before, "id": name}, organization):
            return None
        if isinstance(wanted, Destination):
            if given is not None:
                check_secret(wanted.kind, given)
            elif _needs_secret(wanted, before):
                raise InvalidRequest(f"The destination {name!r} needs its {KINDS[wanted.kind].secret}.", param=name)
        return Step(section, name, wanted, fields, given, new=before is None)

    def _read(self, section: str, fields: JsonObject, organization: str) -> Definition:
        match section:
            case "destinations":
                return self.places.read_destination(fields, organization)
            case "webhooks":
                return self.places.read_webhook(fields, organization)
            case "rules":
                return read_rule(fields, organization)
            case _:
                return read_report(fields, organization)

    async def _apply(self, organization: str, step: Step) -> str:
        made = None
        match step.definition:
            case Destination():
                _, made = await self.places.put_destination(organization, step.fields, step.secret)
            case RequestWebhook():
                _, made = await self.places.put_webhook(organization, step.fields, step.secret)
            case Rule():
                await self.desk.put_rule(organization, step.fields)
            case Report():
                await self.desk.put_report(organization, step.fields)
            case None:
                await self._remove(organization, step)
        return f"{step}; it signs with {made}, which is not shown again" if made else str(step)

    async def _remove(self, organization: str, step: Step) -> None:
        match step.section:
            case "destinations":
                await self.places.remove_destination(organization, step.id)
            case "webhooks":
                await self.places.remove_webhook(organization, step.id)
            case "rules":
                await self.desk.remove_rule(organization, step.id)
            case _:
                await self.desk.remove_report(organization, step.id)


def _stored(overview: Overview) -> Mapping[str, Mapping[str, JsonObject]]:
    return {
        "destinations": {one.id: _unnamed(destination_fields(one)) for one in overview.destinations},
        "rules": {one.id: _unnamed(rule_fields(one)) for one in overview.rules},
        "reports": {one.id: _unnamed(report_fields(one)) for one in overview.reports},
        "webhooks": {one.id: _unnamed(webhook_fields(one)) for one in overview.webhooks},
    }


def _unnamed(fields: JsonObject) -> JsonObject:
    return {name: value for name, value in fields.items() if name != "id"}


def _needs_secret(wanted: Destination, before: JsonObject | None) -> bool:
    """A webhook's is made where there is none."""
    known = before is not None and before["kind"] == wanted.kind
    return KINDS[wanted.kind].secret is not None and wanted.kind != "webhook" and not known


def _check_destinations(wanted: Definitions, there: Mapping[str, JsonObject]) -> None:
    for section in ("rules", "reports"):
        for name, fields in wanted.get(section, {}).items():
            named = fields.get("destinations")
            for destination in named if isinstance(named, list) else []:
                if destination not in there:
                    raise InvalidRequest(f"{section}/{name}: there is no destination {destination!r}.", param=name)
                if section == "reports" and there[destination].get("kind") == "pagerduty":
                    raise InvalidRequest(f"{section}/{name}: PagerDuty takes alerts, not reports.", param=name)
