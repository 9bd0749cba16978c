"""Keys that are lent to browsers."""

import pytest

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.errors import AuthenticationFailed
from ai_gateway.services.authentication import Authenticator
from ai_gateway.services.gateway_keys import LENT_FOR, KeyLender, new_key
from tests.fakes import FakeCallers, FakeClock

ADMIN = Caller("ann", "Ann", "acme", admin=True)


async def test_a_lent_key_is_no_admins_and_belongs_to_the_admins_organization() -> None:
    callers, clock = FakeCallers(), FakeClock()
    key = await KeyLender(callers, clock).lend(ADMIN, "token")
    caller = await Authenticator(callers, clock).caller(key)
    assert caller == Caller("playground-ann", "Playground of Ann", "acme", expires=clock.time() + LENT_FOR)
    assert callers.lent == {hash_key(key): hash_key("token")}


async def test_a_lent_key_ends_to_the_second_however_long_keys_are_remembered() -> None:
    callers, clock = FakeCallers(), FakeClock()
    key = await KeyLender(callers, clock).lend(ADMIN, "token")
    authenticator = Authenticator(callers, clock, remember=10 * LENT_FOR, grace=10 * LENT_FOR)
    clock.now += LENT_FOR - 1
    assert await authenticator.caller(key)
    callers.away = True
    clock.now += 1
    with pytest.raises(AuthenticationFailed, match="expired"):
        await authenticator.caller(key)


def test_every_key_is_another_and_long() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= len("sk-aig-") + 43 for key in keys)
