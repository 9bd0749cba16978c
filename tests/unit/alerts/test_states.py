"""How states go on: tables of cases, and what holds of every course of events."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.alerts.rules import Rule
from ai_gateway.core.alerts.states import AlertState, Step, advance, close, read_state, state_fields
from ai_gateway.core.wire import dumps, parse_object
from tests.unit.alerts.making import rule

MINUTE = 60


def course(of: Rule, readings: str, held: str = "") -> list[Step]:
    """A minute a character: `!` is broken, `.` is not. In `held`, `z` is a minute in which notices are held back."""
    state, steps = AlertState(), []
    for minute, sign in enumerate(readings):
        sleeping = "snoozed" if held[minute : minute + 1] == "z" else None
        value = 9.0 if sign == "!" else 1.0
        step = advance(of, state, broken=sign == "!", value=value, now=MINUTE * (minute + 1), held=sleeping)
        steps.append(step)
        state = step.state
    return steps


def statuses(steps: Sequence[Step]) -> str:
    return "".join(step.state.status[0] for step in steps)


def notices(steps: Sequence[Step]) -> str:
    return "".join({"firing": "F", "resolved": "R", "reminder": "m", None: "-"}[step.notice] for step in steps)


@pytest.mark.parametrize(
    ("fields", "readings", "expected_statuses", "expected_notices"),
    [
        pytest.param({"clear_for": 0}, "..!..", "oofrr", "--FR-", id="fires and resolves at once"),
        pytest.param({"clear_for": 0}, "!.!.", "frfr", "FRFR", id="each time anew"),
        pytest.param({"clear_for": 0}, "!!!!", "ffff", "F---", id="told once while it lasts"),
        pytest.param({"clear_for": 0, "pending_for": 120}, "!!!!.", "ppffr", "--F-R", id="pending until it has lasted"),
        pytest.param({"pending_for": 120}, "!!.!!.", "ppoppo", "------", id="pending in vain is no news"),
        pytest.param({"clear_for": 120}, "!..!...", "ffffffr", "F-----R", id="over only when it stays so"),
        pytest.param({"clear_for": 120}, "!..!..!..!", "ffffffffff", "F---------", id="flapping is one incident"),
        pytest.param({"clear_for": 0, "cooldown": 180}, "!.!!!!", "frrrff", "FR--F-", id="no new one while cooling"),
        pytest.param({"clear_for": 0, "remind_every": 120}, "!!!!!.", "fffffr", "F-m-mR", id="reminders"),
        pytest.param(
            {"clear_for": 0, "pending_for": 60, "cooldown": 120}, "!!.!!!!", "pfrrpff", "-FR--F-", id="pending again"
        ),
    ],
)
def test_a_state_goes_through_its_course(
    fields: dict[str, int], readings: str, expected_statuses: str, expected_notices: str
) -> None:
    steps = course(rule(**fields), readings)
    assert (statuses(steps), notices(steps)) == (expected_statuses, expected_notices)


@pytest.mark.parametrize(
    ("readings", "held", "expected"),
    [
        pytest.param("!!!.", "zz", "--FR", id="told afterwards when it still fires"),
        pytest.param("!...", "zz", "----", id="came and went unheard"),
        pytest.param("!...", ".zz.", "F--R", id="its end told afterwards"),
        pytest.param("!.!!.", ".zz", "F---R", id="the end of one and the start of the next are no news together"),
        pytest.param("!!!!!", "zzzzz", "-----", id="held for ever"),
    ],
)
def test_what_is_held_back_is_told_later_if_it_is_still_so(readings: str, held: str, expected: str) -> None:
    steps = course(rule(clear_for=0), readings, held)
    assert notices(steps) == expected


def test_the_history_has_what_nobody_was_told_and_why() -> None:
    fired, resolved, _ = course(rule(clear_for=0), "!..", "zzz")
    assert (fired.transition, fired.notice, fired.held) == ("firing", None, "snoozed")
    assert (resolved.transition, resolved.notice, resolved.held) == ("resolved", None, None)


def test_an_incident_keeps_its_name_for_as_long_as_people_believe_in_it() -> None:
    steps = course(rule(clear_for=0), "!.!!..!", ".zz")
    assert [step.state.incident for step in steps] == [60.0] * 6 + [420.0]


def test_reminders_count_from_the_last_notice() -> None:
    steps = course(rule(remind_every=180), "!!!!!!!", "zz")
    assert notices(steps) == "--F--m-"


def test_the_end_of_a_rule_is_told_to_those_who_were_told_that_it_fires() -> None:
    firing = course(rule(), "!")[-1].state
    ended = close(firing, now=300.0)
    assert (ended.transition, ended.notice, ended.state.status) == ("resolved", "resolved", "resolved")
    unheard = course(rule(), "!", "z")[-1].state
    assert (close(unheard, now=300.0).transition, close(unheard, now=300.0).notice) == ("resolved", None)
    assert close(AlertState(), now=300.0) == Step(AlertState())
    believed = course(rule(clear_for=0), "!.", ".z")[-1].state
    assert (close(believed, now=300.0).transition, close(believed, now=300.0).notice) == (None, "resolved")


def test_an_evaluation_that_changes_nothing_gives_the_same_state_so_that_nothing_is_written() -> None:
    for readings in ("..", "!!", "!!!.."):
        *_, last = course(rule(clear_for=600), readings)
        again = advance(rule(clear_for=600), last.state, broken=readings[-1] == "!", value=5.0, now=400.0)
        assert again.state is last.state


@pytest.mark.parametrize("value", [None, 5.5, 0, 10**21, -3])
def test_a_state_survives_storage(value: float | None) -> None:
    state = replace(AlertState(), status="firing", since=5.5, clear_since=7.0, told=True, value=value)
    stored = parse_object(dumps(state_fields(state)))
    assert stored is not None
    assert read_state(stored) == state
    assert type(read_state(stored).value) is type(value)


rules = st.builds(
    rule,
    pending_for=st.sampled_from((0, 60, 150)),
    clear_for=st.sampled_from((0, 60, 150)),
    cooldown=st.sampled_from((0, 60, 240)),
    remind_every=st.sampled_from((0, 120)),
)
courses = st.text("!.", max_size=60)
holding = st.text(".z", max_size=60)


@given(rules, courses)
def test_every_transition_is_told_once_and_nothing_else(of: Rule, readings: str) -> None:
    for step in course(of, readings):
        if step.transition is not None:
            assert step.notice == step.transition
        else:
            assert step.notice in (None, "reminder")


@given(rules, courses, holding)
def test_firing_and_resolved_are_told_in_turn_whatever_is_held_back(of: Rule, readings: str, held: str) -> None:
    told = notices(course(of, readings, held)).replace("-", "").replace("m", "")
    assert "FF" not in told
    assert "RR" not in told
    assert not told.startswith("R")


@given(rules, courses, holding)
def test_nothing_is_told_while_it_is_held_back(of: Rule, readings: str, held: str) -> None:
    for minute, step in enumerate(course(of, readings, held)):
        assert not (step.notice and held[minute : minute + 1] == "z")


@given(rules, courses, holding)
def test_people_know_the_truth_one_evaluation_after_they_can_be_told(of: Rule, readings: str, held: str) -> None:
    steps = course(of, readings, held)
    for minute, step in enumerate(steps):
        if held[minute : minute + 1] != "z":
            assert step.state.told == (step.state.status == "firing")


@given(rules, courses)
def test_a_course_follows_the_states_in_order(of: Rule, readings: str) -> None:
    allowed = {"o": "opf", "p": "pof", "f": "fr", "r": "rpf"}
    passed = "o" + statuses(course(of, readings))
    for before, after in itertools.pairwise(passed):
        assert after in allowed[before]


@given(rules, courses)
def test_a_rule_that_is_broken_for_long_enough_fires(of: Rule, readings: str) -> None:
    """None is missed."""
    patience = of.pending_for + of.cooldown + 120
    steps = course(of, readings + "!" * (patience // MINUTE + 1))
    assert steps[-1].state.status == "firing"
    assert steps[-1].state.told


@given(rules, st.lists(courses, min_size=2, max_size=4), st.randoms())
def test_the_order_of_groups_does_not_matter(of: Rule, groups: list[str], random: object) -> None:
    """States know nothing of each other: in any order every group has the course that it has alone."""
    states = {group: AlertState() for group in range(len(groups))}
    seen: dict[int, list[Step]] = {group: [] for group in states}
    longest = max(map(len, groups))
    for minute in range(longest):
        order = list(states)
        random.shuffle(order)  # type: ignore[attr-defined]
        for group in order:
            if minute < len(groups[group]):
                sign = groups[group][minute]
                step = advance(
                    of, states[group], broken=sign == "!", value=9.0 if sign == "!" else 1.0, now=MINUTE * (minute + 1)
                )
                states[group] = step.state
                seen[group].append(step)
    for group, readings in enumerate(groups):
        assert seen[group] == course(of, readings)
