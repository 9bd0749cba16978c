import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.language import Partial, Template, link, parse
from ai_gateway.core.prompts.variables import bind

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PLAIN = TEXT.map(lambda text: text.replace("{", "(").replace("}", ")"))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,10}", fullmatch=True)
BRACES = st.text(alphabet='{}|:" \\abhcp0', max_size=60)


def filled(text: str, **inputs: object) -> str:
    template = parse(text)
    return template.text(bind(template.variables(), inputs))


@given(PLAIN)
def test_text_without_braces_is_unchanged(text: str) -> None:
    assert parse(text).pieces == (text,)


@given(PLAIN, NAMES, PLAIN, TEXT)
def test_text_around_a_variable_is_unchanged_and_the_input_stands_as_it_is(
    before: str, name: str, after: str, value: str
) -> None:
    assert filled(f"{before}{{{{{name}}}}}{after}", **{name: value}) == before + value + after


@given(st.lists(st.tuples(PLAIN, NAMES), max_size=6), PLAIN)
def test_inputs_that_look_like_tags_are_not_expanded(pieces: list[tuple[str, str]], tail: str) -> None:
    template = "".join(f"{text}{{{{hc:{name}:string}}}}" for text, name in pieces) + tail
    inputs: dict[str, object] = {name: f"{{{{{other}}}}}" for _, name in pieces for _, other in pieces}
    assert filled(template, **inputs) == "".join(f"{text}{inputs[name]}" for text, name in pieces) + tail


@given(BRACES)
def test_whatever_is_no_tag_stays_text(text: str) -> None:
    try:
        template = parse(text)
    except PromptError:
        assert "{{" in text
        return
    kept = "".join(piece for piece in template.pieces if isinstance(piece, str))
    assert template.pieces == (text,) or len(kept) < len(text)


@given(TEXT)
def test_any_text_can_be_written_between_quotes(text: str) -> None:
    written = json.dumps(text)
    assert filled(f"a{{{{{written}}}}}b") == f"a{text}b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{name}}", "Ann"),
        ("{{ name }}", "Ann"),
        ("{{hc:name:string}}", "Ann"),
        ("{{ hc : name : string }}", "Ann"),
        ("{{{name}}}", "{Ann}"),
        ('{"to": {{name}}}', '{"to": Ann}'),
        ("C:\\{{name}}", "C:\\Ann"),
        ("{{größe}}", "12"),
        ("{{customer.name}}", "Bob"),
        ("{{hc}}", "hc itself"),
    ],
)
def test_a_tag_is_found_wherever_it_stands(text: str, expected: str) -> None:
    inputs = {"name": "Ann", "größe": 12, "customer.name": "Bob", "hc": "hc itself"}
    assert filled(text, **inputs) == expected


@pytest.mark.parametrize(
    "text", ["{{}}", "{{ two words }}", "{{#each a}}", "{{1st}}", "{{a", "{{a|b", "{ {a} }", "{{a}"]
)
def test_what_looks_a_little_like_a_tag_is_text(text: str) -> None:
    assert parse(text).pieces == (text,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{tone|friendly}}", "friendly"),
        ("{{ tone | kind and short }}", "kind and short"),
        ("{{tone|}}!", "!"),
        ('{{tone|" }} with space "}}', " }} with space "),
        ("{{hc:n:number|5}}", "5"),
        ("{{hc:flag:boolean|no}}", "no"),
        ('{{hc:tags:json|{"a":{"b":[1]}}}}', '{"a":{"b":[1]}}'),
        ("{{hc:tags:json| [1, 2] }}", "[1,2]"),
    ],
)
def test_a_default_stands_where_there_is_no_input(text: str, expected: str) -> None:
    assert filled(text) == expected


@pytest.mark.parametrize(("value", "text"), [("", ""), (0, "0"), (False, "false"), (0.0, "0.0")])
def test_what_counts_as_nothing_elsewhere_is_a_value_here(value: object, text: str) -> None:
    assert filled("{{a|default}}", a=value) == text


