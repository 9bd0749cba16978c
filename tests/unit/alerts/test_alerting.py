"""Runs of the alerts: who is told what, once, whatever happens to the runs."""

import asyncio
import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.alerts.destinations import Destination, DestinationSecret
from ai_gateway.core.alerts.messages import Message
from ai_gateway.core.alerts.reports import Report
from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.snoozes import FOR_EVER, Snooze
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.records import RequestRecord
from ai_gateway.ports.alerts import DeliveryFailed
from tests.unit.alerts.fakes import DEV, OPS, AlertWorld, FakeNotifier, FakeSecrets, Killed, Stale, refused
from tests.unit.alerts.making import rule

ERRORS = rule(clear_for=0, destinations=("ops",))


def world(*rules: Rule, destinations: tuple[Destination, ...] = (OPS, DEV)) -> AlertWorld:
    made = AlertWorld()
    made.define(*destinations)
    made.definitions.definitions = replace(made.definitions.definitions, rules=rules or (ERRORS,))
    return made


def happens(world: AlertWorld, outcome: str, **fields: Any) -> None:
    """A request that finished half a minute ago."""
    number = len(world.measuring.records)
    known: dict[str, Any] = {"status": 500 if outcome == "error" else 200, **fields}
    started = world.clock.time() - 30
    world.measuring.records.append(RequestRecord(f"r{number}", started, outcome, **known))  # type: ignore[arg-type]


async def goes_wrong_and_right_again(world: AlertWorld) -> None:
    happens(world, "error")
    await world.run()
    world.minutes_go_by()
    await world.run()
    world.minutes_go_by(10)
    await world.run()


async def test_people_are_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    here = world()
    await goes_wrong_and_right_again(here)
    assert here.notifier.kinds() == ["alert.firing", "alert.resolved"]
    (_, firing), (_, resolved) = here.notifier.sent
    assert firing.incident == resolved.incident
    assert firing.trend == "           █"
    assert here.memory.queue == {}


async def test_nothing_is_written_while_nothing_changes() -> None:
    here = world()
    happens(here, "success")
    for _ in range(3):
        await here.run()
        here.minutes_go_by()
    assert here.memory.writes == 0


async def test_the_history_has_values_and_who_was_told() -> None:
    here = world(replace(ERRORS, destinations=("ops", "dev", "gone")))
    await goes_wrong_and_right_again(here)
    resolved, firing = await here.memory.history("default", 10)
    assert (firing.happening, firing.value, firing.threshold) == ("firing", "100 %", "5 %")
    assert (resolved.happening, resolved.value) == ("resolved", "too few requests")
    told = {one.destination: one for one in firing.told}
    assert told["ops"].error is None
    assert told["dev"].error is None
    assert told["gone"].error == "There is no such destination any more."


async def test_each_group_is_told_of_alone() -> None:
    here = world(replace(ERRORS, group_by="user"))
    happens(here, "error", user="ada")
    happens(here, "success", user="bob")
    await here.run()
    here.minutes_go_by()
    happens(here, "error", user="bob")
    await here.run()
    assert [message.title for _, message in here.notifier.sent] == [
        "Firing: Errors: user = ada",
        "Firing: Errors: user = bob",
    ]


async def test_organizations_do_not_see_each_other() -> None:
    other = replace(ERRORS, organization="acme")
    here = world(ERRORS, other, destinations=(OPS, replace(OPS, organization="acme")))
    happens(here, "error", organization="acme")
    await here.run()
    assert [message.incident.split("-")[0] for _, message in here.notifier.sent] == ["acme"]
    assert await here.memory.history("default", 10) == []


async def test_two_runs_at_once_tell_once() -> None:
    here = world()
    happens(here, "error")
    await asyncio.gather(*(here.run() for _ in range(5)))
    assert here.notifier.kinds() == ["alert.firing"]


