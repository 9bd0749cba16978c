"""The playground: what is asked of the gateway from the page, and what the page makes of the answers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.looking import NARROW, Watch, accessibility_faults, desk, overflow, sign_in
from tests.e2e.running import Gateway

WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def api(busy: Gateway) -> Iterator[httpx.Client]:
    """The gateway and the console's API as a script meets them."""
    with httpx.Client(base_url=busy.url, headers={"authorization": f"Bearer {busy.key}"}) as client:
        yield client


@pytest.fixture
def play(page: Page) -> Page:
    page.goto("/playground")
    expect(contents(page)).to_be_focused()
    return page


def contents(page: Page) -> Locator:
    return page.get_by_label("Content")


def ask(page: Page, model: str, text: str | None = "Hello") -> None:
    page.get_by_label("Model, or a chain of them").fill(model)
    if text is not None:
        contents(page).last.fill(text)
    page.get_by_role("button", name="Run").click()


def answers(page: Page) -> Locator:
    return page.get_by_role("article")


def fact(answer: Locator, name: str) -> Locator:
    return answer.locator(f"[data-{name}]")


def ended(answer: Locator, state: str) -> None:
    expect(fact(answer, "state")).to_have_text(state)


def recorded(api: httpx.Client, answer: Locator) -> Any:
    return api.get(f"/api/v1/requests/{request_id(answer)}").json()


def request_id(answer: Locator) -> str:
    """Once its record is there."""
    link = answer.get_by_role("link", name="Attempts and record")
    expect(link).to_be_visible()
    return (link.get_attribute("href") or "").rpartition("/")[2]


def settled(api: httpx.Client, request_id: str) -> str:
    """The same id, once its record is there; the console tells when."""
    while not api.get(f"/playground/recorded/{request_id}").json()["recorded"]:
        pass
    return request_id


def behaving(page: Page, rules: str) -> None:
    """How the simulated providers behave from now on."""
    page.route(
        "**/v1/chat/completions",
        lambda route: route.continue_(headers={**route.request.headers, "simulator-behavior": rules}),
    )


def test_an_answer_streams_with_an_estimate_that_the_exact_cost_replaces(play: Page, api: httpx.Client) -> None:
    behaving(play, "slow:50:120")
    ask(play, "gpt-4o-mini/openai", "Tell me about gateways")
    answer = answers(play)
    expect(fact(answer, "cost")).to_have_text(re.compile(r"~\$0\.00"))
    expect(fact(answer, "tokens")).to_have_text(re.compile(r"~\d+ out"))
    expect(fact(answer, "state")).to_have_text("answering")
    ended(answer, "stop")
    expect(fact(answer, "text")).to_contain_text('You said: "Tell me about gateways"')
    expect(fact(answer, "served")).to_have_text("openai, gpt-4o-mini")
    expect(answer.get_by_text("simulated", exact=True)).to_be_visible()
    record = recorded(api, answer)
    assert record["stream"]
    assert record["key_id"] == "playground-local"
    expect(fact(answer, "cost")).to_have_attribute("title", f"${record['cost']}")
    tokens = record["tokens"]
    expect(fact(answer, "tokens")).to_have_text(f"{tokens['input']} in, {tokens['output']} out")


def test_an_answer_in_one_piece_costs_the_same(play: Page, api: httpx.Client) -> None:
    play.get_by_text("Parameters", exact=True).click()
    play.get_by_label("Stream the answer").uncheck()
    play.get_by_label("Temperature").fill("0.5")
    play.get_by_label("Seed").fill("7")
    ask(play, "claude-sonnet-4/anthropic")
    answer = answers(play)
    ended(answer, "stop")
    expect(answer.get_by_text("was not sent: seed")).to_be_visible()
    record = recorded(api, answer)
    assert record["request"] == {
        "model": "claude-sonnet-4/anthropic",
        "temperature": 0.5,
        "seed": 7,
        "messages": [{"role": "user", "content": "Hello"}],
    }
    expect(fact(answer, "cost")).to_have_attribute("title", f"${record['cost']}")


def test_two_models_answer_side_by_side_and_the_conversation_goes_on(play: Page) -> None:
    play.get_by_role("button", name="Second model").first.click()
    play.get_by_label("Beside it").fill("claude-sonnet-4/anthropic")
    ask(play, "gpt-4o-mini/openai")
    expect(answers(play)).to_have_count(2)
    for answer, provider in zip(answers(play).all(), ("openai", "anthropic"), strict=True):
        ended(answer, "stop")
        expect(fact(answer, "served")).to_contain_text(provider)
    left, right = (answer.bounding_box() for answer in answers(play).all())
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert accessibility_faults(play) == ""
    said = fact(answers(play).last, "text").inner_text()
    answers(play).last.get_by_role("button", name="Continue the conversation").click()
    expect(contents(play)).to_have_count(3)
    expect(contents(play).nth(1)).to_have_value(said)
    expect(contents(play).last).to_be_focused()


