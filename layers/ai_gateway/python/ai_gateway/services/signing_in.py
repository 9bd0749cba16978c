"""Who uses the console: by an admin's key, or by a token that one was signed in for."""

import secrets
from hashlib import sha256

from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.errors import AuthenticationFailed, PermissionDenied
from ai_gateway.ports import Clock, SignIns
from ai_gateway.services.authentication import Authenticator

LASTING = 12 * 3600
"""Seconds that a sign-in is good for."""


class SigningIn:
    """Every method raises StoreUnavailable. A revoked key ends its sign-ins."""

    def __init__(self, sign_ins: SignIns, authenticator: Authenticator, clock: Clock) -> None:
        self._sign_ins = sign_ins
        self._authenticator = authenticator
        self._clock = clock

    async def sign_in(self, key: str) -> str:
        """A token for the browser; only its hash is kept. Raises AuthenticationFailed and PermissionDenied."""
        await self.admin_by_key(key)
        token = secrets.token_urlsafe(32)
        await self._sign_ins.put(hash_key(token), hash_key(key), self._clock.time() + LASTING)
        return token

    async def sign_out(self, token: str) -> None:
        await self._sign_ins.delete(hash_key(token))

    async def admin(self, token: str | None) -> Caller:
        """Raises AuthenticationFailed and PermissionDenied."""
        key_hash = await self._sign_ins.find(hash_key(token), self._clock.time()) if token else None
        if key_hash is None:
            raise AuthenticationFailed("Not signed in, or no longer. Sign in with an admin key.")
        return _checked(await self._authenticator.caller_by_hash(key_hash))

    async def admin_by_key(self, key: str | None) -> Caller:
        """Raises AuthenticationFailed and PermissionDenied."""
        return _checked(await self._authenticator.caller(key))


def csrf_token(token: str) -> str:
    """What pages send along with the cookie of this token to change something: no other origin can read it."""
    return sha256(f"csrf {token}".encode()).hexdigest()


def _checked(caller: Caller) -> Caller:
    if not caller.admin:
        raise PermissionDenied(
            f"The key {caller.name!r} is no admin key. 'ai-gateway keys create NAME --admin' makes one."
        )
    return caller
