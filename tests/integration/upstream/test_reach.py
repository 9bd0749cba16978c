"""Both adapters connect only where they may, whatever a name resolves to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from ai_gateway.adapters.addresses import Reach
from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.adapters.upstream_httpx import HttpxUpstream
from ai_gateway.core.errors import UpstreamUnreachable
from ai_gateway.ports import Upstream, UpstreamCall

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"

Making = Callable[[Reach], AiohttpUpstream | HttpxUpstream]


class Service:
    """A server on loopback that counts its connections."""

    def __init__(self) -> None:
        self.answer = ANSWER
        self.connections = 0
        self.heads: list[bytes] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.heads.append(await reader.read(65536))
        writer.write(self.answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


class Rebinding(AbstractResolver):
    """A name server in a stranger's hand: every name is this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    async with server:
        yield service


@pytest.fixture(params=[AiohttpUpstream, HttpxUpstream])
def make(request: pytest.FixtureRequest) -> Making:
    making: Making = request.param
    return making


async def status_of(upstream: Upstream, url: str) -> int:
    response = await upstream.post(UpstreamCall(url, {"content-type": "application/json"}, b"{}"))
    await response.close()
    return response.status


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST.", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    ],
)
async def test_this_machine_is_not_called_under_any_name(make: Making, service: Service, host: str) -> None:
    upstream = make(Reach())
    with pytest.raises(UpstreamUnreachable):
        await status_of(upstream, f"http://{host}:{service.port}/")
    await upstream.close()
    assert service.connections == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_this_machine_is_called_where_that_is_allowed(make: Making, service: Service, host: str) -> None:
    upstream = make(Reach(private=True))
    assert await status_of(upstream, f"http://{host}:{service.port}/") == 200
    await upstream.close()


async def test_a_trusted_host_is_called_at_its_port_alone(make: Making, service: Service) -> None:
    upstream = make(Reach(trusted=frozenset({("127.0.0.1", service.port)})))
    assert await status_of(upstream, f"http://127.0.0.1:{service.port}/") == 200
    with pytest.raises(UpstreamUnreachable, match="AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS"):
        await status_of(upstream, f"http://127.0.0.1:{service.port + 1}/")
    await upstream.close()


async def test_a_name_that_turns_to_this_machine_is_not_called(service: Service) -> None:
    upstream = AiohttpUpstream(Reach(), Rebinding())
    with pytest.raises(UpstreamUnreachable, match=r"api\.example\.com is at a private"):
        await status_of(upstream, f"http://api.example.com:{service.port}/")
    await upstream.close()
    assert service.connections == 0


@pytest.mark.parametrize(
    "host", ["no-such-name.invalid", "example.com:99999", "[1.2.3.4]", "exa mple.com", "a" * 70 + ".invalid"]
)
async def test_a_host_that_is_none_is_told_as_such(make: Making, host: str) -> None:
    upstream = make(Reach())
    with pytest.raises(UpstreamUnreachable):
        await status_of(upstream, f"http://{host}/v1")
    await upstream.close()


async def test_the_host_header_and_tls_name_the_host_and_not_its_address(make: Making, service: Service) -> None:
    service.answer = b""
    upstream = make(Reach(private=True))
    for scheme in ("http", "https"):
        with pytest.raises(UpstreamUnreachable):
            await status_of(upstream, f"{scheme}://localhost:{service.port}/")
    await upstream.close()
    plain, *_, hello = service.heads
    assert f"host: localhost:{service.port}".encode() in plain.lower()
    assert b"localhost" in hello


async def test_metadata_is_not_called_even_where_private_addresses_are(make: Making) -> None:
    upstream = make(Reach(private=True))
    with pytest.raises(UpstreamUnreachable, match=r"169\.254\.169\.254"):
        await status_of(upstream, "http://169.254.169.254/latest/meta-data/")
    await upstream.close()


async def test_a_redirect_is_an_answer_and_not_followed(make: Making, service: Service) -> None:
    service.answer = ELSEWHERE
    upstream = make(Reach(private=True))
    assert await status_of(upstream, f"http://127.0.0.1:{service.port}/") == 302
    await upstream.close()
