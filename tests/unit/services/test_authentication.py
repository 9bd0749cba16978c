import pytest

from ai_gateway.core.caller import hash_key
from ai_gateway.core.errors import AuthenticationFailed, StoreUnavailable
from ai_gateway.services.authentication import Authenticator
from tests.fakes import CALLER, KEY, FakeCallers, FakeClock


async def test_a_known_key_is_its_caller_and_is_looked_up_once() -> None:
    callers, clock = FakeCallers(), FakeClock()
    authenticator = Authenticator(callers, clock, remember=60)
    assert [await authenticator.caller(KEY) for _ in range(3)] == [CALLER] * 3
    assert callers.asked == 1


async def test_a_revoked_key_ends_when_it_is_no_longer_remembered() -> None:
    callers, clock = FakeCallers(), FakeClock()
    authenticator = Authenticator(callers, clock, remember=60)
    await authenticator.caller(KEY)
    callers.callers.clear()
    clock.now += 61
    with pytest.raises(AuthenticationFailed):
        await authenticator.caller(KEY)


@pytest.mark.parametrize("key", [None, "", "sk-wrong", hash_key(KEY)])
async def test_nothing_but_the_key_itself_authenticates(key: str | None) -> None:
    with pytest.raises(AuthenticationFailed):
        await Authenticator(FakeCallers(), FakeClock()).caller(key)


async def test_known_callers_are_served_while_the_table_is_away_and_others_are_told_so() -> None:
    callers, clock = FakeCallers(), FakeClock()
    authenticator = Authenticator(callers, clock, remember=60, grace=600)
    await authenticator.caller(KEY)
    callers.away = True
    clock.now += 100
    assert await authenticator.caller(KEY) == CALLER
    with pytest.raises(StoreUnavailable):
        await authenticator.caller("sk-other")
    clock.now += 600
    with pytest.raises(StoreUnavailable):
        await authenticator.caller(KEY)
