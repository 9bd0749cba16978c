import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from ai_gateway.runtime.lambda_stream.asgi import Application
from ai_gateway.runtime.lambda_stream.process import Process
from tests.integration.lambda_stream.fake_runtime_api import FakeRuntimeApi

Run: TypeAlias = Callable[..., AbstractAsyncContextManager["asyncio.Task[int]"]]


@pytest.fixture
async def api() -> AsyncIterator[FakeRuntimeApi]:
    async with FakeRuntimeApi() as api:
        yield api


@pytest.fixture
def run(api: FakeRuntimeApi) -> Run:
    """`async with run(app, VARIABLE="value") as exit_status`: the process, against the fake, while the block lasts."""

    @asynccontextmanager
    async def running(app: Application, **environ: str) -> AsyncIterator["asyncio.Task[int]"]:
        process = Process(lambda: app, {"AWS_LAMBDA_RUNTIME_API": api.address, **environ})
        exit_status = asyncio.create_task(process.run())
        try:
            yield exit_status
        finally:
            process.stop()
            await asyncio.wait_for(exit_status, 5)

    return running