def test_models_and_places_are_suggested_for_the_last_item_of_a_chain(play: Page) -> None:
    field, options = play.get_by_label("Model, or a chain of them"), play.locator("#models-1 option")
    field.fill("gpt-4o/openai,claude-sonnet-4")
    expect(options.first).to_have_attribute("value", "gpt-4o/openai,claude-sonnet-4/anthropic")
    field.fill("gemini-2.5-fl")
    expect(options.first).to_have_attribute("value", re.compile("gemini-2.5-fl"))


def test_a_chain_tells_who_was_tried(play: Page, watch: Watch) -> None:
    watch.expected.append("Failed to load resource: the server responded with a status of 429")
    behaving(play, "openai=500,anthropic=429")
    ask(play, "gpt-4.1-nano/openai,claude-opus-4/anthropic,gemini-2.5-flash/google")
    ended(answers(play), "stop")
    expect(fact(answers(play), "served")).to_contain_text("google-ai-studio")
    answers(play).get_by_role("link", name="Attempts and record").click()
    drawer = play.get_by_role("dialog", name="Details")
    expect(drawer.get_by_text("gpt-4.1-nano/openai", exact=True)).to_be_visible()
    expect(drawer.get_by_text("claude-opus-4/anthropic", exact=True)).to_be_visible()
    play.keyboard.press("Escape")
    ask(play, "gpt-4.1-nano/openai,claude-opus-4/anthropic")
    ended(answers(play), "failed, 429")
    expect(answers(play).get_by_role("alert")).to_be_visible()
    expect(answers(play).get_by_role("listitem")).to_have_count(2)


def test_an_error_before_the_answer_is_told_and_in_the_stream_beside_what_came(play: Page, watch: Watch) -> None:
    watch.expected.append("Failed to load resource: the server responded with a status of 404")
    ask(play, "gpt-4o-mimi")
    ended(answers(play), "failed, 404")
    expect(answers(play).get_by_role("alert")).to_contain_text("gpt-4o-mini")
    behaving(play, "drop:4")
    ask(play, "gpt-4o-mini/openai")
    ended(answers(play), "failed")
    expect(fact(answers(play), "text")).to_contain_text("You")
    expect(answers(play).get_by_role("alert")).to_contain_text("upstream_unreachable")


def test_stopping_keeps_what_came_and_the_gateway_hears_of_it(play: Page, api: httpx.Client) -> None:
    behaving(play, "slow:10:300")
    ask(play, "gpt-4o-mini/openai")
    expect(fact(answers(play), "text")).to_contain_text("You")
    play.get_by_role("button", name="Stop").click()
    ended(answers(play), "stopped")
    expect(fact(answers(play), "cost")).to_have_text(re.compile(r"^~"))
    answers(play).get_by_role("link", name="Attempts and record").click()
    expect(play.get_by_role("dialog", name="Details").get_by_text("cancelled")).to_be_visible()
    assert recorded(api, answers(play))["outcome"] == "cancelled"


def test_tools_are_called_and_their_calls_answered(play: Page, api: httpx.Client) -> None:
    play.get_by_text("Tools", exact=True).click()
    play.get_by_label("Tools, as JSON", exact=True).fill(json.dumps([WEATHER]))
    play.get_by_label("Which are called").select_option("required")
    ask(play, "gpt-4o-mini/openai", "How is the weather in Oslo?")
    ended(answers(play), "tool_calls")
    expect(answers(play)).to_contain_text("weather is called")
    answers(play).get_by_role("button", name="Answer this call").click()
    expect(contents(play).last).to_be_focused()
    play.keyboard.type("7 degrees")
    play.get_by_label("Which are called").select_option("auto")
    play.keyboard.press("Control+Enter")
    ended(answers(play), "stop")
    expect(fact(answers(play), "text")).to_have_text("weather returned: 7 degrees")
    _, called, told = recorded(api, answers(play))["request"]["messages"]
    assert called["content"] is None
    assert told == {"role": "tool", "content": "7 degrees", "tool_call_id": called["tool_calls"][0]["id"]}


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("Tools, as JSON", "[{]", "This is not JSON"),
        ("Tools, as JSON", "{}", "Tools are a list"),
        ("Tools, as JSON", '[{"type": "function"}]', "Tool 1"),
        ("Any other parameters, as JSON", "[1]", "Further parameters are an object"),
        ("Temperature", "warm", "no number"),
        ("Model, or a chain of them", "", "Name a model"),
        ("Content", "", "Say something"),
    ],
)
def test_what_cannot_be_sent_is_told_at_its_field(play: Page, field: str, value: str, told: str) -> None:
    contents(play).fill("Hello")
    for part in ("Parameters", "Tools"):
        play.get_by_text(part, exact=True).click()
    play.get_by_label(field, exact=True).first.fill(value)
    play.get_by_role("button", name="Run").click()
    expect(play.get_by_role("alert").filter(has_text=told)).to_be_visible()
    expect(play.get_by_label(field, exact=True).first).to_be_focused()
    expect(answers(play)).to_have_count(0)