async def test_a_run_that_read_before_another_wrote_writes_nothing() -> None:
    here = world()
    happens(here, "error")
    late = here.alerting()
    read = await here.memory.kept("default")
    await here.run()

    outcome = await replace(late, memory=Stale(here.memory, read)).run()
    assert outcome.changes == 0
    assert here.notifier.kinds() == ["alert.firing"]


async def test_killed_before_the_write_nothing_is_told_and_the_next_run_tells() -> None:
    here = world()
    happens(here, "error")
    here.memory.dies_before = "commit"
    with pytest.raises(Killed):
        await here.run()
    assert here.notifier.sent == []
    here.memory.dies_before = ""
    await here.run()
    assert here.notifier.kinds() == ["alert.firing"]


async def test_killed_between_the_write_and_sending_the_next_run_sends() -> None:
    here = world()
    happens(here, "error")
    here.memory.dies_after = "commit"
    with pytest.raises(Killed):
        await here.run()
    assert here.notifier.sent == []
    here.memory.dies_after = ""
    await here.run()
    assert here.notifier.kinds() == ["alert.firing"]


async def test_killed_after_the_claim_it_is_sent_when_the_claim_lapses() -> None:
    here = world()
    happens(here, "error")
    here.memory.dies_after = "claim"
    with pytest.raises(Killed):
        await here.run()
    here.memory.dies_after = ""
    await here.run()
    assert here.notifier.sent == []
    here.minutes_go_by(3)
    await here.alerting().dispatch.send_waiting(await here.definitions.all())
    assert here.notifier.kinds() == ["alert.firing"]


async def test_killed_between_sending_and_saving_the_message_is_sent_again_under_the_same_id() -> None:
    """The side to fail on. The mail is out and the table does not know: a run that saved before it sent would instead
    lose the alert when it dies in between, and nobody would ever be told. A message that comes twice carries the same id
    and the same incident, by which PagerDuty and receivers of webhooks drop it.
    """
    here = world()
    happens(here, "error")
    here.memory.dies_before = "settle"
    with pytest.raises(Killed):
        await here.run()
    here.memory.dies_before = ""
    here.minutes_go_by(1)
    happens(here, "error")
    await here.run()
    assert here.notifier.kinds() == ["alert.firing"], "while the claim of the dead run lasts, nobody else sends"
    here.minutes_go_by(2)
    happens(here, "error")
    await here.run()
    first, second = (message for _, message in here.notifier.sent)
    assert first == second
    assert here.memory.queue == {}
    here.minutes_go_by(3)
    happens(here, "error")
    await here.run()
    assert len(here.notifier.sent) == 2


async def test_what_fails_is_tried_again_later_and_later_and_told_in_the_history() -> None:
    here = world()
    happens(here, "error")
    here.notifier.failures = [refused(), refused()]
    await here.run()
    (waiting,) = await here.memory.waiting()
    assert (waiting.attempts, waiting.error) == (1, "The mail server said no.")
    assert waiting.due == here.clock.time() + 60
    await here.run()
    assert here.memory.queue[waiting.key].attempts == 1
    here.minutes_go_by(1)
    happens(here, "error")
    await here.run()
    assert here.memory.queue[waiting.key].due == here.clock.time() + 120
    here.minutes_go_by(2)
    happens(here, "error")
    await here.run()
    (entry,) = await here.memory.history("default", 10)
    assert [(told.attempts, told.error) for told in entry.told] == [(3, None)]


async def test_what_fails_for_a_day_or_for_good_is_given_up_aloud() -> None:
    for failures, minutes in (([refused(lasting=True)], [0]), ([refused(), refused()], [0, 24 * 60 + 1])):
        here = world()
        happens(here, "error")
        here.notifier.failures = list(failures)
        for pause in minutes:
            here.minutes_go_by(pause)
            await here.alerting().run()
        entry = (await here.memory.history("default", 10))[-1]
        assert [told.error for told in entry.told] == ["The mail server said no."]


