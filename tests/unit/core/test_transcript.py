from collections.abc import Mapping

from ai_gateway.core.chat import ChatCompletionChunk
from ai_gateway.core.transcript import Transcript


def chunk(delta: Mapping[str, object], finish_reason: str | None = None, index: int = 0) -> ChatCompletionChunk:
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}  # type: ignore[list-item]


def test_pieces_become_the_message_they_spell() -> None:
    transcript = Transcript()
    for delta in (
        {"role": "assistant", "content": ""},
        {"reasoning": "Hm", "reasoning_content": "Hm"},
        {"content": "Hel"},
        {"content": "lo"},
        {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        {"annotations": [{"type": "url_citation"}]},
    ):
        transcript.add(chunk(delta))
    transcript.add(chunk({}, "tool_calls"))
    transcript.add({"id": "c", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}})
    assert transcript.completion() == {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hello",
                    "reasoning": "Hm",
                    "reasoning_content": "Hm",
                    "annotations": [{"type": "url_citation"}],
                    "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
                        {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def test_choices_are_kept_apart() -> None:
    transcript = Transcript()
    for index, text in ((1, "b"), (0, "a"), (1, "B")):
        transcript.add(chunk({"content": text}, index=index))
    choices = transcript.completion()["choices"]
    assert [choice["message"]["content"] for choice in choices] == ["a", "bB"]


def test_characters_count_text_reasoning_and_arguments_once() -> None:
    transcript = Transcript()
    transcript.add(chunk({"content": "1234", "reasoning": "12", "reasoning_content": "12"}))
    transcript.add(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "123"}}]}))
    assert transcript.characters == 9


def test_extra_content_that_comes_in_pieces_is_joined() -> None:
    transcript = Transcript()
    transcript.add(chunk({"extra_content": {"google": {"parts": [{"text": "a"}], "n": 1}}}))
    transcript.add(chunk({"extra_content": {"google": {"parts": [{"text": "b"}], "n": 2}, "bedrock": {}}}))
    [choice] = transcript.completion()["choices"]
    assert choice["message"]["extra_content"] == {
        "google": {"parts": [{"text": "a"}, {"text": "b"}], "n": 2},
        "bedrock": {},
    }