def test_null_is_a_value_for_json_only() -> None:
    assert filled("{{a|default}}{{hc:b:json|1}}", a=None, b=None) == "defaultnull"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{hc:age}}", "{{hc:age}}"),
        ("{{hc:age:nubmer}}", "'age' has the unknown type 'nubmer'"),
        ("{{hc:my age:number}}", "{{hc:my age:number}}"),
        ("{{hcp:abc}}", "{{hcp:abc}}"),
        ("{{hcp:abc:first}}", "{{hcp:abc:first}}"),
        ("{{hc:age:number|many}}", "default of 'age' must be a number, got 'many'"),
        ("{{hc:age:json|{a}}}", "default of 'age' must be JSON"),
        ('{{hc:age:json|{"a":1} x}}', "After the default of 'age'"),
        ("{{a|{{b}}}}", "default of 'a' holds another tag"),
        ("{{hc:age:number|5", "{{hc:age:number|5"),
    ],
)
def test_a_tag_that_cannot_be_meant_is_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(PromptError) as caught:
        parse(f"before {text}")
    assert told in caught.value.message


def test_a_template_of_one_variable_keeps_its_type() -> None:
    template = parse("{{hc:a:number}}")
    assert template.value(bind(template.variables(), {"a": 5})) == 5
    padded = parse(" {{hc:a:number}}")
    assert padded.value(bind(padded.variables(), {"a": 5})) == " 5"


def test_partials_name_a_prompt_a_message_and_an_environment() -> None:
    assert parse("{{hcp:aB3xYz:0}}").pieces == (Partial("aB3xYz", 0, "production"),)
    assert parse("{{ hcp:tone-of-voice:12:staging }}").pieces == (Partial("tone-of-voice", 12, "staging"),)


def test_partials_are_put_in_place_with_their_own() -> None:
    texts = {Partial("a", 0): "A {{hcp:b:1}} {{x}}", Partial("b", 1): "[B {{y}}]"}
    linked = link(parse("({{hcp:a:0}} {{hcp:a:0}})"), lambda partial: parse(texts[partial]))
    assert linked.text(bind(linked.variables(), {"x": 1, "y": "{{hcp:a:0}}"})) == (
        "(A [B {{hcp:a:0}}] 1 A [B {{hcp:a:0}}] 1)"
    )


def test_a_partial_that_holds_itself_is_told_with_the_way_round() -> None:
    texts = {Partial("a", 0): "{{hcp:b:0}}", Partial("b", 0): "{{hcp:a:0}}"}
    with pytest.raises(PromptError) as caught:
        link(parse("{{hcp:a:0}}"), lambda partial: parse(texts[partial]))
    assert caught.value.message == (
        "A partial holds itself: {{hcp:a:0:production}} -> {{hcp:b:0:production}} -> {{hcp:a:0:production}}."
    )


def test_partials_that_multiply_are_stopped_before_they_fill_the_memory() -> None:
    def find(partial: Partial) -> Template:
        return parse("ha" * 50 if partial.index == 20 else f"{{{{hcp:a:{partial.index + 1}}}}}" * 10)

    with pytest.raises(PromptError, match="larger than"):
        link(parse("{{hcp:a:0}}"), find)


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 150_000,
        "{{a|" * 75_000,
        '{{a|"' * 60_000,
        "{{hc" * 75_000,
        '{{"' * 100_000,
        "{{" + " " * 300_000,
        ("{{" + " " * 1000) * 300,
        "{{" + "a" * 300_000,
        "{" * 300_000,
        ("x" * 50 + "{{ name }}") * 5_000,
        "{{hc:j:json| 1 }}" * 20_000,
    ],
    ids=lambda text: str(text)[:8],
)
def test_no_template_is_slow_to_read(text: str) -> None:
    begun = process_time()
    parse(text)
    assert process_time() - begun < 1.5


def test_a_large_template_with_many_variables_is_filled_fast() -> None:
    template = parse("".join(f"{'lorem ipsum ' * 50}{{{{hc:v{number}:number}}}}" for number in range(500)))
    variables = tuple(template.variables())
    inputs: dict[str, object] = {f"v{number}": number for number in range(500)}
    begun = process_time()
    text = template.text(bind(variables, inputs))
    assert process_time() - begun < 0.1
    assert len(text) > 300_000
    assert text.endswith(" 499")
