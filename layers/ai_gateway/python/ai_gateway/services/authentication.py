"""Gateway keys to callers, remembered for a while so that a warm request asks no table."""

from typing import NamedTuple

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.errors import AuthenticationFailed, StoreUnavailable
from ai_gateway.ports import Callers, Clock

MOST_REMEMBERED = 10_000


class _Remembered(NamedTuple):
    caller: Caller | None
    at: float


class Authenticator:
    """`remember` is in seconds: how long a revoked key may live on, and how soon a new one that was tried before works
    (a tenth of it). While the table is away, callers known to this process are served on, for `grace` seconds. A key
    that expires does so to the second, remembered or not.
    """

    def __init__(self, callers: Callers, clock: Clock, remember: float = 60.0, grace: float = 3600.0) -> None:
        self._callers = callers
        self._clock = clock
        self._remember = remember
        self._grace = grace
        self._known: dict[str, _Remembered] = {}

    async def caller(self, key: str | None) -> Caller:
        """Raises AuthenticationFailed; StoreUnavailable when the table is away and the key was not seen before."""
        if not key:
            raise AuthenticationFailed("No API key. Send the gateway key as 'Authorization: Bearer <key>'.")
        return await self.caller_by_hash(hash_key(key))

    async def caller_by_hash(self, key_hash: str) -> Caller:
        """The same for the hash of a key."""
        now = self._clock.monotonic()
        known = self._known.get(key_hash)
        if known is None or now - known.at > (self._remember if known.caller else self._remember / 10):
            known = await self._look_up(key_hash, known, now)
        if known.caller is None:
            raise AuthenticationFailed("The API key is not known to this gateway. Check it, or create one.")
        if known.caller.is_over(self._clock.time()):
            raise AuthenticationFailed("The API key has expired. Get another one where this one came from.")
        return known.caller

    async def _look_up(self, key_hash: str, known: _Remembered | None, now: float) -> _Remembered:
        try:
            found = _Remembered(await self._callers.find(key_hash), now)
        except StoreUnavailable:
            if known is not None and known.caller is not None and now - known.at < self._grace:
                return known
            raise
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key_hash] = found
        return found
