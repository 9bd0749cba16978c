"""The pivot's request as a call of generateContent or streamGenerateContent."""

from urllib.parse import quote

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.gemini import extras
from ai_gateway.core.dialects.gemini.contents import Conversation, conversation
from ai_gateway.core.dialects.gemini.families import Family, family_of
from ai_gateway.core.dialects.gemini.generation import PENALTIES, format_instruction, generation_config
from ai_gateway.core.dialects.gemini.thinking import WISHES, unheard
from ai_gateway.core.dialects.gemini.tools import tool_config, tools
from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import JsonObject, dumps


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Raises InvalidRequest for content that Google has no part for, and for a project's model without the project."""
    family = family_of(endpoint.model_id)
    given, unknown_tools = tools(request)
    talk = conversation(request, endpoint, family)
    if instruction := format_instruction(request, family, with_tools=bool(given)):
        talk.system.append({"text": instruction})
    body = _conversation(talk, family)
    if given:
        body["tools"] = given
    if calling := tool_config(request, endpoint, family, given):
        body["toolConfig"] = calling
    if config := generation_config(request, family, with_tools=bool(given)):
        body["generationConfig"] = config
    own = extras.natives(request)
    body |= {name: own[name] for name in extras.TOP_LEVEL if name in own}
    headers = {"content-type": "application/json"} | _tier(request, endpoint, body)
    dropped = _dropped(request, family) + unknown_tools
    return UpstreamRequest(_path(request, endpoint), dumps(body), headers, dropped)


def _conversation(talk: Conversation, family: Family) -> JsonObject:
    """Models that know no system instruction read it in front of the first turn."""
    if not talk.system:
        return {"contents": talk.contents}
    if family.system:
        return {"systemInstruction": {"parts": talk.system}, "contents": talk.contents}
    return {"contents": [{"role": "user", "parts": talk.system}, *talk.contents]}


def _path(request: ChatRequest, endpoint: Endpoint) -> str:
    method = "streamGenerateContent?alt=sse" if request.get("stream") is True else "generateContent"
    model = quote(endpoint.model_id.strip("/"), safe="/-._~@")
    if endpoint.provider.name == "vertex":
        return f"/v1beta1/{_at_vertex(model, endpoint)}:{method}"
    if not model.startswith(("models/", "tunedModels/")):
        model = f"models/{model}"
    return f"/v1beta/{model}:{method}"


def _at_vertex(model: str, endpoint: Endpoint) -> str:
    """`projects/{project}/locations/{location}/...`, from the endpoint's options `project` and `location` or `region`.

    Without a project it is Vertex's express mode, where the API key stands for the project; `endpoints/...` are tuned
    models of a project and need it. Source: https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode.
    """
    if model.startswith("projects/"):
        return model
    if not model.startswith(("publishers/", "endpoints/")):
        model = f"publishers/google/models/{model.removeprefix('google/')}"
    project = endpoint.options.get("project")
    if project:
        location = endpoint.options.get("location") or endpoint.options.get("region") or "global"
        return f"projects/{quote(project, safe=':')}/locations/{quote(location, safe='')}/{model}"
    if model.startswith("endpoints/"):
        raise InvalidRequest(
            f"The Vertex endpoint {model!r} belongs to a project. Set the deployment's option 'project'.", param="model"
        )
    return model


def _tier(request: ChatRequest, endpoint: Endpoint, body: JsonObject) -> dict[str, str]:
    """A field at AI Studio, a header at Vertex (which is returned); `auto` and `default` are what happens anyway.

    Sources: https://ai.google.dev/gemini-api/docs/priority-inference and
    https://cloud.google.com/vertex-ai/generative-ai/docs/priority-paygo.
    """
    tier = request.get("service_tier")
    if tier not in ("flex", "priority", "standard"):
        return {}
    if endpoint.provider.name != "vertex":
        body["serviceTier"] = tier
        return {}
    return {} if tier == "standard" else {"x-vertex-ai-llm-shared-request-type": tier}


def _dropped(request: ChatRequest, family: Family) -> tuple[str, ...]:
    """What has no counterpart and would have changed something."""
    lost = {name for name, value in request.items() if name not in _CARRIED and value not in _NOTHING}
    lost.update(unheard(request, family))
    if not family.penalties:
        lost.update(name for name in PENALTIES if name in request)
    if request.get("parallel_tool_calls") is False:
        lost.add("parallel_tool_calls")
    if request.get("service_tier") not in (None, *_TIERS):
        lost.add("service_tier")
    return tuple(sorted(lost))


_TIERS = ("auto", "default", "standard", "flex", "priority")
_NOTHING: tuple[object, ...] = (None, False, [], {}, "")
_CARRIED = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "cache_control",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "n",
        "seed",
        "stop",
        "logprobs",
        "top_logprobs",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "functions",
        "function_call",
        "response_format",
        "include_reasoning",
        "disable_reasoning",
        "modalities",
        "audio",
        "service_tier",
        "web_search_options",
        "plugins",
        *PENALTIES,
        *WISHES,
        "google",
        "extra_body",
        *extras.NAMES,
    )
)
