import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.chat import parse_request
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import dumps


def refusal(body: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse_request(body)
    return caught.value


def test_unknown_fields_are_kept_and_nulls_are_left_out() -> None:
    request = parse_request(b'{"model": "m", "messages": [{"role": "user", "content": null}], "new": 1, "stop": null}')
    assert request == {"model": "m", "messages": [{"role": "user", "content": None}], "new": 1}


@pytest.mark.parametrize(
    ("body", "says", "param"),
    [
        (b"", "not valid JSON", None),
        (b"{", "not valid JSON", None),
        (b'{"a": NaN}', "not valid JSON", None),
        (b"\xff\xfe", "not valid JSON", None),
        (b"[" * 5000, "not valid JSON", None),
        (b"[]", "must be a JSON object", None),
        (b"{}", "'messages' must be a list", "messages"),
        (b'{"messages": []}', "at least one message", "messages"),
        (b'{"messages": "hi"}', "'messages' must be a list", "messages"),
        (b'{"messages": ["hi"]}', "messages[0] must be an object", "messages[0]"),
        (b'{"messages": [{"role": "robot", "content": ""}]}', "'robot'", "messages[0].role"),
        (b'{"messages": [{"content": ""}]}', "messages[0].role is None", "messages[0].role"),
        (b'{"messages": [{"role": ["user"], "content": ""}]}', "messages[0].role is ['user']", "messages[0].role"),
        (b'{"messages": [{"role": "user", "content": 5}]}', "a string or a list of parts", "messages[0].content"),
        (b'{"messages": [{"role": "user", "content": [{"text": "x"}]}]}', "'type'", "messages[0].content[0]"),
        (b'{"messages": [{"role": "assistant", "tool_calls": {}}]}', "must be a list", "messages[0].tool_calls"),
        (b'{"messages": [{"role": "user", "content": ""}], "model": 5}', "'model' must be a string", "model"),
        (b'{"messages": [{"role": "user", "content": ""}], "stream": "yes"}', "true or false", "stream"),
        (b'{"messages": [{"role": "user", "content": ""}], "max_tokens": true}', "a whole number", "max_tokens"),
        (b'{"messages": [{"role": "user", "content": ""}], "temperature": "hot"}', "a number", "temperature"),
    ],
)
def test_a_wrong_shape_is_refused_and_named(body: bytes, says: str, param: str | None) -> None:
    error = refusal(body)
    assert says in error.message
    assert error.param == param
    assert error.status == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["model", "messages", "role", "content", "tools", "type", "tool_calls", "stream", "stop", "n"])
objects = st.dictionaries(keys, json_values | st.lists(st.dictionaries(keys, json_values)), max_size=6)


@given(objects)
def test_any_json_is_either_a_request_or_refused(value: dict[str, object]) -> None:
    try:
        request = parse_request(dumps(value))
    except InvalidRequest:
        return
    assert request["messages"]
