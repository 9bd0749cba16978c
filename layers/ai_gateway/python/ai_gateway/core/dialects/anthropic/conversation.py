"""The pivot's messages as Anthropic's system text and turns.

Turns of one role in a row are one turn, the results of tools first, as the API wants them. Sources:
https://platform.claude.com/docs/en/api/messages, .../agents-and-tools/tool-use/handle-tool-calls and
.../build-with-claude/mid-conversation-system-messages.
"""

import re
from dataclasses import dataclass, field

from ai_gateway.core.chat import Message
from ai_gateway.core.dialects.anthropic.blocks import blocks, cache_point, mark_last, text_block
from ai_gateway.core.dialects.anthropic.memory import THINKING, recalled_content, thinking_blocks
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, parse_object, text


@dataclass(slots=True)
class Turn:
    role: str
    content: list[JsonObject]

    @property
    def kinds(self) -> list[str]:
        return [text(block, "type") for block in self.content]


@dataclass(slots=True)
class Conversation:
    """Add every message in order, then close.

    `late_system` says that the model takes system messages after a user's turn; where it does not, they go to the top.
    `dropped` names what messages held and no block can hold.
    """

    late_system: bool
    system: list[JsonObject] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    _late: list[JsonObject] = field(default_factory=list)
    _unnamed_calls: int = 0

    def add(self, message: Message) -> None:
        role = message["role"]
        if role in ("user", "assistant") and message.get("name"):
            self.dropped.add("messages.name")
        match role:
            case "system" | "developer":
                late = self.late_system and bool(self.turns)
                (self._late if late else self.system).extend(_marked(blocks(message), message))
            case "user":
                self._take("user", _marked(blocks(message), message))
            case "assistant":
                self._place_late()
                self._take("assistant", _marked(self._answer(message), message))
            case "tool" | "function":
                self._take("user", [self._result(message)])

    def close(self) -> None:
        """A request of system text alone asks with that text; an answer begun may not end in white space."""
        self._place_late()
        if not self.turns and self.system:
            self._take("user", [self.system.pop()])
        for turn in self.turns:
            turn.content.sort(key=lambda block: block.get("type") != "tool_result")
        if self.turns and self.turns[-1].kinds[-1] == "text" and self.turns[-1].role == "assistant":
            begun = self.turns[-1].content[-1]
            begun["text"] = text(begun, "text").rstrip()

    @property
    def headless(self) -> bool:
        """Whether the tool calls that are being answered lack the thinking that led to them."""
        if len(self.turns) < 2 or "tool_result" not in self.turns[-1].kinds:
            return False
        return self.turns[-2].role == "assistant" and self.turns[-2].kinds[0] not in THINKING

    def _place_late(self) -> None:
        """A late system message must come after a user's turn and before an answer."""
        late, self._late = self._late, []
        if late and self.turns[-1].role == "user":
            self.turns.append(Turn("system", late))
        else:
            self.system.extend(late)

    def _take(self, role: str, content: list[JsonObject]) -> None:
        if content and self.turns and self.turns[-1].role == role:
            self.turns[-1].content.extend(content)
        elif content:
            self.turns.append(Turn(role, content))

    def _answer(self, message: Message) -> list[JsonObject]:
        if content := recalled_content(message):
            return content
        content = blocks(message)
        if refusal := message.get("refusal"):
            content.append(text_block(refusal))
        if not any(block.get("type") in THINKING for block in content):
            content = thinking_blocks(message) + content
        for call in objects(message, "tool_calls"):
            function = mapping(call, "function") or mapping(call, "custom")
            content.append(_tool_use(text(call, "id"), function) | cache_point(call))
        if legacy := mapping(message, "function_call"):
            self._unnamed_calls += 1
            content.append(_tool_use(f"call_{self._unnamed_calls}", legacy))
        return content

    def _result(self, message: Message) -> JsonObject:
        call_id = message.get("tool_call_id") or f"call_{self._unnamed_calls}"
        content = message.get("content")
        inner = content if isinstance(content, str) else blocks(message)
        result: JsonObject = {"type": "tool_result", "tool_use_id": _sound_id(call_id)}
        if inner:
            result["content"] = inner
        failed = message.get("is_error")
        if isinstance(failed, bool):
            result["is_error"] = failed
        return result | cache_point(message)


def conversation(messages: list[Message], *, late_system: bool) -> Conversation:
    """Raises InvalidRequest for content that Claude does not read."""
    talk = Conversation(late_system)
    for message in messages:
        talk.add(message)
    talk.close()
    return talk


def _marked(content: list[JsonObject], message: Message) -> list[JsonObject]:
    if point := cache_point(message):
        mark_last(content, point)
    return content


def _tool_use(call_id: str, function: Json) -> JsonObject:
    """Arguments that are no JSON object stand under `input`, since the API takes nothing else."""
    arguments = text(function, "arguments") or text(function, "input")
    given = parse_object(arguments) if arguments.strip() else {}
    return {
        "type": "tool_use",
        "id": _sound_id(call_id),
        "name": text(function, "name"),
        "input": {"input": arguments} if given is None else given,
    }


def _sound_id(call_id: str) -> str:
    """Ids that other providers made may hold characters that Anthropic refuses."""
    return _UNSOUND.sub("_", call_id)


_UNSOUND = re.compile(r"[^a-zA-Z0-9_-]")
