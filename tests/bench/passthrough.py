"""What the gateway is measured against: FastAPI and aiohttp, relaying bytes and doing nothing else."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

UPSTREAM = os.environ.get("BENCH_UPSTREAM", "")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        app.state.session = session
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/v1/chat/completions")
async def chat(request: Request) -> Response:
    body = await request.body()
    session: aiohttp.ClientSession = request.app.state.session
    answer = await session.post(
        f"{UPSTREAM}/v1/chat/completions", data=body, headers={"content-type": "application/json"}
    )
    if b'"stream":true' not in body:
        return Response(await answer.read(), media_type="application/json")

    async def relay() -> AsyncIterator[bytes]:
        async for piece in answer.content.iter_any():
            yield piece

    return StreamingResponse(relay(), media_type="text/event-stream")
