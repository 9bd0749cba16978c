"""What a new prompt may begin with."""

from typing import NamedTuple

from ai_gateway.core.wire import JsonObject


class Start(NamedTuple):
    name: str
    why: str
    body: JsonObject


STARTS = (
    Start(
        "Assistant",
        "One system message; the call brings the rest.",
        {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "You are a helpful assistant."}]},
    ),
    Start(
        "Support with inputs",
        "A system message that each call fills in.",
        {
            "model": "gpt-4o-mini",
            "temperature": 0.3,
            "messages": [
                {
                    "role": "system",
                    "content": "You help {{customer_name}} with {{issue_type}}. They are a {{customer_tier|free}} "
                    "customer. Be brief and kind.",
                }
            ],
        },
    ),
    Start(
        "Classifier",
        "A text in, one of a few words out, by a JSON schema.",
        {
            "model": "gpt-4o-mini",
            "temperature": 0,
            "messages": [
                {"role": "system", "content": "Say which of the labels fits the text best."},
                {"role": "user", "content": "{{text}}"},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "label",
                    "strict": True,
                    "schema": {
                        "type": "object",
                        "properties": {"label": {"type": "string", "enum": '{{hc:labels:json|["good", "bad"]}}'}},
                        "required": ["label"],
                        "additionalProperties": False,
                    },
                },
            },
        },
    ),
)
