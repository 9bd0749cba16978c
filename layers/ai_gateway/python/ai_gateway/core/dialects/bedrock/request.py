"""The pivot's request as a call of Converse or ConverseStream."""

from urllib.parse import quote

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.dialect import UpstreamRequest
from ai_gateway.core.dialects.bedrock import extras, reasoning
from ai_gateway.core.dialects.bedrock.conversation import conversation
from ai_gateway.core.dialects.bedrock.families import Family, family_of
from ai_gateway.core.dialects.bedrock.inference import inference
from ai_gateway.core.dialects.bedrock.output import shape_output
from ai_gateway.core.dialects.bedrock.tools import toolbox
from ai_gateway.core.wire import JsonObject, dumps, present


def encode(request: ChatRequest, endpoint: Endpoint) -> UpstreamRequest:
    """Raises InvalidRequest for content that Converse has no block for, such as media it would have to fetch."""
    family = family_of(endpoint)
    talk = conversation(request, family)
    box = toolbox(request, family, talk)
    plan = reasoning.plan(request, family, endpoint, unbudgeted=box.forced or talk.headless)
    shape, instruction = shape_output(request, family, box, forcible=not plan.budgeted)
    talk.system += [{"text": words} for words in (box.instruction, instruction) if words]
    config, settings, changed = inference(request, family, plan)
    tags, untagged = extras.metadata(request)
    additional = {**plan.fields, **settings, **box.additional}
    if betas := extras.betas(request, extras.hosted_tools(additional), family):
        additional["anthropic_beta"] = betas
    body: JsonObject = {
        "messages": talk.messages,
        **present(
            system=talk.system or None,
            inferenceConfig=config or None,
            toolConfig=box.config,
            outputConfig=shape,
            requestMetadata=tags,
            additionalModelRequestFields={**additional, **extras.additional_fields(request)} or None,
        ),
        **extras.native_fields(request),
    }
    lost = _lost(request, family) | talk.dropped | {*box.dropped, *plan.dropped, *changed}
    if untagged:
        lost.add("metadata")
    return UpstreamRequest(path_of(request, endpoint), dumps(body), dropped=tuple(sorted(lost)))


def path_of(request: ChatRequest, endpoint: Endpoint) -> str:
    """The model's id is one segment of the path, so the slashes and colons of ARNs and versions are quoted."""
    verb = "converse-stream" if request.get("stream") is True else "converse"
    return f"/model/{quote(endpoint.model_id, safe='-._~')}/{verb}"


def _lost(request: ChatRequest, family: Family) -> set[str]:
    """What has no counterpart and would have changed something."""
    lost = {name for name, value in request.items() if name not in _CARRIED and value and value != _PLAIN.get(name)}
    if "seed" in request:
        lost.add("seed")
    if extras.tier_lost(request):
        lost.add("service_tier")
    if reasoning.verbosity_lost(request, family):
        lost.add("verbosity")
    return lost


_PLAIN: dict[str, object] = {"n": 1, "modalities": ["text"]}
_CARRIED = frozenset(
    (
        "model",
        "messages",
        "stream",
        "stream_options",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "stop",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "functions",
        "function_call",
        "response_format",
        "output_config",
        "verbosity",
        "service_tier",
        "user",
        "safety_identifier",
        "metadata",
        "store",
        "prompt_cache_key",
        "prompt_cache_retention",
        "cache_control",
        "plugins",
        "web_search_options",
        *reasoning.WISHES,
        *extras.SPELLINGS,
    )
)
