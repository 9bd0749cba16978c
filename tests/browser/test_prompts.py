"""Prompts from the first word to the call that gets them, as somebody does it in a browser."""

import re
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import Theme, Watch, check_page, in_both_sizes
from tests.e2e.running import Gateway

SEEN_WITHIN = 30.0
"""Seconds until a publish is seen by every gateway, as the README says."""
RECORDED_WITHIN = 10.0
SAVED = re.compile(r"saved \d\d:\d\d")
SAID = "Reply with exactly: Good morning, {{name}}"


@pytest.fixture
def api(busy: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{busy.url}/api/v1", headers={"authorization": f"Bearer {busy.key}"}) as client:
        yield client


def body(*said: str, **fields: object) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": one} for one in said], **fields}


def create(api: httpx.Client, prompt_id: str, said: str = SAID, **fields: Any) -> None:
    new = {"id": prompt_id, "name": f"Prompt {prompt_id}", "body": body(said), **fields}
    api.post("/prompts", json=new).raise_for_status()


def text(page: Page, place: int = 0) -> Any:
    return page.locator("#messages textarea").nth(place)


def state(page: Page) -> Any:
    return page.locator("#state")


def test_a_prompt_is_written_run_published_and_served_to_the_sdk(page: Page, busy: Gateway) -> None:
    page.goto("/prompts")
    page.get_by_role("button", name="New prompt").click()
    page.get_by_label("Name", exact=True).fill("Greeting desk")
    expect(page.get_by_label("Id, which calls name it by")).to_have_value("greeting-desk")
    page.get_by_label("Tags, with").first.fill("greeting, first")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(re.compile("/prompts/greeting-desk$"))

    expect(page.get_by_text("not published")).to_be_visible()
    page.get_by_role("button", name="Message", exact=True).click()
    text(page, 1).fill(SAID)
    expect(page.get_by_label("name, string")).to_be_visible()
    expect(page.locator("#preview")).to_contain_text("The input 'name' is missing")
    page.get_by_label("name, string").fill("Ann")
    expect(page.locator("#preview")).to_contain_text("Reply with exactly: Good morning, Ann")
    expect(page.locator("#preview")).to_contain_text(re.compile(r"About \d+ tokens"))
    expect(state(page)).to_contain_text("draft on 0.0")

    page.get_by_label("Model, instead of the prompt's").fill("claude-sonnet-4/anthropic")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("[data-answer]")).to_have_text("Good morning, Ann")
    expect(page.locator("[data-facts]")).to_contain_text(re.compile(r"by Anthropic.*tokens · \$0", re.IGNORECASE))

    page.get_by_role("button", name="Save as version").click()
    page.get_by_label("What changed").fill("Says good morning")
    page.get_by_label("Then publish it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/publish"))
    expect(page.locator(".diff .added").filter(has_text=SAID)).to_be_visible()
    page.get_by_role("button", name="Publish 0.1 to production").click()
    expect(page.get_by_role("heading", name="Environments")).to_be_visible()
    assert served(busy, "greeting-desk") == "Good morning, Ann"

    # Again, now that gateways know the prompt: the next version is seen within the stated time.
    page.get_by_role("link", name="Editor").click()
    text(page, 1).fill("Reply with exactly: Good evening, {{name}}")
    page.get_by_role("button", name="Save as version").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"version=0\.2"))
    assert served(busy, "greeting-desk") == "Good morning, Ann"
    page.get_by_role("link", name="Publish").click()
    expect(page.locator(".diff .removed")).to_have_count(1)
    page.get_by_role("button", name="Publish 0.2 to production").click()
    expect(page.get_by_text("production 0.2", exact=True)).to_be_visible()
    published = time.monotonic()
    while served(busy, "greeting-desk") != "Good evening, Ann":
        assert time.monotonic() - published < SEEN_WITHIN


def served(gateway: Gateway, prompt_id: str) -> str | None:
    with gateway.client() as client:
        answer = client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[],
            extra_body={"prompt_id": prompt_id, "environment": "production", "inputs": {"name": "Ann"}},
        )
    return answer.choices[0].message.content


