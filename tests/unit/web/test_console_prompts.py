"""The console's API of prompts, mounted as the console mounts it."""

from collections.abc import Iterator
from json import dumps

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from ai_gateway.core.errors import AuthenticationFailed, GatewayError
from ai_gateway.core.wire import JsonObject
from ai_gateway.services.prompts.editing import Editing, Editor
from ai_gateway.services.prompts.finding import PromptFinder
from ai_gateway.services.prompts.library import Library
from ai_gateway.services.prompts.previews import Previews
from ai_gateway.services.prompts.releases import Releases
from ai_gateway.services.prompts.shelf import Shelf
from ai_gateway.web.console.helicone_prompts import helicone_prompts_router
from ai_gateway.web.console.prompts import prompts_router
from tests.fakes import FakeClock, FakePrompts

BODY: JsonObject = {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Help {{name}}."}]}
OTHER: JsonObject = {"model": "gpt-4o-mini", "messages": [{"role": "system", "content": "Serve {{name|you}}."}]}


def editor_of(request: Request) -> Editor:
    if request.headers.get("authorization") != "Bearer admin":
        raise AuthenticationFailed("Not an admin.")
    return Editor(request.headers.get("x-organization", "acme"), "ann", "console")


async def told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)
    return JSONResponse(error.body(), error.status)


@pytest.fixture
def app() -> FastAPI:
    prompts, clock = FakePrompts(), FakeClock()
    editing = Editing(prompts, clock)
    finder = PromptFinder(Shelf(prompts, clock, remember=0))
    library = Library(editing, Releases(editing, finder))
    app = FastAPI(exception_handlers={GatewayError: told})
    app.include_router(prompts_router(library, Previews(finder), editor_of), prefix="/api/v1")
    app.include_router(helicone_prompts_router(library, editor_of))
    return app


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers={"authorization": "Bearer admin"}) as client:
        yield client


@pytest.fixture
def bot(http: TestClient) -> str:
    created = http.post("/api/v1/prompts", json={"id": "bot", "name": "Support bot", "body": BODY, "tags": ["x"]})
    assert created.status_code == 201, created.text
    return "/api/v1/prompts/bot"


