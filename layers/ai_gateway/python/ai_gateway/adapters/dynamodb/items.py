"""The shape of every item in the table, and the only place that knows it.

| what | pk | sk |
|---|---|---|
| request | `REQ#{organization}#{hour}#{shard}` | `{ended in ms}#{id}` |
| its bodies | `BODY#{organization}#{id}` | `{ended in ms}#{part}` |
| requests of a session | `SESSION#{organization}#{session}` in the index | `{ended in ms}#{id}` |
| rollup | `ROLLUP#{organization}#{grain}#{dimension}` | `{start in ms}` |
| how far rollups are | `ROLLUPS` | `{organization}` |
| hours to make anew | `REMAKE#{organization}` | `{start in ms}` |
| gateway key | `KEY#{sha256}` | `KEY` |
| gateway keys by id, but for those that are lent | `KEYS` | `{key id}` |
| sign-in to the console | `SIGNIN#{sha256}` | `SIGNIN` |
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

Requests are spread over the hours that they ended in and, within an hour, over shards, so that no partition takes all
writes of a busy organisation; keys in the order of their ends let a reader go on where it was. Bodies are compressed
and stand apart, so that lists read only what they show; one over 350 KB is split, since an item holds at most 400 KB.
`expires_at` is the table's time to live, in Unix seconds.
"""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from zlib import crc32

from ai_gateway.core.alerts.groups import group_hash
from ai_gateway.core.caller import Caller
from ai_gateway.core.catalog.additions import ProviderSetting
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.prompts.versions import Number
from ai_gateway.core.records import AttemptRecord, RequestRecord, Score
from ai_gateway.core.wire import JsonObject, dumps, loads, objects, parse_object

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]
    Key = dict[str, AttributeValueTypeDef]

INDEX = "gsi1"
"""The index by `gsi1pk` and `gsi1sk`; items without them are not in it."""
CONFIGURATION = "CONFIG"
ROLLUPS = "ROLLUPS"
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
HOUR = 3_600_000
PART = 350_000
LONGEST_TEXT = 4_000
LONGEST_SESSION = 400
MOST_PROPERTIES = 50
MOST_ATTEMPTS = 100


