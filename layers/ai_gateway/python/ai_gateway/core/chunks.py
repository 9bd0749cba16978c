"""Writes the chunks of a streamed answer for dialects that are not OpenAI's: one id, the role first, the usage last."""

from ai_gateway.core.chat import ChatCompletionChunk, CompletionUsage, Message, ToolCall
from ai_gateway.core.dialect import ReplyContext
from ai_gateway.core.wire import JsonObject


class ChunkWriter:
    """Every method returns one chunk. The first chunk of each choice carries `role: assistant`."""

    __slots__ = ("_begun", "created", "id", "model", "service_tier")

    def __init__(self, context: ReplyContext) -> None:
        self.id = context.id
        self.created = context.created
        self.model = context.endpoint.model_id
        self.service_tier: str | None = None
        self._begun: set[int] = set()

    def content(self, text: str, choice: int = 0) -> ChatCompletionChunk:
        return self.delta({"content": text}, choice)

    def reasoning(self, text: str, choice: int = 0) -> ChatCompletionChunk:
        return self.delta({"reasoning": text, "reasoning_content": text}, choice)

    def tool_call(
        self, index: int, call_id: str, name: str, arguments: str = "", choice: int = 0
    ) -> ChatCompletionChunk:
        """Opens a call; more of its arguments follow with `arguments`."""
        call: ToolCall = {
            "index": index,
            "id": call_id,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }
        return self.delta({"tool_calls": [call]}, choice)

    def arguments(self, index: int, piece: str, choice: int = 0) -> ChatCompletionChunk:
        return self.delta({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, choice)

    def finish(self, reason: str, choice: int = 0) -> ChatCompletionChunk:
        return self._chunk([{"index": choice, "delta": self._with_role({}, choice), "finish_reason": reason}])

    def delta(self, delta: Message, choice: int = 0) -> ChatCompletionChunk:
        return self._chunk([{"index": choice, "delta": self._with_role(delta, choice), "finish_reason": None}])

    def usage(self, usage: CompletionUsage) -> ChatCompletionChunk:
        return self._chunk([], usage)

    def _with_role(self, delta: Message, choice: int) -> Message:
        if choice in self._begun:
            return delta
        self._begun.add(choice)
        return {"role": "assistant", "content": "", **delta}

    def _chunk(self, choices: list[JsonObject], usage: CompletionUsage | None = None) -> ChatCompletionChunk:
        chunk: JsonObject = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }
        if self.service_tier is not None:
            chunk["service_tier"] = self.service_tier
        if usage is not None:
            chunk["usage"] = usage
        return chunk  # type: ignore[return-value]
