"""Stored prompts, from a file to what the provider gets, through the OpenAI SDK."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion

from ai_gateway.core.wire import JsonObject
from ai_gateway.runtime.simulator import Simulator
from tests.e2e.running import Gateway

PROMPT = """\
name: Support
prompt:
  model: claude-sonnet-4/anthropic
  temperature: 0.3
  messages:
  - role: system
    content: |-
      You help {{customer_name}} with {{issue_type}}.
      They are a {{hc:customer_tier:string|free}} customer.
"""
INPUTS = {"customer_name": "Ann", "issue_type": "a late parcel", "customer_tier": "enterprise"}
SAID = "You help Ann with a late parcel.\nThey are a enterprise customer."
HELLO: Any = [{"role": "user", "content": "Where is it, {{customer_name}}?"}]


@dataclass(frozen=True, slots=True)
class Desk:
    """A gateway that remembers prompts for no time, the providers behind it, and the folder with the files."""

    gateway: Gateway
    simulator: Simulator
    client: OpenAI
    folder: Path

    def write(self, name: str, text: str) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def push(self, *options: str) -> str:
        pushed = self.gateway.command("prompts", "push", str(self.folder), *options)
        assert pushed.returncode == 0, pushed.stderr
        return pushed.stdout

    def sent(self) -> JsonObject:
        """What the provider got last."""
        return self.simulator.journal.last().json

    def record(self, raw: Any) -> Any:
        return self.gateway.record(raw.headers["helicone-id"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("prompts")
    with Simulator() as simulator:
        environment = {
            "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS": "true",
            "AI_GATEWAY_OPENAI_BASE_URL": simulator.base_url("openai"),
            "AI_GATEWAY_ANTHROPIC_BASE_URL": simulator.base_url("anthropic"),
            "AI_GATEWAY_PROMPT_CACHE": "0",
        }
        with Gateway(folder, environment) as gateway, gateway.client() as client:
            desk = Desk(gateway, simulator, client, folder / "files")
            desk.write("support.yaml", PROMPT)
            assert "created as 0.0 in production" in desk.push()
            yield desk


def create(desk: Desk, *, model: str = "gpt-4o-mini/openai", messages: Any = (), **fields: object) -> Any:
    """As the SDK is called; it passes on what it does not know in `extra_body`."""
    return desk.client.chat.completions.with_raw_response.create(
        model=model, messages=list(messages), extra_body={"prompt_id": "support", **fields}
    )


def test_a_stored_system_message_is_filled_in_for_a_call_without_messages(desk: Desk) -> None:
    raw = create(desk, environment="production", inputs=INPUTS)
    assert raw.parse().choices[0].message.content
    assert desk.sent() == {
        "model": "gpt-4o-mini",
        "temperature": 0.3,
        "messages": [{"role": "system", "content": SAID}],
    }
    record = desk.record(raw)
    assert (record["prompt_id"], record["prompt_version"], record["prompt_environment"]) == (
        "support",
        "0.0",
        "production",
    )
    assert record["request"]["messages"] == [{"role": "system", "content": SAID}]
    assert record["request"]["inputs"] == INPUTS


def test_a_body_with_no_messages_at_all_works_as_node_and_curl_send_it(desk: Desk) -> None:
    body: JsonObject = {"model": "gpt-4o-mini/openai", "prompt_id": "support", "inputs": INPUTS}
    answer = desk.client.post("/chat/completions", body=body, cast_to=ChatCompletion)
    assert answer.choices[0].message.content
    omitted: Any = openai.omit
    answer = desk.client.chat.completions.create(model="gpt-4o-mini/openai", messages=omitted, extra_body=body)
    assert answer.choices[0].message.content
    assert desk.sent()["messages"] == [{"role": "system", "content": SAID}]


def test_messages_of_the_call_follow_and_are_not_expanded(desk: Desk) -> None:
    create(desk, messages=HELLO, inputs=INPUTS)
    assert desk.sent()["messages"] == [{"role": "system", "content": SAID}, *HELLO]


def test_the_stored_model_serves_where_the_call_names_none(desk: Desk) -> None:
    body: JsonObject = {"prompt_id": "support", "messages": HELLO, "inputs": INPUTS}
    answer = desk.client.post("/chat/completions", body=body, cast_to=ChatCompletion)
    assert answer.choices[0].message.content
    assert (desk.simulator.journal.last().provider, desk.sent()["temperature"]) == ("anthropic", 0.3)


def test_a_stream_with_a_stored_prompt_streams(desk: Desk) -> None:
    stream = desk.client.chat.completions.create(
        model="gpt-4o-mini/openai",
        messages=HELLO,
        stream=True,
        extra_body={"prompt_id": "support", "inputs": INPUTS},
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def test_editing_and_publishing_needs_no_deploy(desk: Desk) -> None:
    file = desk.folder / "support.yaml"
    file.write_text(file.read_text().replace("You help", "EXPERIMENT: you help"))
    assert "saved as 0.1, 0.1 published to development" in desk.push("--publish", "development")
    raw = create(desk, environment="development", inputs=INPUTS)
    assert str(desk.sent()["messages"]).count("EXPERIMENT: you help Ann") == 1
    assert desk.record(raw)["prompt_version"] == "0.1"
    create(desk, environment="production", inputs=INPUTS)
    assert "EXPERIMENT" not in str(desk.sent())
    desk.push("--publish", "production")
    create(desk, environment="production", inputs=INPUTS)
    assert "EXPERIMENT" in str(desk.sent())
    raw = create(desk, version="0.0", inputs=INPUTS)
    assert "EXPERIMENT" not in str(desk.sent())
    assert (desk.record(raw)["prompt_version"], desk.record(raw)["prompt_environment"]) == ("0.0", None)


def test_a_missing_input_raises_and_names_it(desk: Desk) -> None:
    received = len(desk.simulator.journal.requests())
    with pytest.raises(openai.BadRequestError) as caught:
        create(desk, inputs={"customer_name": "Ann"})
    assert "The input 'issue_type' is missing; the prompt needs a string (given: 'customer_name')" in str(caught.value)
    assert (caught.value.type, caught.value.param) == ("prompt_error", "inputs.issue_type")
    assert len(desk.simulator.journal.requests()) == received


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompt_id": "supprot"}, "There is no prompt 'supprot'. There are: support."),
        ({"environment": "prod"}, "has no environment 'prod'. It has: production"),
        ({"version_id": "9.9"}, "has no version '9.9'. It has: "),
    ],
)
def test_what_does_not_exist_raises_and_lists_what_does(desk: Desk, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        create(desk, **{"inputs": INPUTS, **fields})
    assert told in str(caught.value)
    assert caught.value.type == "prompt_not_found"


def test_a_template_of_300_kb_with_500_variables_is_served_and_a_larger_one_refused(desk: Desk) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 "
    noise = "".join(Random(5).choices(letters, k=900_000))
    large = "".join(f"{noise[place * 600 : place * 600 + 590]}{{{{v{place}}}}}" for place in range(500))
    desk.write("large.yaml", f"prompt:\n  messages:\n  - role: system\n    content: '{large}'\n")
    desk.push()
    create(desk, prompt_id="large", inputs={f"v{place}": place for place in range(500)})
    messages: Any = desk.sent()["messages"]
    assert messages[0]["content"].endswith(f"{noise[499 * 600 : 499 * 600 + 590]}499")
    desk.write("large.yaml", f"prompt:\n  messages:\n  - role: system\n    content: '{noise}'\n")
    refused = desk.gateway.command("prompts", "push", str(desk.folder), "--force")
    assert refused.returncode == 1
    assert "bytes of JSON" in refused.stderr
    (desk.folder / "large.yaml").unlink()
