"""Threat 6: nothing that names an upstream makes the gateway connect to the inside of a network."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from ai_gateway.adapters.upstream_aiohttp import AiohttpUpstream
from ai_gateway.adapters.upstream_httpx import HttpxUpstream, resolve
from ai_gateway.core.addresses import AddressRule
from ai_gateway.core.errors import UpstreamUnreachable
from tests.integration.threats.upstreams import Adapter, Make, call, over_aiohttp, over_httpx, read, serving

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Adapter]]

PUBLIC = AddressRule()
PRIVATE = AddressRule(allow_private=True)
NAME = "api.provider.test"


@pytest.fixture(params=[over_aiohttp, over_httpx])
def opened(request: pytest.FixtureRequest) -> Open:
    make: Make = request.param

    @asynccontextmanager
    async def opened(
        rule: AddressRule | None, names: Mapping[str, Sequence[str]] | None = None
    ) -> AsyncIterator[Adapter]:
        adapter = make(rule, names or {})
        try:
            yield adapter
        finally:
            await adapter.close()

    return opened


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]"),
        *("169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[fe80::1]", "100.64.0.1", "[fc00::1]"),
    ],
)
async def test_an_address_in_the_url_is_checked_however_it_is_written(host: str, opened: Open) -> None:
    async with serving() as server, opened(PUBLIC) as adapter:
        with pytest.raises(UpstreamUnreachable, match="private or local"):
            await adapter.post(call(f"http://{host}:{server.port}/v1"))
    assert server.heads == []


@pytest.mark.parametrize("make", [AiohttpUpstream, HttpxUpstream])
@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "LOCALHOST."])
async def test_what_only_the_systems_resolver_takes_for_loopback_does_not_get_there(
    host: str, make: type[AiohttpUpstream | HttpxUpstream]
) -> None:
    adapter = make(PUBLIC)
    async with serving() as server:
        with pytest.raises(UpstreamUnreachable):
            await adapter.post(call(f"http://{host}:{server.port}/v1"))
    assert server.heads == []
    await adapter.close()


@pytest.mark.parametrize("make", [AiohttpUpstream, HttpxUpstream])
@pytest.mark.parametrize(
    "url", ["http://no-such-name.invalid/v1", "http://example.com:99999/v1", "http://[1.2.3.4]/v1"]
)
async def test_a_url_that_leads_nowhere_is_told_as_such(url: str, make: type[AiohttpUpstream | HttpxUpstream]) -> None:
    adapter = make(PUBLIC)
    with pytest.raises(UpstreamUnreachable):
        await adapter.post(call(url))
    await adapter.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254"])
async def test_a_name_that_leads_inside_is_refused_without_telling_where(address: str, opened: Open) -> None:
    async with serving() as server, opened(PUBLIC, {NAME: [address]}) as adapter:
        with pytest.raises(UpstreamUnreachable, match=f"^{NAME} leads to a private or local address") as caught:
            await adapter.post(call(f"http://{NAME}:{server.port}/v1"))
    assert address not in str(caught.value)
    assert server.heads == []


async def test_a_name_that_changes_its_address_after_it_was_checked_is_checked_again(opened: Open) -> None:
    async with serving() as server:
        own = AddressRule(own=frozenset({("127.0.0.1", server.port)}))
        async with opened(own, {NAME: ["127.0.0.1", "169.254.169.254"], "other.test": ["127.0.0.2"]}) as adapter:
            url = f"http://{NAME}:{server.port}/v1"
            assert await read(adapter, call(url, {"connection": "close"})) == (200, b"{}")
            with pytest.raises(UpstreamUnreachable):
                await adapter.post(call(f"http://other.test:{server.port}/v1"))
    assert len(server.heads) == 1


async def test_of_several_addresses_only_allowed_ones_are_connected_to(opened: Open) -> None:
    async with serving() as server:
        own = AddressRule(own=frozenset({("127.0.0.1", server.port)}))
        async with opened(own, {NAME: ["169.254.169.254,127.0.0.2,127.0.0.1"]}) as adapter:
            assert await read(adapter, call(f"http://{NAME}:{server.port}/v1")) == (200, b"{}")


async def test_the_host_header_and_tls_keep_the_name(opened: Open) -> None:
    async with serving() as server, opened(PRIVATE, {NAME: ["127.0.0.1"] * 3}) as adapter:
        await read(adapter, call(f"http://{NAME}:{server.port}/v1"))
        with pytest.raises(UpstreamUnreachable):
            await adapter.post(call(f"https://{NAME}:{server.port}/v1"))
    plain, *hellos = server.heads
    assert f"host: {NAME}:{server.port}".encode() in plain.lower()
    assert hellos
    assert all(NAME.encode() in hello for hello in hellos)


async def test_private_addresses_are_called_where_the_setting_allows_them_but_metadata_never(opened: Open) -> None:
    async with serving() as server, opened(PRIVATE, {NAME: ["169.254.169.254"]}) as adapter:
        assert await read(adapter, call(f"http://127.0.0.1:{server.port}/v1")) == (200, b"{}")
        with pytest.raises(UpstreamUnreachable):
            await adapter.post(call(f"http://{NAME}:{server.port}/v1"))


async def test_the_gateways_own_services_are_called_without_a_rule(opened: Open) -> None:
    async with serving() as server, opened(None) as adapter:
        assert await read(adapter, call(f"http://127.0.0.1:{server.port}/")) == (200, b"{}")


async def test_a_redirect_is_not_followed(opened: Open) -> None:
    async with serving() as inside:
        moved = f"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{inside.port}/\r\ncontent-length: 0\r\n\r\n"
        async with serving(moved.encode()) as server, opened(PRIVATE) as adapter:
            assert await read(adapter, call(f"http://127.0.0.1:{server.port}/v1")) == (302, b"")
    assert inside.heads == []


async def test_the_systems_resolver_is_asked_for_names() -> None:
    assert set(await resolve("localhost", 80)) & {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match=r"."):
        await resolve("no-such-name.invalid", 80)
