"""The pivot: OpenAI's chat-completions request, response and chunk, as they stand on the wire.

Source: https://platform.openai.com/docs/api-reference/chat. Unknown fields are allowed everywhere and pass through, so
the types name what the gateway reads, not all that may be there. `parse_request` is the one place that checks shapes;
behind it the types tell the truth. What is put together later (with a stored prompt) passes `check_request`.
"""

from typing import Literal, TypeAlias, TypedDict, cast

from ai_gateway.core.errors import InvalidRequest
from ai_gateway.core.wire import DEEPEST, JsonObject, loads, nests_too_deep

Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool", "function"]
FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]

LONGEST_MODEL = 4096
"""Characters of a model string: twenty items with the longest names there are."""
ROLES = frozenset(("system", "developer", "user", "assistant", "tool", "function"))


class FunctionCall(TypedDict, total=False):
    name: str
    arguments: str


class ToolCall(TypedDict, total=False):
    """In a delta `index` says which call goes on, and only the first piece has `id` and `name`.

    `extra_content` is Google's place for what must come back on the next turn: `{"google": {"thought_signature"}}`.
    """

    index: int
    id: str
    type: str
    function: FunctionCall
    custom: JsonObject
    extra_content: JsonObject


class Message(TypedDict, total=False):
    """One message of a request, or the message of an answer.

    `content` is text, a list of parts (`{"type": "text" | "image_url" | "input_audio" | "file" | ...}`) or None.
    Reasoning text stands in both `reasoning` and `reasoning_content` in answers, since clients read one or the other;
    `reasoning_details` carries signatures: `{"type": "reasoning.text", "text", "signature", "format", "index"}` and
    `{"type": "reasoning.encrypted", "data", "format", "index"}` (OpenRouter's shape; `{"thinking", "signature"}`, which
    Helicone sends, is read too). `extra_content` is Google's place for the parts of an answer that OpenAI has none for:
    `{"google": {"parts": [...]}}`.
    """

    role: str
    content: str | list[JsonObject] | None
    name: str
    tool_call_id: str
    tool_calls: list[ToolCall]
    function_call: FunctionCall
    refusal: str | None
    reasoning: str
    reasoning_content: str
    reasoning_details: list[JsonObject]
    annotations: list[JsonObject]
    images: list[JsonObject]
    audio: JsonObject
    extra_content: JsonObject
    cache_control: JsonObject


class ChatRequest(TypedDict, total=False):
    model: str
    messages: list[Message]
    stream: bool
    stream_options: JsonObject
    max_tokens: int
    max_completion_tokens: int
    temperature: float
    top_p: float
    top_k: int
    n: int
    seed: int
    stop: str | list[str]
    frequency_penalty: float
    presence_penalty: float
    logit_bias: JsonObject
    logprobs: bool
    top_logprobs: int
    tools: list[JsonObject]
    tool_choice: str | JsonObject
    parallel_tool_calls: bool
    functions: list[JsonObject]
    function_call: str | JsonObject
    response_format: JsonObject
    reasoning_effort: str
    reasoning: JsonObject
    thinking: JsonObject
    verbosity: str
    modalities: list[str]
    audio: JsonObject
    prediction: JsonObject
    service_tier: str
    user: str
    safety_identifier: str
    prompt_cache_key: str
    metadata: JsonObject
    store: bool
    cache_control: JsonObject
    plugins: list[JsonObject]
    web_search_options: JsonObject


