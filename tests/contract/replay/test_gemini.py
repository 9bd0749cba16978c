"""Google's generateContent, replayed through the whole gateway."""

import json

import pytest
from openai import APIStatusError

from tests.contract.replay import gemini
from tests.contract.replay.differing import differences
from tests.contract.replay.judging import assert_streamed_as_openai_does, heard, with_ids
from tests.contract.replay.recordings import FOLDER, Recording, recordings
from tests.contract.replay.stage import Replay, Stage
from tests.contract.replay.upstream import Played

ALL = recordings("gemini.generateContent")
ANSWERS = [recording for recording in ALL if recording.status == 200]
ERRORS = [recording for recording in ALL if recording.status != 200]


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {FOLDER}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert ERRORS
    assert {recording.provider for recording in ANSWERS} == {"gemini", "vertex"}


def replayed(replaying: Stage, recording: Recording) -> Replay:
    played = Played(recording.status, recording.headers, recording.answer)
    return replaying.play(gemini.asked(recording), played)


@pytest.mark.parametrize("recording", ANSWERS, ids=str)
def test_the_caller_gets_what_the_provider_said(replaying: Stage, recording: Recording) -> None:
    replay = replayed(replaying, recording)
    told = heard(replay)
    assert told == with_ids(told, gemini.said(recording))
    if recording.stream:
        assert_streamed_as_openai_does(replay)


@pytest.mark.parametrize("recording", ALL, ids=str)
def test_the_provider_gets_what_the_caller_asked(replaying: Stage, recording: Recording) -> None:
    replay = replayed(replaying, recording)
    assert replay.call is not None
    assert replay.call.path == gemini.path_of(recording)
    assert not list(differences(gemini.alike(replay.call.body), gemini.sent(recording)))
    assert not replay.dropped


@pytest.mark.parametrize("recording", ERRORS, ids=str)
def test_the_caller_gets_the_providers_own_error(replaying: Stage, recording: Recording) -> None:
    error = replayed(replaying, recording).error
    own = json.loads(recording.answer)["error"]
    assert isinstance(error, APIStatusError)
    assert error.status_code == recording.status
    told = error.response.json()["error"]
    assert told["message"] == own["message"]