def test_a_draft_is_saved_as_one_types_and_is_there_again(page: Page, api: httpx.Client) -> None:
    create(api, "drafty")
    page.goto("/prompts/drafty")
    text(page).fill("Hello {{who|world}}")
    page.get_by_label("Temperature").fill("0.5")
    expect(state(page)).to_contain_text(SAVED)
    page.reload()
    expect(text(page)).to_have_value("Hello {{who|world}}")
    expect(page.get_by_label("Temperature")).to_have_value("0.5")
    expect(state(page)).to_contain_text("draft on 0.0")
    assert api.get("/prompts/drafty/draft").json()["body"] == body("Hello {{who|world}}", temperature=0.5)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard the draft").click()
    expect(text(page)).to_have_value(SAID)
    assert api.get("/prompts/drafty/draft").status_code == 404


@pytest.mark.parametrize("keeps", ["mine", "theirs"])
def test_two_who_edit_are_told_of_each_other(page: Page, api: httpx.Client, watch: Watch, keeps: str) -> None:
    watch.expected.append("409")
    create(api, f"shared-{keeps}")
    page.goto(f"/prompts/shared-{keeps}")
    text(page).fill("Mine")
    expect(state(page)).to_contain_text(SAVED)
    api.put(f"/prompts/shared-{keeps}/draft", json={"body": body("Theirs"), "revision": 1}).raise_for_status()
    text(page).fill("Mine again")
    conflict = page.get_by_role("alert").filter(has_text="saved this draft at")
    expect(conflict).to_contain_text("This laptop")
    assert api.get(f"/prompts/shared-{keeps}/draft").json()["body"] == body("Theirs")
    if keeps == "mine":
        conflict.get_by_role("button", name="Keep mine").click()
        expect(conflict).to_be_hidden()
        expect(state(page)).to_contain_text(SAVED)
        assert api.get(f"/prompts/shared-{keeps}/draft").json()["body"] == body("Mine again")
    else:
        conflict.get_by_role("button", name="Load theirs").click()
        expect(text(page)).to_have_value("Theirs")


def test_a_version_saved_on_top_of_somebody_elses_says_whose(page: Page, api: httpx.Client, watch: Watch) -> None:
    watch.expected.append("409")
    create(api, "raced")
    page.goto("/prompts/raced")
    api.post("/prompts/raced/versions", json={"body": body("Theirs"), "message": "Faster"}).raise_for_status()
    text(page).fill("Mine")
    page.get_by_role("button", name="Save as version").click()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.get_by_text("its newest version is 0.1, by This laptop")).to_be_visible()
    save.click()
    expect(page).to_have_url(re.compile(r"version=0\.2"))
    assert api.get("/prompts/raced/versions/0.2").json()["body"] == body("Mine")


def test_messages_are_moved_removed_and_turned_into_json(page: Page, api: httpx.Client) -> None:
    create(api, "ordered")
    page.goto("/prompts/ordered")
    page.get_by_role("button", name="Message", exact=True).click()
    text(page, 1).fill("Second")
    page.get_by_role("button", name="Move up").nth(1).click()
    expect(text(page, 0)).to_have_value("Second")
    page.get_by_role("button", name="Text or JSON").nth(0).click()
    expect(page.get_by_label("Message as JSON")).to_have_value(re.compile(r'"role": "assistant"'))
    parts = '{"role": "user", "content": [{"type": "text", "text": "Look, {{name}}"}]}'
    page.get_by_label("Message as JSON").fill(parts)
    page.get_by_role("button", name="Remove").nth(1).click()
    expect(page.locator("#messages > li")).to_have_count(1)
    expect(state(page)).to_contain_text(SAVED)
    kept = api.get("/prompts/ordered/draft").json()["body"]["messages"]
    assert kept == [{"role": "user", "content": [{"type": "text", "text": "Look, {{name}}"}]}]


def test_what_is_wrong_is_told_where_it_stands(page: Page, api: httpx.Client) -> None:
    create(api, "wrong")
    page.goto("/prompts/wrong")
    text(page).fill("Hello {{hc:name:nope}}")
    expect(page.locator("#messages > li").first).to_contain_text("The variable 'name' has the unknown type 'nope'")
    text(page).fill("Hello {{hc:count:number}}")
    page.get_by_label("count, number").fill("many")
    expect(page.locator("[data-input=count]")).to_contain_text("must be a number, got 'many'")
    page.get_by_label("count, number").fill("0")
    expect(page.locator("#preview")).to_contain_text("Hello 0")
    page.get_by_text("Tools", exact=True).click()
    page.get_by_label("Tools").fill("[{")
    expect(page.locator("[data-field=tools]")).to_contain_text("This is no JSON")
    expect(state(page)).to_contain_text("Not saved")
    page.get_by_label("Tools").fill("")
    expect(page.locator(".field-problem")).to_have_count(0)
    expect(state(page)).to_contain_text(SAVED)


