import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.variables import TYPES, Value, Variable, VariableType, bind, read

TEXT = st.text(st.characters(categories=["L", "P", "Z"]), max_size=20)  # no digits, which would be a number
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,10}", fullmatch=True)


KINDS: dict[VariableType, str] = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "json": "a JSON value",
}


@given(NAMES, st.sampled_from(TYPES), st.dictionaries(NAMES, JSON, max_size=4))
def test_every_failure_names_its_variable_and_its_type(
    name: str, kind: VariableType, inputs: dict[str, object]
) -> None:
    assume(not fits(kind, inputs, name))
    with pytest.raises(PromptError) as caught:
        bind([Variable(name, kind)], inputs)
    assert repr(name) in caught.value.message
    assert KINDS[kind] in caught.value.message
    assert caught.value.param == f"inputs.{name}"
    assert caught.value.status == 400


@given(NAMES, st.sampled_from(TYPES), JSON)
def test_what_fits_has_its_type(name: str, kind: VariableType, value: object) -> None:
    variable = Variable(name, kind)
    assume(fits(kind, {name: value}, name))
    bound = bind([variable], {name: value})[variable.key]
    match kind:
        case "string":
            assert bound.typed == bound.text
        case "number":
            assert type(bound.typed) in (int, float)
        case "boolean":
            assert type(bound.typed) is bool
        case "json":
            assert bound.typed == value


def fits(kind: VariableType, inputs: dict[str, object], name: str) -> bool:
    value = inputs.get(name)
    match kind:
        case "json":
            return name in inputs
        case "string":
            return isinstance(value, str | int | float)
        case "number":
            return type(value) in (int, float)
        case "boolean":
            return isinstance(value, bool) or (
                isinstance(value, str) and value.lower() in ("true", "false", "yes", "no")
            )


@pytest.mark.parametrize(
    ("kind", "given_", "typed", "text"),
    [
        ("string", "a", "a", "a"),
        ("string", 5, "5", "5"),
        ("string", True, "true", "true"),
        ("number", 0, 0, "0"),
        ("number", 1.5, 1.5, "1.5"),
        ("number", "007", 7, "007"),
        ("number", " 1e3 ", 1000.0, " 1e3 "),
        ("number", "9" * 30, 1e30, "9" * 30),
        ("boolean", False, False, "false"),
        ("boolean", "Yes", True, "Yes"),
        ("boolean", "no", False, "no"),
        ("json", {"a": [1]}, {"a": [1]}, '{"a":[1]}'),
        ("json", None, None, "null"),
        ("json", "text", "text", '"text"'),
    ],
)
def test_what_each_type_takes(kind: VariableType, given_: object, typed: object, text: str) -> None:
    assert read(kind, given_) == Value(typed, text)


@pytest.mark.parametrize(
    ("kind", "given_"),
    [
        ("string", {"a": 1}),
        ("string", ["a"]),
        ("number", "many"),
        ("number", ""),
        ("number", "nan"),
        ("number", "1_000"),
        ("number", "1e999"),
        ("number", "٣"),
        ("number", True),
        ("number", [1]),
        ("boolean", 1),
        ("boolean", "maybe"),
        ("boolean", ""),
    ],
)
def test_what_each_type_refuses(kind: VariableType, given_: object) -> None:
    assert read(kind, given_) is None


def test_a_missing_input_is_told_with_what_was_given() -> None:
    with pytest.raises(PromptError) as caught:
        bind([Variable("customer", "string")], {"custmer": "Ann"})
    assert caught.value.message == "The input 'customer' is missing; the prompt needs a string (given: 'custmer')."


def test_an_input_of_another_type_is_told_with_its_value_cut_short() -> None:
    with pytest.raises(PromptError) as caught:
        bind([Variable("age", "number")], {"age": "x" * 500})
    assert caught.value.message == f"The input 'age' must be a number, got '{'x' * 80}...' (a string)."


def test_a_key_among_the_inputs_is_not_repeated_in_the_message() -> None:
    with pytest.raises(PromptError) as caught:
        bind([Variable("age", "number")], {"age": "sk-proj-1234567890abcdef"})
    assert "1234567890" not in caught.value.message


def test_an_input_nested_too_deep_to_be_sent_is_refused_by_name() -> None:
    value: object = 1
    for _ in range(500):
        value = [value]
    with pytest.raises(PromptError, match="'data' must be a JSON value, got something nested too deep"):
        bind([Variable("data", "json")], {"data": value})


def test_all_that_is_wrong_is_told_at_once() -> None:
    variables = [Variable(f"v{number}", "number") for number in range(500)]
    with pytest.raises(PromptError) as caught:
        bind(variables, {"v1": "one"})
    assert "'v0' is missing" in caught.value.message
    assert "'v1' must be a number, got 'one' (a string)" in caught.value.message
    assert caught.value.message.endswith("And 490 more.")
    assert caught.value.param == "inputs.v0"
