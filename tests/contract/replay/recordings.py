"""Recorded exchanges with providers, from the folder beside the repository."""

import json
import os
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("AI_GATEWAY_RECORDINGS", REPOSITORY.parent / "shared" / "recordings"))

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recording:
    """One exchange: `body` is what the client sent, `answer` the bytes that the provider answered with."""

    id: str
    provider: str
    path: str
    body: Json
    stream: bool
    status: int
    headers: Mapping[str, str]
    answer: bytes

    def __str__(self) -> str:
        return f"{self.provider}-{self.id}"

    @property
    def said(self) -> Json:
        """A whole answer, parsed."""
        answer: Json = json.loads(self.answer)
        return answer

    @property
    def events(self) -> list[Json]:
        """The JSON of each server-sent event; a list of them where the body is one."""
        text = self.answer.decode()
        if text.lstrip().startswith("["):
            listed: list[Json] = json.loads(text)
            return listed
        data = (line[5:].strip() for line in text.splitlines() if line.startswith("data:"))
        return [json.loads(line) for line in data if line and line != "[DONE]"]


def recordings(api: str) -> list[Recording]:
    """All of one API, such as `openai.chat`; none where the folder is absent."""
    file = FOLDER / f"{api}.jsonl"
    if not file.exists():
        return []
    return [_recording(json.loads(line)) for line in file.read_text().splitlines()]


def _recording(row: Json) -> Recording:
    request, response = row["request"], row["response"]
    answer = response["body"].encode() if "body" in response else b64decode(response["body_b64"])
    return Recording(
        row["id"],
        row["provider"],
        request["path"],
        request["body"],
        row["stream"],
        response["status"],
        response["headers"],
        answer,
    )
