"""The pivot's messages as Converse's system blocks and turns.

Turns of one role in a row are one turn, the results of tools first. Sources:
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html and
https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use.html.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from ai_gateway.core.chat import ChatRequest, Message
from ai_gateway.core.dialects.bedrock.blocks import Blocks, mark
from ai_gateway.core.dialects.bedrock.families import Family
from ai_gateway.core.dialects.bedrock.memory import reasoning_blocks, recalled_content
from ai_gateway.core.wire import Json, JsonObject, mapping, objects, parse_object, text


@dataclass(slots=True)
class Turn:
    """`results` are the answers of tools, which come before what the user says."""

    role: str
    results: list[JsonObject] = field(default_factory=list)
    said: list[JsonObject] = field(default_factory=list)

    @property
    def content(self) -> list[JsonObject]:
        return self.results + self.said


class Conversation:
    """`calls` names the tools that were called, each once. `dropped` names what messages held and no block can hold."""

    __slots__ = ("_blocks", "_family", "_unnamed_calls", "calls", "dropped", "system", "turns")

    def __init__(self, family: Family) -> None:
        self._family = family
        self._blocks = Blocks(family)
        self._unnamed_calls = 0
        self.system: list[JsonObject] = []
        self.turns: list[Turn] = []
        self.calls: list[str] = []
        self.dropped: set[str] = set()

    def add(self, message: Message) -> None:
        if message["role"] in ("user", "assistant") and message.get("name"):
            self.dropped.add("messages.name")
        match message["role"]:
            case "system" | "developer":
                self.system += self._marked(self._blocks.of(message), message)
            case "user":
                self._turn("user").said += self._marked(self._blocks.of(message), message)
            case "assistant":
                self._turn("assistant").said += self._marked(self._answer(message), message)
            case "tool" | "function":
                self._turn("user").results += self._marked([self._result(message)], _wish(message))

    def close(self, request: ChatRequest) -> None:
        """A request of system text alone asks with that text; an answer begun may not end in white space."""
        self.turns = [turn for turn in self.turns if turn.content]
        if not self.turns and self.system:
            last = max((i for i, block in enumerate(self.system) if "cachePoint" not in block), default=0)
            self._turn("user").said += self.system[last:]
            del self.system[last:]
        if self.turns:
            mark(self.turns[-1].said or self.turns[-1].results, request, self._family)
        for turn in self.turns:
            _introduce_documents(turn)
        if self.turns and self.turns[-1].role == "assistant":
            _trim(self.turns[-1].said)

    @property
    def messages(self) -> list[JsonObject]:
        return [{"role": turn.role, "content": turn.content} for turn in self.turns if turn.content]

    @property
    def headless(self) -> bool:
        """Whether the tool calls that are being answered lack the reasoning that led to them."""
        if len(self.turns) < 2 or not self.turns[-1].results:
            return False
        return "reasoningContent" not in self.turns[-2].said[0]

    @property
    def uses_tools(self) -> bool:
        """Whether the history has calls or results of tools, without whose declaration Converse refuses it."""
        return bool(self.calls) or any(turn.results for turn in self.turns)

    def _turn(self, role: str) -> Turn:
        """The turn that goes on, or a new one; one that stayed empty gives way."""
        while self.turns and not self.turns[-1].content:
            self.turns.pop()
        if not self.turns or self.turns[-1].role != role:
            self.turns.append(Turn(role))
        return self.turns[-1]

    def _marked(self, blocks: list[JsonObject], holder: Json) -> list[JsonObject]:
        mark(blocks, holder, self._family)
        return blocks

    def _answer(self, message: Message) -> list[JsonObject]:
        if content := recalled_content(message, self._family):
            self._note(text(mapping(block, "toolUse"), "name") for block in content)
            return content
        content = self._blocks.of(message)
        if refusal := message.get("refusal"):
            content.append({"text": refusal})
        if not any("reasoningContent" in block for block in content):
            content = reasoning_blocks(message, self._family) + content
        for call in objects(message, "tool_calls"):
            function = mapping(call, "function") or mapping(call, "custom")
            content.append(self._use(text(call, "id"), function))
            mark(content, call, self._family)
        if legacy := mapping(message, "function_call"):
            self._unnamed_calls += 1
            content.append(self._use(f"call_{self._unnamed_calls}", legacy))
        return content

    def _use(self, call_id: str, function: Json) -> JsonObject:
        """Arguments that are no JSON object stand under `input`, since the API takes nothing else."""
        arguments = text(function, "arguments") or text(function, "input")
        given = parse_object(arguments) if arguments.strip() else {}
        name = text(function, "name")
        self._note([name])
        return {
            "toolUse": {
                "toolUseId": self._sound_id(call_id),
                "name": name,
                "input": {"input": arguments} if given is None else given,
            }
        }

    def _result(self, message: Message) -> JsonObject:
        call_id = message.get("tool_call_id") or f"call_{self._unnamed_calls}"
        result: JsonObject = {"toolUseId": self._sound_id(call_id), "content": self._blocks.unmarked(message)}
        failed = message.get("is_error") is True or message.get("status") == "error"
        if failed and self._family.statuses:
            result["status"] = "error"
        return {"toolResult": result}

    def _note(self, names: Iterable[str]) -> None:
        self.calls += [name for name in names if name and name not in self.calls]

    def _sound_id(self, call_id: str) -> str:
        """Ids that other providers made may be longer than 64 characters or hold some that the model refuses."""
        sound = (_UNSOUND_AT_CLAUDE if self._family.claude else _UNSOUND).sub("_", call_id)
        return sound if len(sound) <= 64 else f"{sound[:31]}_{sha256(call_id.encode()).hexdigest()[:32]}"


def conversation(request: ChatRequest, family: Family) -> Conversation:
    """Raises InvalidRequest for content that Converse has no block for."""
    talk = Conversation(family)
    for message in request["messages"]:
        talk.add(message)
    talk.close(request)
    return talk


def _wish(message: Message) -> Json:
    """What asks for a cache point behind the result of a tool: the message, or one of its parts."""
    holders = [message, *objects(message, "content")]
    return next((holder for holder in holders if "cache_control" in holder), message)


def _introduce_documents(turn: Turn) -> None:
    """The API refuses a turn with documents and no text."""
    if any("document" in block for block in turn.said) and not any(text(block, "text").strip() for block in turn.said):
        turn.said.insert(0, {"text": "See the attached document."})


def _trim(said: list[JsonObject]) -> None:
    if "text" in said[-1]:
        said[-1] = {"text": text(said[-1], "text").rstrip()}
        if not said[-1]["text"]:
            said.pop()


_UNSOUND = re.compile(r"[^a-zA-Z0-9_.:-]")
_UNSOUND_AT_CLAUDE = re.compile(r"[^a-zA-Z0-9_-]")
