"""Stands between the gateway and its table, and lets each writing of records wait for `BENCH_WAIT` seconds."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TABLE = os.environ["BENCH_TABLE"]
WAIT = float(os.environ["BENCH_WAIT"])


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(auto_decompress=False) as app.state.session:
        yield


async def relay(request: Request) -> Response:
    if request.headers.get("x-amz-target", "").endswith(".BatchWriteItem"):
        await asyncio.sleep(WAIT)
    session: aiohttp.ClientSession = request.app.state.session
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
    url = f"{TABLE}{request.url.path}"
    async with session.request(request.method, url, data=await request.body(), headers=headers) as answer:
        return Response(await answer.read(), answer.status, {"content-type": answer.headers.get("content-type", "")})


app = Starlette(routes=[Route("/{path:path}", relay, methods=["GET", "POST"])], lifespan=lifespan)
