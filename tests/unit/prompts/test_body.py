from copy import deepcopy
from dataclasses import replace
from time import process_time

import pytest

from ai_gateway.core.catalog import Catalog
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects import DIALECTS
from ai_gateway.core.errors import PromptError
from ai_gateway.core.prompts.asking import merged
from ai_gateway.core.prompts.body import check_body, compile_body, message_text
from ai_gateway.core.prompts.language import Partial, parse
from ai_gateway.core.wire import JsonObject

BODY: JsonObject = {
    "model": "gpt-4o-mini",
    "temperature": 0.2,
    "messages": [
        {"role": "system", "content": "You help {{customer_name}}, a {{tier|free}} customer."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "{{hc:count:number}}"},
                {"type": "image_url", "image_url": {"url": "{{image}}", "detail": "low"}},
            ],
        },
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look_up",
                "parameters": {
                    "type": "object",
                    "properties": {"{{field}}": {"type": "string", "enum": "{{hc:options:json}}"}},
                    "maxProperties": "{{hc:count:number}}",
                },
            },
        }
    ],
    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": "{{hc:strict:boolean|no}}"}},
}
OPTIONS = {"project": "acme", "location": "us", "region": "us-east-1", "resource": "acme"}
INPUTS: JsonObject = {
    "customer_name": "Ann",
    "count": 3,
    "image": "data:image/png;base64,iVBORw0KGgo=",
    "field": "size",
    "options": ["S", "M"],
}


def test_variables_are_filled_in_messages_tools_and_response_format_and_whole_ones_keep_their_type() -> None:
    assert compile_body(BODY).render(INPUTS) == {
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "messages": [
            {"role": "system", "content": "You help Ann, a free customer."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "3"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
                ],
            },
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "look_up",
                    "parameters": {
                        "type": "object",
                        "properties": {"size": {"type": "string", "enum": ["S", "M"]}},
                        "maxProperties": 3,
                    },
                },
            }
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": False}},
    }


def test_rendering_leaves_the_body_as_it_was() -> None:
    body = deepcopy(BODY)
    compiled = compile_body(body)
    first = compiled.render(INPUTS)
    assert compiled.render(INPUTS) == first
    assert body == BODY


def test_the_variables_of_a_body_are_known_in_order_and_each_once() -> None:
    assert [variable.name for variable in compile_body(BODY).variables] == [
        "customer_name",
        "tier",
        "count",
        "image",
        "field",
        "options",
        "strict",
    ]


def test_a_json_variable_that_is_all_of_a_message_is_its_text() -> None:
    compiled = compile_body({"messages": [{"role": "user", "content": "{{hc:data:json}}"}]})
    assert compiled.render({"data": {"a": 1}}) == {"messages": [{"role": "user", "content": '{"a":1}'}]}


def test_a_whole_field_may_be_one_variable() -> None:
    compiled = check_body({"tools": "{{hc:tools:json|[]}}"})
    assert compiled.render({}) == {"tools": []}
    assert compiled.render({"tools": [{"type": "function"}]}) == {"tools": [{"type": "function"}]}
    with pytest.raises(PromptError, match="'tools' must be a list"):
        compiled.render({"tools": {"type": "function"}})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": [{"role": "user", "content": "{{hc:a:numbr}}"}]}, "messages[0].content"),
        ({"messages": [{"role": "king", "content": "a"}]}, "messages[0].role"),
        ({"messages": "all of them"}, "messages"),
        ({"messages": "{{hc:messages:json}}"}, "messages"),
        ({"messages": [], "inputs": {}}, "inputs"),
        ({"messages": [], "prompt_id": "abc"}, "prompt_id"),
        ({"messages": [], "temperature": "warm"}, "temperature"),
        ({"tools": "{{hc:a:json}} and more"}, "tools"),
    ],
)
def test_what_no_request_may_hold_is_not_stored(body: JsonObject, param: str) -> None:
    with pytest.raises(PromptError) as caught:
        check_body(body)
    assert caught.value.param == param


def test_a_body_nested_too_deep_is_refused_and_not_followed() -> None:
    value: object = "{{a}}"
    for _ in range(200):
        value = {"a": value}
    with pytest.raises(PromptError, match="nested"):
        check_body({"response_format": {"a": value}})


@pytest.mark.parametrize("value", [2**70, "\ud800"])
def test_a_body_that_cannot_be_written_as_json_is_refused(value: object) -> None:
    with pytest.raises(PromptError, match="cannot be written as JSON"):
        check_body({"seed": value})


def test_a_partial_is_the_text_of_a_message_with_its_parts_joined() -> None:
    body: JsonObject = {
        "messages": [
            {"role": "system", "content": "one"},
            {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "image_url"}, {"type": "text", "text": "three"}]},
        ]
    }  # fmt: skip
    assert message_text(body, Partial("a", 0)) == "one"
    assert message_text(body, Partial("a", 1)) == "two three"
    with pytest.raises(PromptError, match="asks for message 2"):
        message_text(body, Partial("a", 2))


def test_partials_are_filled_in_with_the_inputs_of_the_request() -> None:
    compiled = compile_body({"messages": [{"role": "system", "content": "{{hcp:tone:0}} {{name}}"}]})
    assert compiled.partials == (Partial("tone", 0),)
    linked = compiled.linked(lambda _: parse("Be {{how|kind}}."))
    assert linked.render({"name": "Ann"}) == {"messages": [{"role": "system", "content": "Be kind. Ann"}]}


def test_a_large_body_is_compiled_once_and_rendered_fast() -> None:
    text = "".join(f"{'lorem ipsum ' * 50}{{{{v{number}}}}}" for number in range(500))
    begun = process_time()
    compiled = check_body({"messages": [{"role": "system", "content": text}]})
    compiled_at = process_time()
    rendered = compiled.render({f"v{number}": "x" for number in range(500)})
    assert process_time() - compiled_at < 0.1
    assert compiled_at - begun < 0.5
    assert len(str(rendered)) > 300_000


def test_no_dialect_writes_into_what_a_body_shares() -> None:
    body = deepcopy(BODY)
    compiled = compile_body(body)
    request: ChatRequest = merged(compiled.render(INPUTS), {"max_tokens": 5, "cache_control": {"type": "ephemeral"}})
    known = deepcopy(request)
    catalog = Catalog.standard()
    asked = set()
    for model in catalog.models():
        for endpoint in catalog.endpoints(model):
            if (endpoint.dialect, endpoint.provider.name) not in asked:
                asked.add((endpoint.dialect, endpoint.provider.name))
                DIALECTS[endpoint.dialect].encode(request, replace(endpoint, options=OPTIONS))
    assert {dialect for dialect, _ in asked} == set(DIALECTS)
    assert request == known
    assert body == BODY
