"""The console's door and its first page, as browsers and scripts meet them."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.records import AttemptRecord, RequestRecord
from ai_gateway.services.signing_in import LASTING
from tests.fakes import (
    FakeCallers,
    FakeClock,
    FakeTable,
)
from tests.unit.web.consoles import console_of

ADMIN, PLAIN = "sk-aig-admin", "sk-aig-plain"
ORIGIN = "http://console.test"


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def callers() -> FakeCallers:
    keys = {ADMIN: Caller("ann", "Ann's key", admin=True), PLAIN: Caller("app", "Checkout")}
    return FakeCallers({hash_key(key): caller for key, caller in keys.items()})


@pytest.fixture
def stranger(table: FakeTable, clock: FakeClock, callers: FakeCallers) -> Iterator[TestClient]:
    with TestClient(console_of(table, clock, callers), ORIGIN, follow_redirects=False) as client:
        yield client


@pytest.fixture
def admin(stranger: TestClient) -> TestClient:
    assert stranger.post("/login", data={"key": ADMIN}).status_code == 303
    return stranger


def csrf(client: TestClient) -> str:
    found = re.search(r'x-csrf-token": "(\w+)"', client.get("/").text)
    assert found
    return found[1]


def test_a_stranger_is_led_to_the_login_and_back(stranger: TestClient) -> None:
    assert stranger.get("/").headers["location"] == "/login"
    assert stranger.get("/?range=7d").headers["location"] == "/login?next=/%3Frange%3D7d"
    answer = stranger.post("/login", data={"key": f" {ADMIN} ", "next": "/?range=7d"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?range=7d")
    assert "Ann&#39;s key" in stranger.get("/").text


def test_a_page_whose_sign_in_ended_is_led_to_again(stranger: TestClient) -> None:
    page = {"hx-request": "true", "hx-current-url": f"{ORIGIN}/requests?user=ann&live=true"}
    answer = stranger.get("/requests?user=ann", headers=page)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (
        204,
        "/login?next=/requests%3Fuser%3Dann%26live%3Dtrue",
    )
    assert stranger.get("/overview/users", headers={"hx-request": "true"}).headers["hx-redirect"] == "/login"


def test_a_stranger_is_led_back_to_a_long_address(stranger: TestClient) -> None:
    here = f"/requests?text={'%E6%97%A5' * 500}"
    there = stranger.get(here).headers["location"].removeprefix("/login?next=")
    answer = stranger.post("/login", data={"key": ADMIN, "next": unquote(there)})
    assert (answer.status_code, answer.headers["location"]) == (303, here)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(stranger: TestClient, elsewhere: str) -> None:
    answer = stranger.post("/login", data={"key": ADMIN, "next": elsewhere})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(("key", "status"), [("", 401), ("sk-aig-wrong", 401), (PLAIN, 403)])
def test_only_admin_keys_sign_in(stranger: TestClient, key: str, status: int) -> None:
    answer = stranger.post("/login", data={"key": key})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers
    assert not key or key not in answer.text


def test_the_cookie_is_for_this_site_and_not_for_scripts(stranger: TestClient) -> None:
    told = stranger.post("/login", data={"key": ADMIN}).headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert ADMIN not in told
    stranger.base_url = ORIGIN.replace("http:", "https:")
    told = stranger.post("/login", data={"key": ADMIN}).headers["set-cookie"]
    assert told.startswith("__Host-ai-gateway=")
    assert "Secure" in told


def test_a_form_of_another_site_signs_nobody_in_or_out(admin: TestClient) -> None:
    for path in ("/login", "/logout"):
        answer = admin.post(path, data={"key": ADMIN}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
    assert admin.get("/").status_code == 200


def test_signing_out_ends_the_token_everywhere(admin: TestClient) -> None:
    token = dict(admin.cookies)
    admin.post("/logout")
    admin.cookies.update(token)
    assert admin.get("/").status_code == 303


def test_a_sign_in_ends_by_itself(admin: TestClient, clock: FakeClock) -> None:
    clock.now += LASTING + 1
    assert admin.get("/").status_code == 303


def test_a_revoked_key_ends_its_sign_ins(admin: TestClient, callers: FakeCallers, clock: FakeClock) -> None:
    del callers.callers[hash_key(ADMIN)]
    clock.now += 61
    assert admin.get("/").status_code == 303


def test_changes_by_cookie_need_the_pages_token(admin: TestClient) -> None:
    prompt = {"id": "bot", "name": "Bot", "body": {"messages": [{"role": "user", "content": "Hi"}]}}
    for headers in ({}, {"x-csrf-token": "guessed"}):
        answer = admin.post("/api/v1/prompts", json=prompt, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")
    assert admin.post("/api/v1/prompts", json=prompt, headers={"x-csrf-token": csrf(admin)}).status_code == 201


def test_scripts_send_their_key(stranger: TestClient) -> None:
    assert stranger.get("/api/v1/prompts", headers={"authorization": f"Bearer {ADMIN}"}).status_code == 200
    refused = stranger.get("/api/v1/prompts", headers={"authorization": f"Bearer {PLAIN}"})
    assert refused.status_code == 403
    assert "keys create NAME --admin" in refused.json()["error"]["message"]
    assert stranger.get("/api/v1/prompts").status_code == 401


def test_every_answer_tells_browsers_to_load_nothing_of_others(admin: TestClient) -> None:
    for path in ("/", "/login", "/nothing", "/static/console.css", "/api/v1/prompts"):
        policy = admin.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_no_page_has_scripts_or_styles_of_its_own(admin: TestClient, table: FakeTable, clock: FakeClock) -> None:
    table.keep(record(clock, "1"))
    for path in ("/", "/login", "/nothing"):
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", admin.get(path).text)


def test_assets_are_kept_by_browsers_until_they_change(admin: TestClient) -> None:
    address = re.search(r'href="(/static/\w+/console.css)"', admin.get("/").text)
    assert address
    answer = admin.get(address[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


def test_the_overview_of_nothing_says_what_to_do(admin: TestClient) -> None:
    text = admin.get("/").text
    assert "No requests in the last 24 hours" in text
    assert f"base_url=&#34;{ORIGIN}/v1&#34;" in text or f'base_url="{ORIGIN}/v1"' in text


def test_the_overview_adds_up_what_there_is(admin: TestClient, table: FakeTable, clock: FakeClock) -> None:
    table.keep(
        record(clock, "1", cost=1_000_000_000_000, user="<script>alert(1)</script>"),
        record(clock, "2", cost=234_000_000_000),
        record(clock, "3", outcome="error", status=502),
        record(clock, "4", cost=None),
    )
    text = admin.get("/").text
    assert re.search(r'<dd><span title="\$1.234000000005">\$1.23</span></dd>', text)
    assert "25 %" in text
    assert "1 request used models whose price is not known" in text
    assert "<script>alert" not in text


def test_the_overview_tells_what_was_saved(admin: TestClient, table: FakeTable, clock: FakeClock) -> None:
    saved = {"cost": 2 * 10**12, "cost_computed": 2 * 10**12, "cost_uncached": 5 * 10**12}
    table.keep(record(clock, "1", cost_dearest=6 * 10**12, **saved))
    text = admin.get("/").text
    assert re.search(r"<dt>Saved by routing</dt>\s*<dd><span[^>]*>\$4.00<", text)
    assert "against the dearest endpoints; $3.00 by prompt caching" in text


def test_the_overview_names_the_most_of_each(admin: TestClient, table: FakeTable, clock: FakeClock) -> None:
    users = ("ann", "ann", "<b>ben</b>")
    table.keep(*(record(clock, str(number), user=user) for number, user in enumerate(users)))
    assert admin.get("/?range=7d").text.count('hx-get="/overview/') == 3
    text = admin.get("/overview/users?range=7d").text
    assert "<html" not in text
    assert re.findall(r'href="/requests\?user=([^"&]+)&amp;since=', text) == ["ann", "%3Cb%3Eben%3C%2Fb%3E"]
    assert "<b>ben" not in text
    assert 'href="/requests?model=gpt-4o&amp;since=' in admin.get("/overview/models").text
    assert "None." in admin.get("/overview/providers").text
    assert admin.get("/overview/planets").status_code == 400


def test_the_overview_leads_to_the_requests_that_it_counts(
    admin: TestClient, table: FakeTable, clock: FakeClock
) -> None:
    attempts = (
        AttemptRecord("gpt-4o/azure", "azure", "gpt-4o", 503, "server_error"),
        AttemptRecord("gpt-4o/openai", "openai", "gpt-4o", 200),
    )
    table.keep(
        record(clock, "old", started=clock.time() - 30 * 86_400, outcome="error", attempts=attempts),
        record(clock, "new", outcome="error", attempts=attempts),
    )
    text = admin.get("/").text + admin.get("/overview/providers").text
    links = re.findall(r'href="(/requests\?[^"]*(?:outcome=error|called=azure)[^"]*)"', text)
    assert len(links) == 2
    for link in links:
        assert re.findall(r'<tr id="r-(\w+)"', admin.get(unescape(link)).text) == ["new"], link


def test_the_overview_is_for_the_admins_own_organization(admin: TestClient, table: FakeTable, clock: FakeClock) -> None:
    table.keep(record(clock, "1", organization="others"))
    assert "No requests" in admin.get("/").text


def test_a_range_that_there_is_not_is_refused(admin: TestClient) -> None:
    answer = admin.get("/?range=900y")
    assert answer.status_code == 400
    assert "24h, 7d, 30d, 12mo" in answer.text


def record(clock: FakeClock, id: str, **fields: object) -> RequestRecord:  # noqa: A002
    shown: dict[str, object] = {
        "outcome": "success",
        "status": 200,
        "model": "gpt-4o",
        "tokens": {"input": 3},
        "cost": 5,
    }
    return RequestRecord(**{"id": id, "started": clock.time() - 60, **shown, **fields})  # type: ignore[arg-type]
