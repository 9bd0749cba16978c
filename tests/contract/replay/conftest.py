"""One stage for all replays: starting it costs more than they do."""

from collections.abc import Iterator

import pytest

from tests.contract.replay.stage import Stage, stage


@pytest.fixture(scope="session")
def replaying() -> Iterator[Stage]:
    with stage() as running:
        yield running