def test_pictures_are_sent_and_the_page_survives_a_reload(play: Page, api: httpx.Client) -> None:
    play.get_by_text("Picture").click()
    play.get_by_label("Or an address").fill(PIXEL)
    play.get_by_role("button", name="Add", exact=True).click()
    expect(play.get_by_role("img", name="Picture 1")).to_be_visible()
    play.get_by_text("Parameters", exact=True).click()
    play.get_by_label("Most tokens").fill("50")
    ask(play, "gpt-4o-mini/openai", "What is this?")
    ended(answers(play), "stop")
    play.reload()
    expect(contents(play)).to_have_value("What is this?")
    expect(play.get_by_role("img", name="Picture 1")).to_be_visible()
    expect(play.get_by_label("Most tokens")).to_have_value("50")
    assert "sk-aig" not in play.evaluate("JSON.stringify([sessionStorage, localStorage])")
    play.get_by_role("button", name="Run").click()
    ended(answers(play), "stop")
    request = recorded(api, answers(play))["request"]
    assert request["max_tokens"] == 50
    assert request["messages"] == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}],
        }
    ]


def test_a_recorded_request_is_opened_as_it_was_and_sent_again(page: Page, api: httpx.Client) -> None:
    sent = {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "name": "ann", "content": "Say {{nothing}}."},
            {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]},
        ],
        "tools": [WEATHER],
        "temperature": 0.2,
        "stop": ["A", "B"],
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}},
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "metadata": {"team": "search"},
    }
    answer = api.post("/v1/chat/completions", json=sent)
    assert answer.status_code == 200, answer.text
    page.goto(f"/requests/{settled(api, answer.headers['helicone-id'])}")
    page.get_by_role("link", name="Open in playground").click()
    expect(page.get_by_text("Opened from a request.")).to_be_visible()
    page.get_by_role("button", name="Run").click()
    expect(fact(answers(page), "state")).to_have_class("badge good")
    assert recorded(api, answers(page))["request"] == sent


def test_a_model_of_the_catalog_is_tried_with_what_was_typed(play: Page) -> None:
    contents(play).fill("Typed before")
    play.goto("/catalog/claude-sonnet-4")
    play.get_by_role("link", name="Playground").last.click()
    expect(play.get_by_label("Model, or a chain of them")).to_have_value("claude-sonnet-4")
    expect(contents(play)).to_have_value("Typed before")


def test_a_request_without_its_body_says_so(page: Page, api: httpx.Client) -> None:
    body = {"model": "claude-sonnet-4", "messages": [{"role": "user", "content": "Secret"}]}
    answer = api.post("/v1/chat/completions", json=body, headers={"helicone-omit-request": "true"})
    page.goto(f"/playground?request={settled(api, answer.headers['helicone-id'])}")
    expect(page.get_by_text("Its body was not kept")).to_be_visible()
    expect(page.get_by_label("Model, or a chain of them")).to_have_value("claude-sonnet-4")
    expect(contents(page)).to_have_value("")


def test_a_prompt_is_opened_filled_in_and_saved_as_its_next_version(page: Page, api: httpx.Client) -> None:
    body = {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Greet {{name}} {{hc:n:number|2}} times."}],
    }
    assert api.post("/api/v1/prompts", json={"id": "greeter", "name": "Greeter", "body": body}).status_code == 201
    page.goto("/playground?prompt=greeter")
    expect(page.get_by_text("Opened from the prompt Greeter, version 0.0.")).to_be_visible()
    name = page.get_by_label("name (string)")
    name.fill("Ann")
    page.get_by_role("button", name="Run").click()
    expect(fact(answers(page), "text")).to_contain_text('"Greet Ann 2 times."')
    contents(page).first.fill("Greet {{name}} warmly.")
    page.get_by_role("button", name="Save as version").click()
    dialog = page.get_by_role("dialog", name="Save as a version")
    expect(dialog.get_by_label("Of the prompt")).to_have_value("greeter")
    dialog.get_by_label("What is new").fill("Warmer")
    dialog.get_by_label("Publish it at once to").fill("staging")
    assert accessibility_faults(page) == ""
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 0.1 of Greeter")).to_be_visible()
    saved = api.get("/api/v1/prompts/greeter/versions/0.1").json()
    assert saved["body"] == {**body, "messages": [{"role": "user", "content": "Greet {{name}} warmly."}]}
    assert (saved["message"], saved["environments"]) == ("Warmer", ["staging"])


