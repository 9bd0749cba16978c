from collections.abc import Callable
from typing import Any

import pytest

from ai_gateway.core.dialect import UpstreamRequest

Encoded = Callable[..., UpstreamRequest]
Sent = Callable[..., dict[str, Any]]
SCHEMA = {"type": "object", "properties": {"kind": {"const": "cat"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "pet", "schema": SCHEMA, "strict": True}}
TOOL = {"type": "function", "function": {"name": "weather"}}


def test_every_sampling_setting_has_its_field(sent: Sent) -> None:
    config = sent(
        temperature=0,
        top_p=0.5,
        top_k=40,
        n=2,
        seed=7,
        stop=["a", "b"],
        max_tokens=10,
        max_completion_tokens=20,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        logprobs=True,
        top_logprobs=3,
    )["generationConfig"]
    assert config == {
        "temperature": 0,
        "topP": 0.5,
        "topK": 40,
        "candidateCount": 2,
        "seed": 7,
        "stopSequences": ["a", "b"],
        "maxOutputTokens": 20,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "responseLogprobs": True,
        "logprobs": 3,
    }


def test_one_stop_and_one_choice_are_the_short_forms(sent: Sent) -> None:
    assert sent(stop="end", n=1)["generationConfig"] == {"stopSequences": ["end"]}


def test_penalties_are_dropped_where_they_are_an_error(encoded: Encoded, sent: Sent) -> None:
    wish = {"presence_penalty": 0.5, "temperature": 1}
    assert sent("gemini-3.8-flash", **wish)["generationConfig"] == {"temperature": 1}
    assert encoded("gemini-3.8-flash", **wish).dropped == ("presence_penalty",)
    assert encoded("gemini-3-flash-preview", **wish).dropped == ()


def test_json_output_is_native(sent: Sent) -> None:
    assert sent(response_format={"type": "json_object"})["generationConfig"] == {"responseMimeType": "application/json"}
    assert sent(response_format=FORMAT)["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object", "properties": {"kind": {"enum": ["cat"]}}},
    }
    assert "generationConfig" not in sent(response_format={"type": "text"})


def test_json_output_beside_tools_is_native_from_gemini_3_on(sent: Sent) -> None:
    body = sent("gemini-3-flash-preview", response_format=FORMAT, tools=[TOOL])
    assert body["generationConfig"]["responseMimeType"] == "application/json"
    assert "systemInstruction" not in body


@pytest.mark.parametrize("shape", [FORMAT, {"type": "json_object"}])
def test_json_output_beside_tools_is_asked_for_in_words_before(sent: Sent, shape: dict[str, Any]) -> None:
    messages = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    body = sent("gemini-2.5-flash", messages=messages, response_format=shape, tools=[TOOL])
    assert "generationConfig" not in body
    [kind, words] = [part["text"] for part in body["systemInstruction"]["parts"]]
    assert kind == "Be kind."
    assert "JSON" in words
    assert ('"const":"cat"' in words) is (shape is FORMAT)


def test_modalities_voice_and_image_settings_are_carried(sent: Sent) -> None:
    image = sent(modalities=["text", "image"], image_config={"aspect_ratio": "16:9"})["generationConfig"]
    assert image == {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": {"aspectRatio": "16:9"}}
    speech = sent(modalities=["text", "audio"], audio={"voice": "Kore", "format": "wav"})["generationConfig"]
    assert speech == {
        "responseModalities": ["AUDIO"],
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
    }
