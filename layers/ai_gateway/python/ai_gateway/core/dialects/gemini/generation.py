"""Sampling, limits, output format and modalities, as Google's `generationConfig`."""

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialects.gemini.extras import GENERATION, natives
from ai_gateway.core.dialects.gemini.families import Family
from ai_gateway.core.dialects.gemini.schema import adapt
from ai_gateway.core.dialects.gemini.thinking import thinking_config
from ai_gateway.core.intents import max_output, output_shape, stops
from ai_gateway.core.wire import JsonObject, dumps_text, flag, integer, mapping, present, text, texts

PENALTIES = ("frequency_penalty", "presence_penalty")


def generation_config(request: ChatRequest, family: Family, *, with_tools: bool) -> JsonObject:
    config = _sampling(request, family) | _modalities(request) | _speech(request)
    if thinking := thinking_config(request, family):
        config["thinkingConfig"] = thinking
    if family.json_with_tools or not with_tools:
        config |= _format(request)
    own = natives(request)
    config |= {name: own[name] for name in GENERATION if name in own}
    return config | mapping(own, "generationConfig")


def format_instruction(request: ChatRequest, family: Family, *, with_tools: bool) -> str | None:
    """The wished format in words, for models that refuse JSON output and tools in one request."""
    shape = output_shape(request)
    if shape is None or family.json_with_tools or not with_tools:
        return None
    if shape.schema is None:
        return "When you answer in text, answer with one valid JSON value and nothing else: no prose, no code fence."
    return (
        "When you answer in text, answer with one JSON value that is valid against this JSON Schema and nothing else: "
        f"no prose, no code fence.\n{dumps_text(shape.schema)}"
    )


def _sampling(request: ChatRequest, family: Family) -> JsonObject:
    count = request.get("n")
    return present(
        temperature=request.get("temperature"),
        topP=request.get("top_p"),
        topK=request.get("top_k"),
        candidateCount=count if count != 1 else None,
        maxOutputTokens=max_output(request),
        stopSequences=stops(request) or None,
        seed=request.get("seed"),
        presencePenalty=request.get("presence_penalty") if family.penalties else None,
        frequencyPenalty=request.get("frequency_penalty") if family.penalties else None,
        responseLogprobs=True if flag(request, "logprobs") else None,
        logprobs=integer(request, "top_logprobs") or None,
    )


def _format(request: ChatRequest) -> JsonObject:
    shape = output_shape(request)
    if shape is None:
        return {}
    return present(
        responseMimeType="application/json",
        responseJsonSchema=None if shape.schema is None else adapt(shape.schema),
    )


def _modalities(request: ChatRequest) -> JsonObject:
    """Models that speak do nothing else, so `["text", "audio"]`, as OpenAI wants it asked, is audio."""
    wished = [modality.upper() for modality in texts(request, "modalities")]
    return present(responseModalities=(["AUDIO"] if "AUDIO" in wished else wished) or None)


def _speech(request: ChatRequest) -> JsonObject:
    voice = text(mapping(request, "audio"), "voice")
    if not voice:
        return {}
    return {"speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}}}
