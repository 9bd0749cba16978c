"""Gateway keys as they are made: for good, and lent to a browser for an hour."""

import secrets

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.ports import Clock, LentKeys

LENT_FOR = 3600
"""Seconds."""


def new_key() -> str:
    """256 random bits."""
    return f"sk-aig-{secrets.token_urlsafe(32)}"


class KeyLender:
    """Lends keys to the pages of signed-in admins, who are signed in by a cookie that no script reads."""

    def __init__(self, lent: LentKeys, clock: Clock) -> None:
        self._lent = lent
        self._clock = clock

    async def lend(self, admin: Caller, token: str) -> str:
        """A gateway key, no admin's, for `LENT_FOR` seconds, which ends with the sign-in of `token`. Only its hash is
        kept, and records name all that are lent to an admin by one id. Raises StoreUnavailable.
        """
        key = new_key()
        caller = Caller(
            f"playground-{admin.key_id}",
            f"Playground of {admin.name}",
            admin.organization,
            expires=self._clock.time() + LENT_FOR,
        )
        await self._lent.lend(hash_key(key), caller, hash_key(token))
        return key
