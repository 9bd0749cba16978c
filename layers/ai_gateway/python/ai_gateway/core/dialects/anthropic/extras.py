"""What Anthropic has beyond OpenAI: fields that go as they come, context editing, and the betas that they need.

Sources: https://platform.claude.com/docs/en/api/messages, .../build-with-claude/context-editing and
.../api/beta-headers.
"""

from collections.abc import Iterable

from ai_gateway.core.chat import ChatRequest
from ai_gateway.core.wire import Json, JsonObject, flag, integer, items, mapping, objects, present, text, texts

NATIVE = (
    "container",
    "context_management",
    "diagnostics",
    "fallbacks",
    "inference_geo",
    "mcp_servers",
    "speed",
    "user_profile_id",
)
SPELLINGS = ("betas", "anthropic_beta", "context_editing")


def native_fields(request: ChatRequest) -> JsonObject:
    fields: JsonObject = {name: request[name] for name in NATIVE if name in request}  # type: ignore[literal-required]
    editing = mapping(request, "context_editing")
    if flag(editing, "enabled") and "context_management" not in fields:
        fields["context_management"] = {"edits": _edits(editing)}
    return fields


def betas(request: ChatRequest, body: Json) -> list[str]:
    """The caller's own, then those that the body needs, each once."""
    given = request.get("anthropic_beta")
    named = given.split(",") if isinstance(given, str) else texts(request, "anthropic_beta")
    wanted = [*texts(request, "betas"), *(name.strip() for name in named), *_needed(body)]
    return list(dict.fromkeys(name for name in wanted if name))


def _edits(editing: Json) -> list[JsonObject]:
    """Helicone's `context_editing`: `clear_tool_uses` {trigger, keep, clear_at_least, exclude_tools, clear_tool_inputs}
    and `clear_thinking` {keep}; clearing tool uses is the default. Thinking must be cleared first.
    """
    edits: list[JsonObject] = []
    if "clear_thinking" in editing:
        edits.append({"type": "clear_thinking_20251015", **_kept_thinking(mapping(editing, "clear_thinking"))})
    if "clear_tool_uses" in editing or not edits:
        wish = mapping(editing, "clear_tool_uses")
        edits.append(
            {
                "type": "clear_tool_uses_20250919",
                **present(
                    trigger=_amount(wish, "trigger", "input_tokens"),
                    keep=_amount(wish, "keep", "tool_uses"),
                    clear_at_least=_amount(wish, "clear_at_least", "input_tokens"),
                    exclude_tools=wish.get("exclude_tools"),
                    clear_tool_inputs=wish.get("clear_tool_inputs"),
                ),
            }
        )
    return edits


def _kept_thinking(wish: Json) -> JsonObject:
    if wish.get("keep") == "all":
        return {"keep": "all"}
    return present(keep=_amount(wish, "keep", "thinking_turns"))


def _amount(wish: Json, name: str, kind: str) -> JsonObject | None:
    """A number as `{"type", "value"}`; what has that shape already stays."""
    given = wish.get(name)
    if isinstance(given, dict):
        return given
    return {"type": kind, "value": integer(wish, name)} if name in wish else None


def _needed(body: Json) -> Iterable[str]:
    tools = objects(body, "tools")
    for tool in tools:
        kind = text(tool, "type")
        yield from (beta for prefix, beta in _TOOL_BETAS if kind.startswith(prefix))
    if items(body, "mcp_servers"):
        sets = any(text(tool, "type") == "mcp_toolset" for tool in tools)
        yield "mcp-client-2025-11-20" if sets else "mcp-client-2025-04-04"
    if "context_management" in body:
        yield "context-management-2025-06-27"
        edits = objects(mapping(body, "context_management"), "edits")
        if any(text(edit, "type") == "compact_20260112" for edit in edits):
            yield "compact-2026-01-12"
    if items(mapping(body, "container"), "skills"):
        yield "skills-2025-10-02"
    if "speed" in body:
        yield "fast-mode-2026-02-01"
    if "fallbacks" in body:
        yield "server-side-fallback-2026-07-01"
    if "task_budget" in mapping(body, "output_config"):
        yield "task-budgets-2026-03-13"
    yield from _content_betas(body)


def _content_betas(body: Json) -> Iterable[str]:
    for turn in objects(body, "messages"):
        for block in objects(turn, "content"):
            if "file_id" in block or text(mapping(block, "source"), "type") == "file":
                yield "files-api-2025-04-14"
            elif text(block, "type") in ("tool_addition", "tool_removal"):
                yield "mid-conversation-tool-changes-2026-07-01"


_TOOL_BETAS = (
    ("advisor_20260301", "advisor-tool-2026-03-01"),
    ("code_execution_20250522", "code-execution-2025-05-22"),
    ("computer_20241022", "computer-use-2024-10-22"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
)
"""By the beginning of a tool's type; tools that are not here are generally available."""
