"""Finished requests that applications are told of: off the caller's path, and never lost without a word."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from standardwebhooks import Webhook

from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord
from ai_gateway.core.signatures import new_secret
from ai_gateway.core.webhooks import RequestWebhook
from ai_gateway.core.wire import parse_object
from ai_gateway.ports.alerts import DeliveryFailed, WebhookCall
from ai_gateway.services.alerts.request_webhooks import ToldRecords
from tests.fakes import FakeRecords
from tests.unit.alerts.fakes import AlertWorld, FakeQueue, refused

HOOK = RequestWebhook("hook", "https://example.com/in", "acme", properties={"team": "search"})
RECORD = RequestRecord(
    "r1", 0.0, "success", 200, organization="acme", request=b"{}", properties={"team": "search"}, user="ada"
)
CALL = WebhookCall("acme", "hook", "r1")
SECRET = new_secret(b"0123456789abcdef01234567")


def told(world: AlertWorld, queue: FakeQueue) -> tuple[ToldRecords, FakeRecords]:
    records = FakeRecords()
    return ToldRecords(records, world.definitions, queue, world.clock), records


async def test_a_request_that_a_webhook_wants_is_queued_after_it_was_recorded() -> None:
    world, queue = AlertWorld(), FakeQueue()
    world.define(HOOK, replace(HOOK, id="other", properties={"team": "shop"}), replace(HOOK, organization="default"))
    records, kept = told(world, queue)
    await records.save(RECORD)
    assert kept.saved == [RECORD]
    assert queue.calls == [CALL]


async def test_which_webhooks_there_are_is_not_asked_for_each_request() -> None:
    world, queue = AlertWorld(), FakeQueue()
    records, _ = told(world, queue)
    await records.save(RECORD)
    world.define(HOOK)
    await records.save(RECORD)
    assert queue.calls == []
    world.clock.now += 31
    await records.save(RECORD)
    assert queue.calls == [CALL]


async def test_a_queue_that_is_away_loses_nothing_in_silence_and_stops_no_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, queue = AlertWorld(), FakeQueue(away=True)
    world.define(HOOK)
    records, kept = told(world, queue)
    await records.save(RECORD)
    assert kept.saved == [RECORD]
    assert "r1" in caplog.text


async def test_a_table_that_is_away_leaves_the_webhooks_that_are_known(caplog: pytest.LogCaptureFixture) -> None:
    world, queue = AlertWorld(), FakeQueue()
    world.define(HOOK)
    records, _ = told(world, queue)
    await records.save(RECORD)
    world.definitions.away = True
    world.clock.now += 31
    await records.save(RECORD)
    assert queue.calls == [CALL, CALL]
    fresh, _ = told(world, queue)
    await fresh.save(RECORD)
    assert "Webhooks were not told of the request r1" in caplog.text


@pytest.fixture
def world() -> AlertWorld:
    world = AlertWorld()
    world.define(HOOK)
    world.requests.keep(RECORD)
    world.secrets.secrets[HOOK.secret_name] = {"signing_secret": SECRET}
    return world


async def test_a_call_is_made_in_helicones_words_with_both_signatures(world: AlertWorld) -> None:
    world.clock.now -= world.clock.time()
    await world.calls().make(CALL)
    ((url, body, headers),) = world.poster.posted
    assert url == HOOK.url
    fields = parse_object(body) or {}
    assert (fields["request_id"], fields["user_id"]) == ("r1", "ada")
    assert fields["request_response_url"] == "https://gw.example/requests/r1"
    assert headers["helicone-signature"] == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["webhook-id"] == "r1"
    assert headers["webhook-timestamp"] == "0"


async def test_the_reference_takes_the_signature(world: AlertWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    world.clock.now = time.time() - 1_800_000_000
    await world.calls().make(CALL)
    ((_, body, headers),) = world.poster.posted
    assert Webhook(SECRET).verify(body, dict(headers))["request_id"] == "r1"


async def test_what_is_refused_is_to_be_tried_again(world: AlertWorld) -> None:
    world.poster.failures = [refused()]
    with pytest.raises(DeliveryFailed):
        await world.calls().make(CALL)
    await world.calls().make(CALL)
    assert len(world.poster.posted) == 1


async def test_a_receiver_that_repeats_the_secret_does_not_bring_it_to_the_page(world: AlertWorld) -> None:
    world.poster.failures = [DeliveryFailed(f"It answered with 400: not signed with {SECRET}", lasting=True)]
    with pytest.raises(DeliveryFailed) as failed:
        await world.calls().make(CALL)
    assert str(failed.value) == "It answered with 400: not signed with ***"
    assert failed.value.lasting


async def test_a_record_that_is_not_there_yet_is_to_be_tried_again(world: AlertWorld) -> None:
    with pytest.raises(DeliveryFailed, match="r9"):
        await world.calls().make(WebhookCall("acme", "hook", "r9"))


@pytest.mark.parametrize("secret", [None, {}, {"signing_secret": ""}])
async def test_nothing_is_told_without_a_signature(world: AlertWorld, secret: dict[str, str] | None) -> None:
    world.secrets.secrets = {} if secret is None else {HOOK.secret_name: secret}
    with pytest.raises(DeliveryFailed, match="cannot be signed"):
        await world.calls().make(CALL)
    assert world.poster.posted == []


async def test_a_webhook_that_is_gone_or_off_is_told_nothing(world: AlertWorld) -> None:
    await world.calls().make(WebhookCall("acme", "gone", "r1"))
    world.define(replace(HOOK, enabled=False))
    await world.calls().make(CALL)
    assert world.poster.posted == []


async def test_a_table_that_is_away_is_to_be_asked_again(world: AlertWorld) -> None:
    world.definitions.away = True
    with pytest.raises(StoreUnavailable):
        await world.calls().make(CALL)