def test_a_missing_input_is_told_and_nothing_is_sent(play: Page, watch: Watch) -> None:
    watch.expected.append("Failed to load resource: the server responded with a status of 400")
    ask(play, "gpt-4o-mini", "Hi {{name}}")
    expect(play.get_by_role("alert").filter(has_text="The input 'name' is missing")).to_be_visible()
    expect(answers(play)).to_have_count(0)
    play.get_by_label("Fill in what stands in").uncheck()
    play.get_by_role("button", name="Run").click()
    expect(fact(answers(play), "text")).to_contain_text("Hi {{name}}")


def test_a_new_prompt_is_saved_and_a_name_that_is_none_is_refused(play: Page, api: httpx.Client, watch: Watch) -> None:
    watch.expected.append("Failed to load resource: the server responded with a status of 400")
    contents(play).fill("Hello")
    play.get_by_role("button", name="Save as version").click()
    dialog = play.get_by_role("dialog", name="Save as a version")
    dialog.get_by_label("Its name").fill("From the playground")
    dialog.get_by_label("Publish it at once to").fill("no such / name")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Publish it at once to").fill("")
    dialog.get_by_role("button", name="Save").click()
    expect(play.get_by_text("Saved as version 0.0 of From the playground")).to_be_visible()
    (found,) = api.get("/api/v1/prompts", params={"search": "from the playground"}).json()["data"]
    assert found["environments"] == {}


@pytest.mark.parametrize("stream", [True, False])
def test_what_is_copied_runs_elsewhere(play: Page, busy: Gateway, stream: bool) -> None:
    text = 'It\'s "quoted" $HOME `x` \\ Grüße'
    play.get_by_text("Parameters", exact=True).click()
    play.get_by_label("Stream the answer").set_checked(stream)
    play.get_by_label("Any other parameters").fill(
        '{"metadata": {"team": "copies"}, "plugins": [], "parallel_tool_calls": null}'
    )
    play.get_by_label("Model, or a chain of them").fill("gpt-4o-mini/openai")
    contents(play).fill(text)
    environment = {"AI_GATEWAY_KEY": busy.key, "PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"}
    for name, command in (("curl", ("sh",)), ("Python", (sys.executable, "-"))):
        play.get_by_role("button", name=name).click()
        expect(play.get_by_text(f"Copied as {name}")).to_be_visible()
        copied = play.evaluate("navigator.clipboard.readText()")
        assert busy.key not in copied
        ran = subprocess.run(
            command, input=copied, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
        assert "Grüße" in ran.stdout


def test_the_key_of_the_page_is_in_its_memory_alone_and_ends_with_the_sign_in(browser: Browser, tmp_path: Path) -> None:
    with (
        Gateway(tmp_path, {"AI_GATEWAY_KEY_CACHE": "0"}) as gateway,
        desk(browser, gateway.url) as (page, watch),
    ):
        sign_in(page, gateway.key)
        page.goto("/playground")
        with page.expect_response("**/playground/key") as lent:
            ask(page, "gpt-4o-mini/openai")
        ended(answers(page), "stop")
        key = lent.value.json()["key"]
        assert key not in page.content()
        assert "sk-aig" not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
        with httpx.Client(base_url=gateway.url, headers={"authorization": f"Bearer {key}"}) as client:
            assert client.get("/v1/models").status_code == 200
            assert client.get("/api/v1/prompts").status_code == 403
            page.get_by_role("button", name="Sign out").click()
            expect(page).to_have_url(f"{gateway.url}/login")
            assert client.get("/v1/models").status_code == 401
        assert watch.unexpected() == []


def test_a_telephone_has_room_for_all_of_it(browser: Browser, busy: Gateway) -> None:
    with desk(browser, busy.url, size=NARROW, theme="dark") as (page, watch):
        sign_in(page, busy.key)
        page.goto("/playground")
        for part in ("Parameters", "Tools"):
            page.get_by_text(part, exact=True).click()
        page.get_by_role("button", name="Second model").first.click()
        page.get_by_label("Beside it").fill("claude-sonnet-4/anthropic")
        ask(page, "gpt-4o-mini/openai", "Hello {{name|you}}")
        expect(page.get_by_label("name (string, has a default)")).to_be_visible()
        expect(answers(page).first).to_be_in_viewport()
        for answer in answers(page).all():
            ended(answer, "stop")
        assert overflow(page) <= 0
        assert accessibility_faults(page) == ""
        assert watch.unexpected() == []
