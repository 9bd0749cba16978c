from dataclasses import replace

import pytest

from ai_gateway.core.errors import EditConflict, PromptError
from ai_gateway.core.prompts.versions import (
    Move,
    Number,
    Prompt,
    Release,
    check_environment,
    check_id,
    check_revision,
    check_words,
    parse_number,
    pick,
    previous,
)

PROMPT = Prompt("abc", "A", 0, "ann", Number(1, 2), {0: 4, 1: 2})


def move(before: str | None, after: str | None, environment: str = "production", *, rollback: bool = False) -> Move:
    return Move(environment, release(before), release(after), "ann", 0, "rollback" if rollback else "publish")


def release(number: str | None) -> Release | None:
    parsed = parse_number(number) if number else None
    return Release(parsed) if parsed else None


def test_numbers_are_written_major_minor() -> None:
    assert parse_number("1.12") == Number(1, 12)
    assert str(Number(1, 12)) == "1.12"
    assert [parse_number(text) for text in ("1", "1.", "v1.0", "1.0.0", "", "١.٢")] == [None] * 6


def test_a_new_version_is_the_next_minor_of_the_line_it_began_from_or_a_new_major_one() -> None:
    assert PROMPT.next_number(Number(0, 1), major=False) == Number(0, 5)
    assert PROMPT.next_number(Number(1, 2), major=False) == Number(1, 3)
    assert PROMPT.next_number(Number(0, 1), major=True) == Number(2, 0)


def test_a_number_is_never_given_twice() -> None:
    prompt = PROMPT
    given: set[Number] = set()
    for step in range(20):
        number = prompt.next_number(Number(step % 2, 0), major=step % 7 == 0)
        assert number not in given
        given.add(number)
        prompt = prompt.with_version(number)
        assert prompt.latest == number


def test_an_environment_points_at_one_release_until_it_is_moved_or_taken_away() -> None:
    there = PROMPT.pointing("dev", Release(Number(1, 0)))
    assert there.environments == {"dev": Release(Number(1, 0))}
    assert there.pointing("dev", None).environments == {}
    assert PROMPT.environments == {}


def test_the_environments_of_a_version_are_named_with_production_first() -> None:
    prompt = replace(
        PROMPT,
        environments={
            "dev": Release(Number(1, 0)),
            "production": Release(Number(0, 0), Number(1, 0), 10),
            "staging": Release(Number(0, 0)),
        },
    )
    assert prompt.environments_of(Number(1, 0)) == ("production", "dev")


def test_a_rollout_gives_its_share_of_subjects_the_candidate() -> None:
    halfway = Release(Number(0, 0), Number(0, 1), 25)
    got = [pick(halfway, "abc", "production", f"user-{number}") for number in range(4_000)]
    assert 0.22 < got.count(Number(0, 1)) / len(got) < 0.28


def test_a_subject_keeps_its_version_and_the_candidate_while_the_percentage_grows() -> None:
    subjects = [f"user-{number}" for number in range(300)]
    before: set[str] = set()
    for percent in (0.0, 5, 20, 60, 100):
        release = Release(Number(0, 0), Number(0, 1), percent)
        now = {subject for subject in subjects if pick(release, "abc", "production", subject) == Number(0, 1)}
        assert before <= now
        before = now
    assert before == set(subjects)


def test_another_candidate_is_tried_on_other_subjects() -> None:
    first, second = (Release(Number(0, 0), Number(0, minor), 50) for minor in (1, 2))
    subjects = [f"user-{number}" for number in range(300)]
    same = sum(
        (pick(first, "abc", "production", subject) == Number(0, 1))
        == (pick(second, "abc", "production", subject) == Number(0, 2))
        for subject in subjects
    )
    assert 90 < same < 210


def test_without_a_rollout_everybody_gets_the_version() -> None:
    assert pick(Release(Number(0, 3)), "abc", "production", "ann") == Number(0, 3)


def test_a_rollback_leads_to_the_release_before() -> None:
    moves = [move(None, "0.0"), move("0.0", "0.1"), move(None, "9.9", "dev")]
    assert previous(moves, "production") == release("0.0")


def test_a_second_rollback_goes_on_further_back() -> None:
    moves = [
        move(None, "0.0"),
        move("0.0", "0.1"),
        move("0.1", "0.2"),
        move("0.2", "0.1", rollback=True),
    ]
    assert previous(moves, "production") == release("0.0")
    moves.append(move("0.1", "0.3"))
    assert previous(moves, "production") == release("0.1")


def test_there_is_no_rollback_from_the_first_release() -> None:
    with pytest.raises(PromptError, match="no earlier release"):
        previous([move(None, "0.0")], "production")
    with pytest.raises(PromptError, match="no earlier release"):
        previous([], "staging")


def test_an_edit_of_what_changed_meanwhile_is_a_conflict() -> None:
    check_revision(PROMPT, None)
    check_revision(PROMPT, 1)
    with pytest.raises(EditConflict, match="is at revision 1") as caught:
        check_revision(PROMPT, 7)
    assert caught.value.status == 409


@pytest.mark.parametrize("prompt_id", ["", "a b", "a#b", "a/b", "ä", "x" * 65])
def test_ids_that_could_be_mistaken_are_refused(prompt_id: str) -> None:
    with pytest.raises(PromptError, match="id is 1 to 64"):
        check_id(prompt_id)


@pytest.mark.parametrize("name", ["", "a b", "a#b", "x" * 65])
def test_names_of_environments_that_could_be_mistaken_are_refused(name: str) -> None:
    with pytest.raises(PromptError, match="environment's name"):
        check_environment(name)


def test_tags_are_kept_once_and_trimmed() -> None:
    assert check_words("A", "", [" a ", "b", "a", ""]) == ("a", "b")


@pytest.mark.parametrize(
    ("name", "message", "tags", "param"),
    [
        (" ", "", [], "name"),
        ("x" * 201, "", [], "name"),
        ("A", "x" * 4_001, [], "message"),
        ("A", "", ["x" * 201], "tags"),
        ("A", "", [str(number) for number in range(51)], "tags"),
    ],
)
def test_words_have_a_measure(name: str, message: str, tags: list[str], param: str) -> None:
    with pytest.raises(PromptError) as caught:
        check_words(name, message, tags)
    assert caught.value.param == param
