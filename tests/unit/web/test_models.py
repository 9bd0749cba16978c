"""GET /v1/models: what there is, where, and at what price."""

from typing import Any

import pytest

from ai_gateway.core.catalog import Catalog
from tests.unit.web.serving import PROVIDERS, Served

FIELDS = {
    *("id", "object", "created", "owned_by", "name", "aliases", "context_length", "max_output_tokens"),
    *("input_modalities", "output_modalities", "capabilities", "reasoning", "unsupported", "providers"),
}


async def model(name: str) -> dict[str, Any]:
    answer = await Served()(method="GET", path=f"/v1/models/{name}")
    assert answer.status == 200
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
async def test_the_list_has_every_model_in_openais_shape_with_all_there_is_to_know(path: str) -> None:
    answer = await Served()(method="GET", path=path)
    assert answer.status == 200
    assert answer.json["object"] == "list"
    rows = answer.json["data"]
    assert [row["id"] for row in rows] == [known.id for known in Catalog.standard().models()]
    for row in rows:
        assert set(row) == FIELDS
        assert row["object"] == "model"
        assert isinstance(row["created"], int)
        assert row["owned_by"]
        assert row["providers"]
        assert not set(row["capabilities"]) & set(row["unsupported"])


async def test_a_model_is_told_with_its_day_its_limits_and_what_it_can() -> None:
    found = await model("gpt-4o-mini")
    assert (found["id"], found["owned_by"], found["created"]) == ("gpt-4o-mini", "openai", 1_721_260_800)
    assert (found["context_length"], found["max_output_tokens"]) == (128_000, 16_384)
    assert {"images", "json_schema", "tools"} <= set(found["capabilities"])
    assert "reasoning" not in found["capabilities"]
    assert "reasoning" in (await model("o3"))["capabilities"]
    assert "images" not in (await model("kimi-k2"))["capabilities"]


async def test_every_provider_is_told_with_its_id_its_price_and_whether_it_can_be_called() -> None:
    rows = {row["provider"]: row for row in (await model("gpt-4o"))["providers"]}
    assert rows["openai"] == {
        "provider": "openai",
        "model_id": "gpt-4o",
        "model_string": "gpt-4o/openai",
        "available": True,
        "simulated": False,
        "unsupported": [],
        "prices": {
            "unit": "USD per 1M tokens",
            "input": "2.5",
            "output": "10",
            "cache_read": "1.25",
            "web_search_usd": "0.01",
            "source": "genai-prices 0.2.3",
        },
    }
    assert rows["openrouter"]["available"] is ("openrouter" in PROVIDERS)


async def test_tiers_and_fees_are_told() -> None:
    prices = (await model("gemini-2.5-pro"))["providers"][0]["prices"]
    assert prices["tiers"][0]["above_prompt_tokens"] == 200_000
    assert prices["tiers"][0]["output"] == "15"
    assert (await model("sonar"))["providers"][0]["prices"]["request_usd"] == "0.005"


async def test_a_price_that_nobody_knows_is_null_and_not_zero() -> None:
    assert (await model("command-a-vision-07-2025"))["providers"][0]["prices"] is None


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("claude-haiku-4.5", "claude-4.5-haiku"),
        ("openai/gpt-4o", "gpt-4o"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama-3.3-70b-instruct"),
        ("gpt-4o-2024-05-13", "gpt-4o"),
    ],
)
async def test_a_model_is_found_by_any_of_its_names(name: str, known: str) -> None:
    assert (await model(name))["id"] == known


@pytest.mark.parametrize(("name", "hint"), [("gpt-4o-mni", "gpt-4o-mini"), ("zzzzzzzzzzzzzzz", "/v1/models")])
async def test_an_unknown_model_is_a_404_that_helps(name: str, hint: str) -> None:
    answer = await Served()(method="GET", path=f"/v1/models/{name}")
    assert answer.status == 404
    assert answer.error["type"] == "model_not_found"
    assert repr(name) in answer.error["message"]
    assert hint in answer.error["message"]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/gpt-4o"])
async def test_only_callers_with_a_key_are_told(path: str) -> None:
    answer = await Served()(method="GET", path=path, headers={"authorization": "Bearer wrong"})
    assert answer.status == 401