def test_every_route_asks_who_it_is(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert len(paths) > 30
    with TestClient(app) as stranger:
        for path, operations in paths.items():
            for method in operations:
                answer = stranger.request(method, path.replace("{", "").replace("}", ""))
                assert answer.status_code == 401, (method, path, answer.text)


def test_every_route_is_documented(app: FastAPI) -> None:
    own = {path: operations for path, operations in app.openapi()["paths"].items() if path.startswith("/api")}
    assert {path for path in own if "publish" in path} == {"/api/v1/prompts/{prompt_id}/publish"}
    for path, operations in own.items():
        for method, operation in operations.items():
            assert operation["tags"] == ["prompts"], (method, path)


def test_a_prompt_is_written_tested_published_and_rolled_back(http: TestClient, bot: str) -> None:
    preview = http.post(
        f"{bot}/preview", json={"inputs": {"name": "Ann"}, "messages": [{"role": "user", "content": "Hi"}]}
    )
    assert preview.json() == {
        "request": {
            "model": "gpt-4o-mini",
            "messages": [{"role": "system", "content": "Help Ann."}, {"role": "user", "content": "Hi"}],
        },
        "tokens": 2,
        "variables": [{"name": "name", "type": "string", "default": None}],
        "version": "0.0",
        "environment": "production",
    }  # fmt: skip
    saved = http.post(f"{bot}/versions", json={"body": OTHER, "message": "Kinder", "revision": 1}).json()
    assert (saved["version"]["version"], saved["version"]["origin"], saved["prompt"]["revision"]) == (
        "0.1",
        "console",
        2,
    )
    diff = http.get(f"{bot}/diff", params={"before": "0.0", "after": "0.1"}).json()["lines"]
    assert [line["text"] for line in diff if line["kind"] == "added"] == ["Serve {{name|you}}."]
    published = http.post(f"{bot}/publish", json={"version": "0.1", "revision": 2}).json()
    assert published["environments"] == {"production": {"version": "0.1", "candidate": None, "percent": 0}}
    rolled_back = http.post(f"{bot}/rollback", json={}).json()
    assert rolled_back["environments"]["production"]["version"] == "0.0"
    history = http.get(f"{bot}/history").json()
    assert [(move["kind"], move["after"]["version"], move["author"]) for move in history] == [
        ("rollback", "0.0", "ann"),
        ("publish", "0.1", "ann"),
        ("publish", "0.0", "ann"),
    ]


def test_a_concurrent_edit_is_a_409(http: TestClient, bot: str) -> None:
    assert http.post(f"{bot}/versions", json={"body": OTHER, "revision": 1}).status_code == 201
    for path, body in (
        ("versions", {"body": OTHER, "revision": 1}),
        ("publish", {"version": "0.1", "revision": 1}),
        ("rollback", {"revision": 1}),
    ):
        answer = http.post(f"{bot}/{path}", json=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (409, "conflict")


def test_prompts_are_listed_page_by_page(http: TestClient, bot: str) -> None:
    for number in range(3):
        http.post("/api/v1/prompts", json={"name": f"Prompt {number}", "body": BODY, "environments": ["dev"]})
    page = http.get("/api/v1/prompts", params={"limit": 2, "offset": 1}).json()
    assert (len(page["data"]), page["total"]) == (2, 4)
    found = http.get("/api/v1/prompts", params={"search": "support", "tag": ["x", "y"]}).json()["data"]
    assert [row["id"] for row in found] == ["bot"]
    assert http.get("/api/v1/prompts", params={"environment": "dev"}).json()["total"] == 3


def test_versions_are_read_with_their_bodies(http: TestClient, bot: str) -> None:
    saved = http.post(f"{bot}/versions", json={"body": OTHER, "tags": ["candidate"], "environment": "dev"}).json()
    rows = http.get(f"{bot}/versions").json()
    assert [(row["version"], row["environments"], row["tags"]) for row in rows] == [
        ("0.1", ["dev"], ["candidate"]),
        ("0.0", ["production"], []),
    ]
    for name in ("0.1", saved["version"]["id"]):
        assert http.get(f"{bot}/versions/{name}").json()["body"] == OTHER


def test_a_draft_goes_from_hand_to_hand(http: TestClient, bot: str) -> None:
    assert http.get(f"{bot}/draft").status_code == 404
    first = http.put(f"{bot}/draft", json={"body": {"messages": []}, "revision": 0}).json()
    assert http.put(f"{bot}/draft", json={"body": OTHER, "revision": 0}).status_code == 409
    http.put(f"{bot}/draft", json={"body": OTHER, "revision": first["revision"]})
    lines = http.get(f"{bot}/diff", params={"before": "0.0", "after": "draft"}).json()["lines"]
    assert any(line["kind"] == "added" for line in lines)
    assert http.post(f"{bot}/versions", json={"message": "Done"}).json()["version"]["version"] == "0.1"
    assert http.get(f"{bot}/draft").status_code == 404
    http.put(f"{bot}/draft", json={"body": BODY})
    assert http.delete(f"{bot}/draft").status_code == 204
    assert http.get(f"{bot}/draft").status_code == 404


def test_a_rollout_shows_whose_version_it_is(http: TestClient, bot: str) -> None:
    http.post(f"{bot}/versions", json={"body": OTHER})
    http.post(f"{bot}/publish", json={"version": "0.1", "percent": 50})
    users = [f"user-{number}" for number in range(30)]
    got = {
        http.post(f"{bot}/preview", json={"inputs": {"name": "Ann"}, "user": user}).json()["version"] for user in users
    }
    assert got == {"0.0", "0.1"}


def test_what_is_not_saved_is_previewed_too(http: TestClient, bot: str) -> None:
    unsaved = {"messages": [{"role": "user", "content": "{{hcp:bot:0}} {{hc:count:number|3}}"}]}
    asked = http.post("/api/v1/prompts/variables", json={"body": unsaved}).json()["variables"]
    assert asked == [
        {"name": "name", "type": "string", "default": None},
        {"name": "count", "type": "number", "default": "3"},
    ]
    shown = http.post("/api/v1/prompts/preview", json={"body": unsaved, "inputs": {"name": "Ann"}}).json()
    assert shown["request"] == {"messages": [{"role": "user", "content": "Help Ann. 3"}]}
    missing = http.post("/api/v1/prompts/preview", json={"body": unsaved})
    assert (missing.status_code, missing.json()["error"]["param"]) == (400, "inputs.name")


@pytest.mark.parametrize("value", ["\ud800", 10**30])
def test_inputs_that_cannot_be_sent_are_not_previewed(http: TestClient, bot: str, value: object) -> None:
    json = {"content-type": "application/json"}
    for path, body in ((f"{bot}/preview", {}), ("/api/v1/prompts/preview", {"body": BODY})):
        answer = http.post(path, content=dumps({**body, "inputs": {"name": value}}), headers=json)
        assert answer.status_code == 400


def test_a_prompt_in_use_is_deleted_by_force_only(http: TestClient, bot: str) -> None:
    refused = http.delete(bot)
    assert refused.status_code == 409
    assert "used by production" in refused.json()["error"]["message"]
    assert http.delete(f"{bot}/environments/production").json()["environments"] == {}
    assert http.delete(bot).status_code == 204
    assert http.get(bot).status_code == 404
    http.post("/api/v1/prompts", json={"id": "bot", "name": "Again", "body": BODY})
    assert http.delete(bot, params={"force": True}).status_code == 204


def test_versions_no_environment_uses_are_deleted(http: TestClient, bot: str) -> None:
    http.post(f"{bot}/versions", json={"body": OTHER})
    assert http.delete(f"{bot}/versions/0.0").status_code == 409
    assert http.delete(f"{bot}/versions/0.1").status_code == 204
    assert http.get(f"{bot}/versions/0.1").status_code == 404


def test_organizations_have_prompts_of_their_own(http: TestClient, bot: str) -> None:
    other = {"x-organization": "other"}
    assert http.get(bot, headers=other).status_code == 404
    assert http.get("/api/v1/prompts", headers=other).json()["total"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "A", "body": {"messages": [{"role": "user", "content": "{{hc:a:nope}}"}]}}, 400),
        ({"name": "A", "body": {"messages": [{"role": "user", "content": "\ud800"}]}}, 400),
        ({"name": "A", "body": {"seed": 10**30}}, 400),
        ({"name": "\ud800", "body": BODY}, 400),
        ({"name": "", "body": BODY}, 400),
        ({"name": "A", "body": BODY, "id": "a b"}, 400),
        ({"name": "A", "body": BODY, "environments": ["my prod"]}, 400),
        ({"name": "A", "body": BODY, "enviroments": ["dev"]}, 422),
        ({"name": "A", "body": []}, 422),
        ({"body": BODY}, 422),
    ],
)
def test_what_makes_no_sense_is_refused(http: TestClient, body: JsonObject, status: int) -> None:
    json = {"content-type": "application/json"}
    assert http.post("/api/v1/prompts", content=dumps(body), headers=json).status_code == status
    assert http.get("/api/v1/prompts").json()["total"] == 0


def test_what_was_saved_is_described_anew(http: TestClient, bot: str) -> None:
    row = http.patch(bot, json={"name": "Bot", "tags": ["a", "a"], "revision": 1}).json()
    assert (row["name"], row["tags"], row["revision"]) == ("Bot", ["a"], 2)
    assert http.patch(bot, json={"name": "Again", "revision": 1}).status_code == 409
