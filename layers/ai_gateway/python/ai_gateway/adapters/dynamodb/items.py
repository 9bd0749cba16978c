"""The shape of every item in the table, and the only place that knows it.

| what | pk | sk |
|---|---|---|
| request | `REQ#{organization}#{hour}#{shard}` | `{started in ms}#{id}` |
| its bodies | `BODY#{organization}#{id}` | `{started in ms}#{part}` |
| gateway key | `KEY#{sha256}` | `KEY` |
| gateway keys by id | `KEYS` | `{key id}` |
| configuration | `CONFIG` | `{kind}#{name}` |
| prompt | `PROMPTS#{organization}` | `{prompt id}` |
| its versions | `PROMPT#{organization}#{prompt id}` | `VERSION#{major}.{minor}` |
| their bodies | `PROMPT#{organization}#{prompt id}` | `BODY#{major}.{minor}` |
| its draft | `PROMPT#{organization}#{prompt id}` | `DRAFT` |
| moves of its environments | `PROMPT#{organization}#{prompt id}` | `MOVE#{revision}#{part}` |
| versions by id | `PROMPTVERSIONS#{organization}` | `{version id}` |
| alert rules, destinations, reports, snoozes | `ALERTS` | `{kind}#{organization}#{id}` |
| request webhooks | `WEBHOOKS` | `webhook#{organization}#{id}` |
| states of alerts | `ALERTSTATE#{organization}` | `STATE#{rule}#{hash of the group}` |
| reports that were sent | `ALERTSTATE#{organization}` | `REPORT#{report}` |
| history of alerts | `ALERTLOG#{organization}` | `{at in ms}#{rule}#{hash of the group}#{what}` |
| who was told | `ALERTLOG#{organization}` | the entry's, and `#TOLD#{destination}` |
| messages to be sent | `ALERTQUEUE` | the entry's, and `#{organization}#{destination}` |

Requests are spread over hours and, within an hour, over shards, so that no partition takes all writes of a busy
organisation. Bodies are compressed and stand apart, so that lists read only what they show; one over 350 KB is split,
since an item holds at most 400 KB. `expires_at` is the table's time to live, in Unix seconds.
"""

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from zlib import crc32

from ai_gateway.core.alerts.messages import group_hash
from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.additions import ProviderSetting
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.prompts.versions import Number
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.core.wire import JsonObject, dumps, loads, objects, parse_object

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]
    Key = dict[str, AttributeValueTypeDef]

CONFIGURATION = "CONFIG"
KEYS = "KEYS"
ALERTS = "ALERTS"
WEBHOOKS = "WEBHOOKS"
ALERT_QUEUE = "ALERTQUEUE"
STATES = "STATE#"
SENT_REPORTS = "REPORT#"
TOLD = "#TOLD#"
VERSIONS = "VERSION#"
MOVES = "MOVE#"
SHARDS = 8
PART = 350_000
LONGEST_TEXT = 4_000
MOST_PROPERTIES = 50
MOST_ATTEMPTS = 100


def request_items(record: RequestRecord, retention: timedelta | None) -> list["Item"]:
    """The summary, then the parts of the bodies; the first part is there even without bodies, to be found by id."""
    expires = expiry(record.started, retention)
    pk, sk = request_key(record)
    items: list[Item] = [{"pk": {"S": pk}, "sk": {"S": sk}, "data": {"B": dumps(_summary(record))}, **expires}]
    blob = gzip.compress(_joined(record.request, record.response), compresslevel=1)
    body_pk = f"BODY#{record.organization}#{record.id}"
    for part, start in enumerate(range(0, len(blob), PART)):
        data = blob[start : start + PART]
        sk_part = f"{_ms(record)}#{part:03d}"
        items.append(
            {"pk": {"S": body_pk}, "sk": {"S": sk_part}, "data": {"B": data}, "of": {"S": f"{pk}|{sk}"}, **expires}
        )
    return items