def request_items(record: RequestRecord, retention: timedelta | None) -> list["Item"]:
    """The summary, then the parts of the bodies; the first part is there even without bodies, to be found by id."""
    expires = expiry(record.started, retention)
    pk, sk = request_key(record)
    summary: Item = {"pk": {"S": pk}, "sk": {"S": sk}, "data": {"B": dumps(_summary(record))}, **expires}
    items: list[Item] = [{**summary, **_in_session(record, sk)}]
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
    hour = _hour(record.ended_ms // HOUR)
    shard = crc32(record.id.encode()) % SHARDS
    return f"REQ#{record.organization}#{hour}#{shard}", f"{_ms(record)}#{record.id}"


@lru_cache(maxsize=8)
def _hour(hours: int) -> str:
    return datetime.fromtimestamp(hours * 3600, UTC).strftime("%Y%m%d%H")


def request_partitions(organization: str, hour: int) -> list[str]:
    """The partitions of the hour that starts at `hour`, in Unix milliseconds."""
    stamp = _hour(hour // HOUR)
    return [f"REQ#{organization}#{stamp}#{shard}" for shard in range(SHARDS)]


def moment_key(moment: int) -> str:
    """What the sort keys of requests that ended at `moment` (Unix milliseconds) or later are not below."""
    return f"{moment:013d}"


def session_partition(organization: str, session_id: str) -> str:
    """Of the index, where a key holds 2,048 bytes: very long ids share a partition with those that start like them."""
    return f"SESSION#{organization}#{session_id[:LONGEST_SESSION]}"


def body_partition(organization: str, request_id: str) -> str:
    return f"BODY#{organization}#{request_id}"


def request_of_body(item: "Item") -> "Key":
    """The key of the summary that a part of the bodies belongs to."""
    pk, _, sk = item["of"]["S"].rpartition("|")
    return _key(pk, sk)


def item_key(item: "Item") -> "Key":
    return {"pk": item["pk"], "sk": item["sk"]}


def scores_value(scores: Mapping[str, Score]) -> "AttributeValueTypeDef":
    """The value of the attribute `scores`, which stands beside the summary, since it is changed alone."""
    return {"B": dumps(scores)}


def read_request(item: "Item", bodies: Iterable["Item"] = ()) -> RequestRecord:
    """The record of a summary item, with its bodies when their items are given in order. What a later version of the
    gateway added is left out: functions are not all updated, or rolled back, at the same moment.
    """
    told = _known(_IN_SUMMARY, parse_object(_binary(item)) or {})
    attempts = [AttemptRecord(**_known(_IN_ATTEMPT, attempt)) for attempt in objects(told, "attempts")]  # type: ignore[arg-type]
    told["attempts"] = tuple(attempts)
    told["dropped"] = tuple(cast("list[str]", told.get("dropped") or []))
    if "scores" in item:
        told["scores"] = loads(item["scores"].get("B", b"{}"))
    told["request"], told["response"] = read_bodies(bodies)
    return RequestRecord(**told)  # type: ignore[arg-type]


def ended_and_id(item: "Item") -> tuple[int, str]:
    """Of a summary: Unix milliseconds, and the request's id."""
    ended, _, request_id = item["sk"]["S"].partition("#")
    return int(ended), request_id


def _known(names: frozenset[str], found: JsonObject) -> JsonObject:
    return found if found.keys() <= names else {name: value for name, value in found.items() if name in names}


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


def lent_key_item(key_hash: str, caller: Caller, token_hash: str) -> "Item":
    ends: Item = {"expires_at": {"N": str(int(caller.expires))}} if caller.expires is not None else {}
    return {**caller_key(key_hash), "data": {"B": dumps(asdict(caller))}, "sign_in": {"S": token_hash}, **ends}


def caller_key(key_hash: str) -> dict[str, "AttributeValueTypeDef"]:
    return {"pk": {"S": f"KEY#{key_hash}"}, "sk": {"S": "KEY"}}


def sign_in_key(token_hash: str) -> "Key":
    return _key(f"SIGNIN#{token_hash}", "SIGNIN")


def read_caller(item: "Item") -> Caller:
    fields = parse_object(_binary(item)) or {}
    expires = fields.get("expires")
    return Caller(
        str(fields["key_id"]),
        str(fields["name"]),
        str(fields["organization"]),
        admin=fields.get("admin") is True,
        expires=expires if isinstance(expires, int | float) else None,
    )


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


def rollup_partition(organization: str, grain: str, dimension: str) -> str:
    return f"ROLLUP#{organization}#{grain}#{dimension}"


def rollup_key(organization: str, grain: str, dimension: str, start: int) -> "Key":
    return _key(rollup_partition(organization, grain, dimension), moment_key(start))


def progress_key(organization: str) -> "Key":
    return _key(ROLLUPS, organization)


def remake_partition(organization: str) -> str:
    return f"REMAKE#{organization}"


def remake_key(organization: str, hour: int) -> "Key":
    return _key(remake_partition(organization), moment_key(hour))


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


def delivery_key(delivery: str) -> "Key":
    return _key(ALERT_QUEUE, delivery)


def _in_session(record: RequestRecord, sk: str) -> "Item":
    if not record.session_id:
        return {}
    return {"gsi1pk": {"S": session_partition(record.organization, record.session_id)}, "gsi1sk": {"S": sk}}


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
    return f"{record.ended_ms:013d}"


def expiry(started: float, retention: timedelta | None) -> "Item":
    if retention is None:
        return {}
    return {"expires_at": {"N": str(int(started + retention.total_seconds()))}}


def _summary(record: RequestRecord) -> JsonObject:
    """A record without its bodies and what is empty, and with what callers and providers choose the length of bounded,
    so that it always fits an item.
    """
    summary = _telling(record, _SUMMARY)
    for name in _CHOSEN:
        value = summary.get(name)
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            summary[name] = value[:LONGEST_TEXT]
    if record.properties:
        properties = list(record.properties.items())[:MOST_PROPERTIES]
        summary["properties"] = {key[:200]: value[:1000] for key, value in properties}
    summary["attempts"] = [_attempt(attempt) for attempt in record.attempts[:MOST_ATTEMPTS]]
    return summary


def _attempt(attempt: AttemptRecord) -> JsonObject:
    told = _telling(attempt, _ATTEMPT)
    if attempt.error is not None:
        told["error"] = attempt.error[:LONGEST_TEXT]
    return told


def _telling(record: RequestRecord | AttemptRecord, names: Iterable[str]) -> JsonObject:
    """The fields that say something, and those without a default: no cost is not the same as a cost of 0."""
    return {
        name: value
        for name in names
        if (value := getattr(record, name)) or type(value) is int or name in _WITHOUT_DEFAULT
    }


_SUMMARY = tuple(name for name in RequestRecord._fields if name not in ("request", "response"))
_ATTEMPT = AttemptRecord._fields
_IN_SUMMARY, _IN_ATTEMPT = frozenset(_SUMMARY), frozenset(_ATTEMPT)
_WITHOUT_DEFAULT = (_IN_SUMMARY - RequestRecord._field_defaults.keys()) | (
    _IN_ATTEMPT - AttemptRecord._field_defaults.keys()
)
_CHOSEN = ("error", "user", "session_id", "session_name", "session_path", "model_asked")
