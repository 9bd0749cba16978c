"""Cohere's chat API, replayed through the whole gateway."""

import pytest

from tests.contract.replay import cohere
from tests.contract.replay.differing import differences
from tests.contract.replay.judging import heard
from tests.contract.replay.recordings import FOLDER, Recording, recordings
from tests.contract.replay.stage import Replay, Stage
from tests.contract.replay.upstream import Played

ALL = recordings("cohere.v2.chat")
ANSWERS = [recording for recording in ALL if recording.status == 200]


def test_the_recordings_are_there() -> None:
    if not ALL:
        pytest.skip(f"No recordings at {FOLDER}: set AI_GATEWAY_RECORDINGS to their folder.")
    assert ANSWERS


def replayed(replaying: Stage, recording: Recording) -> Replay:
    played = Played(recording.status, recording.headers, recording.answer)
    return replaying.play(cohere.asked(recording), played)


@pytest.mark.parametrize("recording", ANSWERS, ids=str)
def test_the_caller_gets_what_the_provider_said(replaying: Stage, recording: Recording) -> None:
    assert heard(replayed(replaying, recording)) == cohere.said(recording)


@pytest.mark.parametrize("recording", ALL, ids=str)
def test_the_provider_gets_what_the_caller_asked(replaying: Stage, recording: Recording) -> None:
    replay = replayed(replaying, recording)
    assert replay.call is not None
    assert replay.call.path == cohere.path_of(recording)
    assert not list(differences(cohere.alike(replay.call.body), cohere.alike(recording.body)))
    assert not replay.dropped
