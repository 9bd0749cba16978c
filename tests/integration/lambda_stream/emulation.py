"""AWS's own emulator of the Lambda runtime around a command, and invocations of what it runs."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from tests.integration.lambda_stream.fake_runtime_api import http_event
from tests.sam_cli import emulator


async def invoke(
    client: httpx.AsyncClient, path: str, text: str = "", method: str = "POST", **headers: str
) -> httpx.Response:
    event = http_event(method, path, body=text, headers=headers)
    return await client.post("/2015-03-31/functions/function/invocations", content=json.dumps(event))


@asynccontextmanager
async def emulated(
    *command: str, environ: Mapping[str, str], before: tuple[str, ...] = ()
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the emulator, which runs `command`; it is ended whatever happens."""
    address, runtime_api = _free_address(), _free_address()
    limit = ("timeout", "--kill-after=1", "60")
    addresses = ("--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api)
    process = await asyncio.create_subprocess_exec(
        *limit, *before, emulator(), *addresses, *command, env={**os.environ, **environ}
    )
    try:
        await asyncio.wait_for(_listening(address), 10)
        async with httpx.AsyncClient(base_url=f"http://{address}", timeout=20) as client:
            yield client
    finally:
        process.terminate()
        await process.wait()


def _free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


async def _listening(address: str) -> None:
    host, port = address.split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
