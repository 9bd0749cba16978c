"""OpenAI and those who are compatible with it, replayed through the whole gateway."""

import json
from typing import Any

import pytest
from openai import APIError, APIStatusError

from tests.contract.replay import openai_like
from tests.contract.replay.differing import differences
from tests.contract.replay.judging import assert_streamed_as_openai_does, heard, with_ids
from tests.contract.replay.recordings import FOLDER, Recording, recordings
from tests.contract.replay.stage import Replay, Stage
from tests.contract.replay.upstream import Played

Json = dict[str, Any]

ALL = recordings("openai.chat") + recordings("mistral.chat")
ERRORS = [recording for recording in ALL if recording.status != 200]
BROKEN = [
    recording
    for recording in ALL
    if recording.stream and recording.status == 200 and any("error" in event for event in recording.events)
]
ANSWERS = [recording for recording in ALL if recording.status == 200 and recording not in BROKEN]


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {FOLDER}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert ERRORS
    assert ANSWERS


def replayed(replaying: Stage, recording: Recording) -> Replay:
    played = Played(recording.status, recording.headers, recording.answer)
    return replaying.play(openai_like.asked(recording), played)


@pytest.mark.parametrize("recording", ANSWERS, ids=str)
def test_the_caller_gets_what_the_provider_said(replaying: Stage, recording: Recording) -> None:
    replay = replayed(replaying, recording)
    told = heard(replay)
    assert told == with_ids(told, openai_like.said(recording))
    if recording.stream:
        assert_streamed_as_openai_does(replay)


@pytest.mark.parametrize("recording", ALL, ids=str)
def test_the_provider_gets_what_the_caller_asked(replaying: Stage, recording: Recording) -> None:
    replay = replayed(replaying, recording)
    assert replay.call is not None
    assert replay.call.path == openai_like.path_of(recording)
    assert not list(differences(replay.call.body, openai_like.sent(recording)))
    assert not replay.dropped


@pytest.mark.parametrize("recording", ERRORS, ids=str)
def test_the_caller_gets_the_providers_own_error(replaying: Stage, recording: Recording) -> None:
    error = replayed(replaying, recording).error
    own = openai_like.error_of(recording)
    assert isinstance(error, APIStatusError)
    assert error.status_code == recording.status
    told = error.response.json()["error"]
    assert told["message"].startswith(own["message"])
    assert told["param"] == own.get("param")
    if isinstance(own.get("code"), str):
        assert told["code"] == own["code"]
    if "type" in own:
        assert told["type"] == own["type"]


@pytest.mark.parametrize("recording", BROKEN, ids=str)
def test_an_error_in_a_stream_is_raised_by_the_sdk(replaying: Stage, recording: Recording) -> None:
    error = replayed(replaying, recording).error
    own = next(event["error"] for event in recording.events if "error" in event)
    assert isinstance(error, APIError)
    assert error.message == own["message"]
    assert json.dumps(own["message"]) in json.dumps(error.body)
