from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.prompts.comparison import compare, is_same
from ai_gateway.core.wire import JsonObject


def body(*texts: str, **fields: object) -> JsonObject:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text} for text in texts], **fields}


def test_the_same_body_has_no_differences_whatever_the_order_of_its_fields() -> None:
    other = dict(reversed(body("a").items()))
    assert compare(body("a"), other) == ()
    assert is_same(body("a"), other)
    assert not is_same(body("a"), body("b"))


def test_changed_lines_stand_among_those_around_them() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    after = before.replace("line 10", "LINE 10")
    lines = [(line.kind, line.text) for line in compare(body(before), body(after))]
    assert lines == [
        ("same", "line 7"),
        ("same", "line 8"),
        ("same", "line 9"),
        ("removed", "line 10"),
        ("added", "LINE 10"),
        ("same", "line 11"),
        ("same", "line 12"),
        ("same", "line 13"),
    ]


def test_parameters_messages_and_tools_are_compared() -> None:
    lines = compare(body("a", temperature=0.1), body("a", "b", temperature=0.9, tools=[{"type": "function"}]))
    assert [line.text for line in lines if line.kind == "removed"] == ["temperature: 0.1"]
    assert [line.text for line in lines if line.kind == "added"] == [
        "temperature: 0.9",
        "message 1, user:",
        "b",
        "tools:",
        "[",
        "  {",
        '    "type": "function"',
        "  }",
        "]",
    ]


LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=30).map("\n".join)


@given(LINES, LINES)
def test_line_numbers_are_those_of_the_two_sides(before: str, after: str) -> None:
    old, new = before.split("\n"), after.split("\n")
    heading = 2
    for line in compare(body(before), body(after)):
        if line.before is not None and line.before > heading:
            assert old[line.before - heading - 1] == line.text
        if line.after is not None and line.after > heading:
            assert new[line.after - heading - 1] == line.text