class CompletionUsage(TypedDict, total=False):
    """Tokens. `prompt_tokens` counts cached and cache-written tokens, `completion_tokens` counts reasoning, and
    `total_tokens` is their sum.

    `prompt_tokens_details`: cached_tokens, cache_write_tokens, cache_write_details {write_5m_tokens, write_1h_tokens},
    audio_tokens, image_tokens. `completion_tokens_details`: reasoning_tokens, audio_tokens, image_tokens.
    `server_tool_use`: web_search_requests.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: JsonObject
    completion_tokens_details: JsonObject
    server_tool_use: JsonObject
    cost: float


class Choice(TypedDict, total=False):
    index: int
    message: Message
    finish_reason: str | None
    logprobs: JsonObject | None


class ChatCompletion(TypedDict, total=False):
    id: str
    object: str
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage
    service_tier: str | None
    system_fingerprint: str | None


class ChunkChoice(TypedDict, total=False):
    index: int
    delta: Message
    finish_reason: str | None
    logprobs: JsonObject | None


class ChatCompletionChunk(TypedDict, total=False):
    id: str
    object: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: CompletionUsage | None
    service_tier: str | None
    system_fingerprint: str | None


def parse_request(body: bytes) -> ChatRequest:
    """Read a request body and check the shapes that the gateway relies on. A request that names a stored prompt needs
    no messages of its own.

    Raises InvalidRequest, naming the field. Fields the gateway does not know are kept; null fields are left out, as
    OpenAI reads them.
    """
    try:
        value = loads(body)
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON ({error}). Send a JSON object.") from None
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object with 'model' and 'messages'.")
    if len(body) > 2 * DEEPEST and nests_too_deep(value):
        raise InvalidRequest(f"The body is nested over {DEEPEST} levels deep. Send it flatter.")
    request = {key: field for key, field in value.items() if field is not None}
    return check_request(request, needs_messages="prompt_id" not in request)


def check_request(request: JsonObject, *, needs_messages: bool = True) -> ChatRequest:
    """Raises InvalidRequest as `parse_request` does; gives the same object back."""
    for key, kind in _TYPES.items():
        if key in request and not _is(request[key], kind):
            raise InvalidRequest(f"{key!r} must be {_NAMES[kind]}, got {_kind(request[key])}.", param=key)
    _check_model(request.get("model", ""))
    if needs_messages or request.get("messages"):
        _check_messages(request.get("messages"))
    return cast("ChatRequest", request)


_DOTS = frozenset((".", ".."))
_TYPES: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "messages": list,
    "stream": bool,
    "stream_options": dict,
    "max_tokens": int,
    "max_completion_tokens": int,
    "temperature": (int, float),
    "top_p": (int, float),
    "n": int,
    "stop": (str, list),
    "tools": list,
    "tool_choice": (str, dict),
    "parallel_tool_calls": bool,
    "functions": list,
    "function_call": (str, dict),
    "response_format": dict,
    "reasoning_effort": str,
    "reasoning": dict,
    "modalities": list,
    "plugins": list,
    "metadata": dict,
    "user": str,
}
_NAMES: dict[type | tuple[type, ...], str] = {
    str: "a string",
    list: "a list",
    bool: "true or false",
    dict: "an object",
    int: "a whole number",
    (int, float): "a number",
    (str, list): "a string or a list of strings",
    (str, dict): "a string or an object",
}


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return _NAMES.get(type(value), "a number")


def _check_model(model: object) -> None:
    """What a model string says goes into addresses, headers and error messages."""
    if not isinstance(model, str) or len(model) > LONGEST_MODEL:
        raise InvalidRequest(f"'model' is longer than {LONGEST_MODEL:,} characters.", param="model")
    if not model.isprintable():
        raise InvalidRequest("'model' holds control characters. Send for example 'gpt-4o-mini'.", param="model")
    if "./" in model + "/" and not _DOTS.isdisjoint(model.replace(",", "/").split("/")):
        raise InvalidRequest("'model' holds a path ('.' or '..'). Send for example 'gpt-4o-mini'.", param="model")


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest("'messages' must be a list with at least one message.", param="messages")
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if not isinstance(message, dict):
            raise InvalidRequest(
                f"{where} must be an object with 'role' and 'content', got {_kind(message)}.", param=where
            )
        role = message.get("role")
        if not isinstance(role, str) or role not in ROLES:
            raise InvalidRequest(
                f"{where}.role is {_shown(role)}; it must be one of {', '.join(sorted(ROLES))}.",
                param=f"{where}.role",
            )
        for key in ("name", "tool_call_id"):
            if not isinstance(message.get(key, ""), str | None):
                raise InvalidRequest(f"{where}.{key} must be a string.", param=f"{where}.{key}")
        _check_content(message.get("content"), f"{where}.content")
        _check_tool_calls(message.get("tool_calls"), f"{where}.tool_calls")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _check_content(content: object, where: str) -> None:
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        raise InvalidRequest(f"{where} must be a string or a list of parts, got {_kind(content)}.", param=where)
    for index, part in enumerate(content):
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise InvalidRequest(f"{where}[{index}] must be an object with a 'type'.", param=f"{where}[{index}]")


def _check_tool_calls(calls: object, where: str) -> None:
    if calls is None:
        return
    if not isinstance(calls, list):
        raise InvalidRequest(f"{where} must be a list, got {_kind(calls)}.", param=where)
    for index, call in enumerate(calls):
        if not isinstance(call, dict):
            raise InvalidRequest(
                f"{where}[{index}] must be an object with 'id' and 'function'.", param=f"{where}[{index}]"
            )