def request_key(record: RequestRecord) -> tuple[str, str]:
    hour = _hour(int(record.started // 3600))
    shard = crc32(record.id.encode()) % SHARDS
    return f"REQ#{record.organization}#{hour}#{shard}", f"{_ms(record)}#{record.id}"


@lru_cache(maxsize=8)
def _hour(hours: int) -> str:
    return datetime.fromtimestamp(hours * 3600, UTC).strftime("%Y%m%d%H")


def request_partitions(organization: str, newest: datetime, oldest: datetime) -> Iterator[tuple[str, ...]]:
    """The partitions of each hour, the newest hour first."""
    hour = newest.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while hour + timedelta(hours=1) > oldest:
        stamp = hour.strftime("%Y%m%d%H")
        yield tuple(f"REQ#{organization}#{stamp}#{shard}" for shard in range(SHARDS))
        hour -= timedelta(hours=1)


def body_partition(organization: str, request_id: str) -> str:
    return f"BODY#{organization}#{request_id}"


def read_request(item: "Item", bodies: Iterable["Item"] = ()) -> RequestRecord:
    """The record of a summary item, with its bodies when their items are given in order."""
    fields = parse_object(_binary(item)) or {}
    attempts = tuple(AttemptRecord(**attempt) for attempt in objects(fields, "attempts"))  # type: ignore[arg-type]
    request, response = read_bodies(bodies)
    known = {**fields, "attempts": attempts, "dropped": tuple(cast("list[str]", fields.get("dropped") or []))}
    return RequestRecord(**{**known, "request": request, "response": response})  # type: ignore[arg-type]


def read_bodies(items: Iterable["Item"]) -> tuple[bytes | None, bytes | None]:
    blob = b"".join(_binary(item) for item in items)
    if not blob:
        return None, None
    head, _, data = gzip.decompress(blob).partition(b"\n")
    size, response_size = cast("tuple[int | None, int | None]", loads(head))
    request = None if size is None else data[:size]
    return request, None if response_size is None else data[size or 0 :]


def key_items(key_hash: str, caller: Caller, created: float) -> list["Item"]:
    fields: JsonObject = {**asdict(caller), "created": created}
    return [
        {**caller_key(key_hash), "data": {"B": dumps(fields)}},
        {"pk": {"S": KEYS}, "sk": {"S": caller.key_id}, "data": {"B": dumps({**fields, "hash": key_hash})}},
    ]


def caller_key(key_hash: str) -> dict[str, "AttributeValueTypeDef"]:
    return {"pk": {"S": f"KEY#{key_hash}"}, "sk": {"S": "KEY"}}


def read_caller(item: "Item") -> Caller:
    fields = parse_object(_binary(item)) or {}
    return Caller(str(fields["key_id"]), str(fields["name"]), str(fields["organization"]))


def read_key(item: "Item") -> JsonObject:
    return parse_object(_binary(item)) or {}


def addition_key(kind: str, name: str) -> dict[str, "AttributeValueTypeDef"]:
    return {"pk": {"S": CONFIGURATION}, "sk": {"S": f"{kind}#{name}"}}


def addition_item(addition: Deployment | ProviderSetting, fields: JsonObject) -> "Item":
    if isinstance(addition, Deployment):
        return {**addition_key("deployment", addition.id), "data": {"B": dumps(fields)}}
    return {**addition_key("provider", addition.name), "data": {"B": dumps(fields)}}


def read_addition(item: "Item") -> tuple[str, JsonObject]:
    """Its kind and its fields."""
    return item["sk"]["S"].partition("#")[0], parse_object(_binary(item)) or {}


def prompts_partition(organization: str) -> str:
    return f"PROMPTS#{organization}"


def prompt_key(organization: str, prompt_id: str) -> "Key":
    return _key(prompts_partition(organization), prompt_id)


def prompt_partition(organization: str, prompt_id: str) -> str:
    return f"PROMPT#{organization}#{prompt_id}"


def version_key(organization: str, prompt_id: str, number: Number) -> "Key":
    return _key(prompt_partition(organization, prompt_id), f"{VERSIONS}{_sortable(number)}")


def version_body_key(organization: str, prompt_id: str, number: Number) -> "Key":
    return _key(prompt_partition(organization, prompt_id), f"BODY#{_sortable(number)}")


def draft_key(organization: str, prompt_id: str) -> "Key":
    return _key(prompt_partition(organization, prompt_id), "DRAFT")


def move_key(organization: str, prompt_id: str, revision: int, part: int) -> "Key":
    return _key(prompt_partition(organization, prompt_id), f"{MOVES}{revision:09d}#{part:03d}")


def version_id_key(organization: str, version_id: str) -> "Key":
    return _key(f"PROMPTVERSIONS#{organization}", version_id)


def definition_key(kind: str, organization: str, name: str) -> "Key":
    """Webhooks stand apart, for the gateway, which asks for them and for nothing else."""
    return _key(WEBHOOKS if kind == "webhook" else ALERTS, f"{kind}#{organization}#{name}")


def alert_states_partition(organization: str) -> str:
    return f"ALERTSTATE#{organization}"


def alert_state_key(organization: str, rule: str, group: str) -> "Key":
    return _key(alert_states_partition(organization), f"{STATES}{rule}#{group_hash(group)}")


def sent_report_key(organization: str, report: str) -> "Key":
    return _key(alert_states_partition(organization), f"{SENT_REPORTS}{report}")


def alert_log_partition(organization: str) -> str:
    return f"ALERTLOG#{organization}"


def alert_entry_key(organization: str, entry: str) -> "Key":
    return _key(alert_log_partition(organization), entry)


def told_key(organization: str, entry: str, destination: str) -> "Key":
    return _key(alert_log_partition(organization), f"{entry}{TOLD}{destination}")


def moment_key(moment: float) -> str:
    """What is from before the moment sorts before this, where sort keys start with milliseconds."""
    return f"{int(moment * 1000):013d}"


def delivery_key(delivery: str) -> "Key":
    return _key(ALERT_QUEUE, delivery)


def _sortable(number: Number) -> str:
    return f"{number.major:06d}.{number.minor:06d}"


def _key(pk: str, sk: str) -> "Key":
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _binary(item: "Item") -> bytes:
    return item["data"].get("B", b"")


def _joined(request: bytes | None, response: bytes | None) -> bytes:
    head = dumps([None if body is None else len(body) for body in (request, response)])
    return b"".join((head, b"\n", request or b"", response or b""))


def _ms(record: RequestRecord) -> str:
    return f"{int(record.started * 1000):013d}"


def expiry(started: float, retention: timedelta | None) -> "Item":
    if retention is None:
        return {}
    return {"expires_at": {"N": str(int(started + retention.total_seconds()))}}


def _summary(record: RequestRecord) -> JsonObject:
    """A record without its bodies, and with what callers and providers choose the length of bounded, so that it always
    fits an item.
    """
    summary: JsonObject = {name: getattr(record, name) for name in _SUMMARY}
    for name in _CHOSEN:
        value = summary[name]
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            summary[name] = value[:LONGEST_TEXT]
    if record.properties:
        properties = list(record.properties.items())[:MOST_PROPERTIES]
        summary["properties"] = {key[:200]: value[:1000] for key, value in properties}
    summary["attempts"] = [_attempt(attempt) for attempt in record.attempts[:MOST_ATTEMPTS]]
    return summary


def _attempt(attempt: AttemptRecord) -> AttemptRecord:
    if attempt.error is None or len(attempt.error) <= LONGEST_TEXT:
        return attempt
    return replace(attempt, error=attempt.error[:LONGEST_TEXT])


_SUMMARY = tuple(field.name for field in fields(RequestRecord) if field.name not in ("request", "response"))
_CHOSEN = ("error", "user", "session_id", "session_name", "session_path", "model_asked")
