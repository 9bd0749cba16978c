"""The calls that Helicone's users and its SDK make."""

from base64 import b64decode

import pytest
from starlette.testclient import TestClient

from ai_gateway.core.wire import JsonObject, loads
from tests.unit.web.test_console_prompts import BODY, OTHER, app, http

__all__ = ["app", "http"]

V1 = "/v1/prompt-2025"


@pytest.fixture
def created(http: TestClient) -> dict[str, str]:
    answer = http.post(V1, json={"name": "Support bot", "tags": ["x"], "promptBody": BODY})
    assert answer.status_code == 201, answer.text
    data: dict[str, str] = answer.json()["data"]
    return data


def asked(http: TestClient, path: str, body: JsonObject) -> object:
    answer = http.post(f"{V1}/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (200, None), answer.text
    return answer.json()["data"]


def test_a_prompt_is_created_in_production_with_version_0_0(http: TestClient, created: dict[str, str]) -> None:
    version = asked(http, "query/production-version", {"promptId": created["id"]})
    assert isinstance(version, dict)
    assert len(created["id"]) == 6
    assert version["id"] == created["versionId"]
    assert (version["major_version"], version["minor_version"], version["commit_message"]) == (0, 0, "First version.")
    assert (version["model"], version["environments"]) == ("gpt-4o-mini", ["production"])
    assert loads(b64decode(version["s3_url"].partition(",")[2])) == BODY


def test_prompts_are_found_and_described(http: TestClient, created: dict[str, str]) -> None:
    prompt_id = created["id"]
    assert http.get(f"{V1}/id/{prompt_id}").json()["data"]["name"] == "Support bot"
    assert http.get(f"{V1}/count").json() == {"data": 1, "error": None}
    assert http.get(f"{V1}/tags").json()["data"] == ["x"]
    assert http.get(f"{V1}/environments").json()["data"] == ["production"]
    found = asked(http, "query", {"search": "PORT b", "tagsFilter": ["x"], "page": 0, "pageSize": 10})
    assert isinstance(found, list)
    assert [row["id"] for row in found] == [prompt_id]
    assert asked(http, "query", {"search": "", "tagsFilter": [], "page": 1, "pageSize": 10}) == []
    asked(http, f"id/{prompt_id}/rename", {"name": "Bot"})
    assert http.patch(f"{V1}/id/{prompt_id}/tags", json={"tags": ["a", " b "]}).json()["data"] == ["a", "b"]
    assert http.get(f"{V1}/id/{prompt_id}").json()["data"]["name"] == "Bot"


def test_versions_are_made_and_moved_between_environments(http: TestClient, created: dict[str, str]) -> None:
    prompt_id = created["id"]
    new: JsonObject = {
        "promptId": prompt_id,
        "promptVersionId": created["versionId"],
        "newMajorVersion": True,
        "environment": "staging",
        "commitMessage": "Kinder",
        "promptBody": OTHER,
    }
    made = asked(http, "update", new)
    assert isinstance(made, dict)
    staged = asked(http, "query/environment-version", {"promptId": prompt_id, "environment": "staging"})
    assert isinstance(staged, dict)
    assert (staged["id"], staged["major_version"], staged["minor_version"]) == (made["id"], 1, 0)
    minor = asked(http, "update", {**new, "newMajorVersion": False, "environment": None})
    assert isinstance(minor, dict)
    assert asked(http, "query/total-versions", {"promptId": prompt_id}) == {"totalVersions": 3, "majorVersions": 1}
    only_zero = asked(http, "query/versions", {"promptId": prompt_id, "majorVersion": 0})
    assert isinstance(only_zero, list)
    assert [(row["major_version"], row["minor_version"]) for row in only_zero] == [(0, 1), (0, 0)]
    move: JsonObject = {"promptId": prompt_id, "promptVersionId": made["id"], "environment": "production"}
    asked(http, "update/environment", move)
    assert http.post(f"{V1}/remove/environment", json=move).status_code == 400
    asked(http, "remove/environment", {**move, "environment": "staging"})
    assert http.delete(f"{V1}/{prompt_id}/{made['id']}").status_code == 409
    assert http.delete(f"{V1}/{prompt_id}/{minor['id']}").json() == {"data": None, "error": None}


def test_bodies_are_read_in_three_ways(http: TestClient, created: dict[str, str]) -> None:
    assert http.get(f"{V1}/{created['versionId']}/prompt-body").json() == {"data": BODY, "error": None}
    for path, body in (
        ("version", {"promptVersionId": created["versionId"]}),
        ("environment-version", {"promptId": created["id"], "environment": "production"}),
        ("production-version", {"promptId": created["id"]}),
    ):
        answer = http.post(f"/v2/prompt-2025/query/{path}", json=body).json()
        assert answer["data"]["prompt_body"] == BODY
        assert "prompt_body" not in http.post(f"{V1}/query/{path}", json=body).json()["data"]


def test_a_prompt_is_deleted_though_it_is_in_production(http: TestClient, created: dict[str, str]) -> None:
    assert http.delete(f"{V1}/{created['id']}").json() == {"data": None, "error": None}
    assert http.get(f"{V1}/count").json()["data"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "id/nope12", None),
        ("DELETE", "nope12", None),
        ("GET", "nope/prompt-body", None),
        ("POST", "query/version", {"promptVersionId": "nope"}),
        ("POST", "query/environment-version", {"promptId": "nope12", "environment": "dev"}),
    ],
)
def test_what_is_unknown_is_told_in_helicones_shape(
    http: TestClient, created: dict[str, str], method: str, path: str, body: JsonObject | None
) -> None:
    answer = http.request(method, f"{V1}/{path}", json=body)
    assert answer.status_code == 404
    assert answer.json()["data"] is None
    assert isinstance(answer.json()["error"], str)
