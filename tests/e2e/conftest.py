from collections.abc import Iterator
from pathlib import Path

import pytest
from openai import OpenAI

from tests.e2e.running import Gateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with the simulator behind it, for calls whose records nobody looks at."""
    with Gateway(Path(tmp_path_factory.mktemp("gateway"))) as running:
        yield running


@pytest.fixture(scope="session")
def client(gateway: Gateway) -> Iterator[OpenAI]:
    with gateway.client() as client:
        yield client