async def test_that_it_is_over_is_not_told_before_that_it_began() -> None:
    here = world()
    happens(here, "error")
    here.notifier.failures = [refused()] * 2
    await here.run()
    here.minutes_go_by(10)
    await here.run()
    assert here.notifier.sent == []
    here.minutes_go_by(10)
    await here.run()
    assert here.notifier.kinds() == ["alert.firing", "alert.resolved"]


async def test_one_destination_that_fails_keeps_no_other_waiting() -> None:
    here = world(
        replace(ERRORS, destinations=("hook", "ops")), destinations=(OPS, Destination("hook", "Hook", "webhook"))
    )
    happens(here, "error")
    await here.run()
    assert here.notifier.kinds() == ["alert.firing"]
    (waiting,) = await here.memory.waiting()
    assert waiting.error == "The destination 'hook' has no signing_secret. Set it, then it is sent."
    here.secrets.secrets["alerts/default/hook"] = {"signing_secret": "whsec_x"}
    here.minutes_go_by(1)
    happens(here, "error")
    await here.run()
    assert here.notifier.secrets[-1] == {"signing_secret": "whsec_x"}


async def test_a_receiver_that_repeats_the_secret_does_not_bring_it_to_the_page() -> None:
    here = world(replace(ERRORS, destinations=("team",)), destinations=(Destination("team", "Team", "slack"),))
    here.secrets.secrets["alerts/default/team"] = {"url": "https://hooks.slack.com/services/T0/B0/0123456789ab"}
    here.notifier.failures = [DeliveryFailed("It answered with 404: Cannot POST /services/T0/B0/0123456789ab")]
    happens(here, "error")
    await here.run()
    (waiting,) = await here.memory.waiting()
    assert waiting.error == "It answered with 404: Cannot POST ***"


class Slow(FakeNotifier):
    """Gives way to everything else before it sends."""

    async def notify(self, message: Message, destination: Destination, secret: DestinationSecret) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        await FakeNotifier.notify(self, message, destination, secret)


class SecretsAway(FakeSecrets):
    async def get(self, name: str) -> Mapping[str, str] | None:
        raise StoreUnavailable("The secrets are away.")


def test_secrets_that_are_away_stop_no_delivery_that_is_under_way() -> None:
    here = world(
        replace(ERRORS, destinations=("hook", "ops")), destinations=(OPS, Destination("hook", "Hook", "webhook"))
    )
    here.notifier, here.secrets = Slow(), SecretsAway()
    happens(here, "error")
    with pytest.raises(StoreUnavailable):
        asyncio.run(here.run())
    assert [to for to, _ in here.notifier.sent] == ["ops"]
    assert [delivery.destination for delivery in here.memory.queue.values()] == ["hook"]


async def test_what_is_on_its_way_is_sent_although_nothing_can_be_measured() -> None:
    here = world()
    happens(here, "error")
    here.notifier.failures = [refused()]
    await here.run()
    here.minutes_go_by(1)
    here.measuring.away = True
    with pytest.raises(StoreUnavailable):
        await here.run()
    assert here.notifier.kinds() == ["alert.firing"]


async def test_a_snooze_holds_back_what_still_fires_until_it_ends() -> None:
    here = world()
    snooze = Snooze("default", "errors", here.clock.time() + 90)
    here.definitions.definitions = replace(here.definitions.definitions, snoozes=(snooze,))
    for _ in range(3):
        happens(here, "error")
        await here.run()
        here.minutes_go_by()
    assert here.notifier.kinds() == ["alert.firing"]
    held, told = reversed(await here.memory.history("default", 10))
    assert held.held is not None
    assert held.held.startswith("snoozed until ")
    assert (told.held, told.happening) == (None, "firing")


async def test_a_muted_group_is_muted_alone() -> None:
    here = world(replace(ERRORS, group_by="user"))
    mute = Snooze("default", "errors", FOR_EVER, group="ada")
    here.definitions.definitions = replace(here.definitions.definitions, snoozes=(mute,))
    happens(here, "error", user="ada")
    happens(here, "error", user="bob")
    await here.run()
    assert [message.title for _, message in here.notifier.sent] == ["Firing: Errors: user = bob"]
    held = {entry.group: entry.held for entry in await here.memory.history("default", 10)}
    assert held == {"ada": "muted", "bob": None}