def test_a_prompt_of_300_kb_with_500_variables_is_edited_and_one_too_large_is_told(
    page: Page, api: httpx.Client, watch: Watch
) -> None:
    watch.expected.append("413")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 "
    noise = "".join(Random(5).choices(letters, k=900_000))
    large = "".join(f"{noise[place * 600 : place * 600 + 590]}{{{{v{place}|x}}}}" for place in range(500))
    create(api, "large", large)
    page.goto("/prompts/large")
    expect(page.locator("[data-input]")).to_have_count(500)
    expect(page.locator("#preview")).to_contain_text(re.compile(r"About \d\d,\d{3} tokens"))
    text(page).press("End")
    text(page).press_sequentially("!")
    expect(state(page)).to_contain_text(SAVED)
    text(page).fill(noise)
    expect(state(page)).to_contain_text("Not saved")
    expect(state(page)).to_contain_text("bytes")


def test_a_rollout_is_compared_finished_and_rolled_back(page: Page, api: httpx.Client) -> None:
    create(api, "rolled")
    api.post("/prompts/rolled/versions", json={"body": body("Reply with exactly: Hi, {{name}}")}).raise_for_status()
    page.goto("/prompts/rolled/publish?version=0.1")
    page.get_by_label("Percent").fill("25")
    page.get_by_label("Percent").press("Tab")
    page.get_by_role("button", name="Roll 0.1 out to 25 % in production").click()
    expect(page.get_by_text("production 0.0, 0.1 for 25 %", exact=True)).to_be_visible()
    page.get_by_role("link", name="0.1 for all").click()
    page.get_by_role("button", name="Publish 0.1 to production").click()
    expect(page.get_by_text("production 0.1", exact=True)).to_be_visible()
    page.get_by_role("button", name="Roll back to 0.0, 0.1 for 25 %").click()
    page.get_by_role("button", name="Roll back to 0.0", exact=True).click()
    expect(page.get_by_text("all get 0.0")).to_be_visible()
    page.get_by_role("link", name="History").click()
    kinds = page.locator("tbody .badge").all_inner_texts()
    assert kinds == ["rolled back", "rolled back", "published", "published", "published"]


def test_a_prompt_in_use_is_not_deleted(page: Page, api: httpx.Client, watch: Watch) -> None:
    watch.expected.append("409")
    create(api, "kept")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/prompts/kept/versions")
    page.get_by_text("More").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("is used by production")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No environment uses it yet")).to_be_visible()
    page.get_by_text("More").click()
    page.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/prompts$"))
    assert api.get("/prompts/kept").status_code == 404


def test_a_request_leads_to_the_version_that_it_got(page: Page, api: httpx.Client, busy: Gateway) -> None:
    create(api, "led")
    api.post("/prompts/led/versions", json={"body": body("Newer"), "environment": "production"}).raise_for_status()
    with busy.client() as client:
        raw = client.chat.completions.with_raw_response.create(
            model="gpt-4o-mini",
            messages=[],
            extra_body={"prompt_id": "led", "version_id": "0.0", "inputs": {"name": "Ann"}},
        )
    request = raw.headers["helicone-id"]
    deadline = time.monotonic() + RECORDED_WITHIN
    while api.get(f"/requests/{request}").status_code == 404:
        assert time.monotonic() < deadline
    page.goto(f"/requests/{request}")
    page.get_by_role("link", name="Open its prompt").click()
    expect(page).to_have_url(re.compile(r"/prompts/led\?version=0\.0$"))
    expect(text(page)).to_have_value(SAID)
    expect(state(page)).to_contain_text("version 0.0")


@in_both_sizes
@pytest.mark.parametrize("path", ["", "/versions?before=0.0&after=0.1", "/publish?version=0.1", "/history", "/metrics"])
def test_a_page_of_a_prompt_is_whole(
    browser: Browser, busy: Gateway, path: str, size: tuple[int, int], theme: Theme
) -> None:
    check_page(browser, busy, f"/prompts/demo-support{path}", size=size, theme=theme)