async def test_a_rule_that_is_switched_off_while_it_fires_is_over() -> None:
    here = world()
    happens(here, "error")
    await here.run()
    here.definitions.definitions = replace(here.definitions.definitions, rules=(replace(ERRORS, enabled=False),))
    for _ in range(2):
        here.minutes_go_by()
        await here.run()
    assert here.notifier.kinds() == ["alert.firing", "alert.resolved"]
    assert here.notifier.sent[-1][1].text == "The rule was switched off."


async def test_a_rule_that_is_about_to_be_removed_is_over_for_those_who_were_told() -> None:
    here = world(replace(ERRORS, group_by="user"))
    happens(here, "error", user="ada")
    await here.run()
    await here.alerting().end(here.definitions.definitions.rules[0], "The rule was removed.")
    await here.alerting().dispatch.send_waiting(await here.definitions.all())
    assert here.notifier.kinds() == ["alert.firing", "alert.resolved"]


async def test_a_storm_of_groups_is_told_bit_by_bit() -> None:
    here = world(replace(ERRORS, group_by="user"))
    for number in range(150):
        happens(here, "error", user=f"u{number:03d}")
    await here.run()
    assert len(here.notifier.sent) == 100
    await here.run()
    assert len({message.id for _, message in here.notifier.sent}) == 150


async def test_a_report_is_sent_once_when_it_is_due_and_not_when_it_is_new() -> None:
    here = world()
    here.define(Report("daily", "Daily", "day", destinations=("ops",)))
    for _ in range(3):
        await here.run()
    assert here.notifier.sent == []
    here.minutes_go_by(24 * 60)
    await asyncio.gather(here.run(), here.run())
    await here.run()
    assert here.notifier.kinds() == ["report"]
    (entry,) = await here.memory.history("default", 10, subject="daily")
    assert (entry.happening, [told.destination for told in entry.told]) == ("report", ["ops"])


async def test_a_report_that_could_not_be_made_is_made_later() -> None:
    here = world()
    here.define(Report("daily", "Daily", "day", destinations=("ops",)))
    await here.run()
    here.minutes_go_by(24 * 60)
    here.measuring.away = True
    with pytest.raises(StoreUnavailable):
        await here.run()
    here.measuring.away = False
    here.minutes_go_by(120)
    await here.run()
    assert here.notifier.kinds() == ["report"]


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["", "", "", "before", "after", "send", "settle"])), max_size=25)
)
def test_no_transition_is_missed_and_none_told_under_two_ids_wherever_runs_are_killed(
    course: list[tuple[bool, str]],
) -> None:
    here = world()

    async def live() -> None:
        for wrong, death in course:
            here.memory.dies_before = {"before": "commit", "settle": "settle"}.get(death, "")
            here.memory.dies_after = {"after": "commit"}.get(death, "")
            here.notifier.dies = death == "send"
            if wrong:
                happens(here, "error")
            with contextlib.suppress(Killed):
                await here.run()
            here.minutes_go_by(6)
        here.memory.dies_before = here.memory.dies_after = ""
        here.notifier.dies = False
        for _ in range(3):
            await here.run()
            here.minutes_go_by(6)

    asyncio.run(live())
    entries = list(reversed(asyncio.run(here.memory.history("default", 1000))))
    told = list(dict.fromkeys(message.id for _, message in here.notifier.sent))
    kinds = [next(message.kind for _, message in here.notifier.sent if message.id == name) for name in told]
    assert kinds == [f"alert.{entry.happening}" for entry in entries]
    assert all(one != other for one, other in itertools.pairwise(kinds))
    assert here.memory.queue == {}
    assert all(len(entry.told) == 1 for entry in entries)
