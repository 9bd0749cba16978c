"""Provider keys: from the environment on a laptop, from Secrets Manager, from the role that AWS lends."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.wire import dumps_text, parse_object

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_secretsmanager import SecretsManagerClient

Secret = Mapping[str, str]
"""One of: `api_key`; `access_key_id`, `secret_access_key` and `session_token`; `service_account` (JSON text);
`credentials_file` (a path); `access_token`. An empty one says that the provider is called without credentials.
"""
RECOVERY_DAYS = 7
"""How long Secrets Manager keeps a secret that was removed; `put` takes it out of there again."""


class Secrets(Protocol):
    async def get(self, name: str) -> Secret | None:
        """The secret of a provider, or of a deployment that has its own. Raises StoreUnavailable."""


class SecretsInTurn:
    """Of several places, the first that has the secret."""

    def __init__(self, *places: Secrets) -> None:
        self._places = places

    async def get(self, name: str) -> Secret | None:
        for place in self._places:
            secret = await place.get(name)
            if secret is not None:
                return secret
        return None


class EnvironmentSecrets:
    """The variables that the providers' own SDKs read (`Provider.key_env`), the first one set."""

    def __init__(self, environment: Mapping[str, str], providers: Mapping[str, Provider]) -> None:
        self._secrets = {
            name: secret for name, provider in providers.items() if (secret := _from_environment(environment, provider))
        }

    def names(self) -> frozenset[str]:
        return frozenset(self._secrets)

    async def get(self, name: str) -> Secret | None:
        return self._secrets.get(name)


class RoleSecrets:
    """Bedrock with the credentials of this process's own role, which botocore renews as they age."""

    def __init__(self, credentials: "Credentials") -> None:
        self._credentials = credentials

    async def get(self, name: str) -> Secret | None:
        if name != "bedrock":
            return None
        own = await asyncio.to_thread(self._credentials.get_frozen_credentials)
        secret = {"access_key_id": own.access_key, "secret_access_key": own.secret_key, "session_token": own.token}
        return {field: value for field, value in secret.items() if value}


class SecretsManagerSecrets:
    """One secret a provider, `{prefix}{name}`, holding a JSON object. Remembered for `remember` seconds, and longer
    while Secrets Manager is away.
    """

    def __init__(self, client: "SecretsManagerClient", prefix: str, remember: float = 300.0) -> None:
        self._client = client
        self._prefix = prefix
        self._remember = remember
        self._known: dict[str, tuple[Secret | None, float]] = {}

    async def get(self, name: str) -> Secret | None:
        known = self._known.get(name)
        if known is not None and time.monotonic() - known[1] < self._remember:
            return known[0]
        try:
            secret = await asyncio.to_thread(self.read, name)
        except StoreUnavailable:
            if known is not None:
                return known[0]
            raise
        self._known[name] = (secret, time.monotonic())
        return secret

    def read(self, name: str) -> Secret | None:
        """The secret as it is now. Blocks; raises StoreUnavailable."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_secret_value(SecretId=self._prefix + name)
        except (
            self._client.exceptions.ResourceNotFoundException,
            self._client.exceptions.InvalidRequestException,  # it was removed
        ):
            return None
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The provider's key could not be read from Secrets Manager. Try again.") from error
        fields = parse_object(answer.get("SecretString", "")) or {}
        return {key: value for key, value in fields.items() if isinstance(value, str)}

    def put(self, name: str, secret: Secret) -> None:
        """Write a secret, new or not, removed before or not."""
        found, text = self._prefix + name, dumps_text(dict(secret))
        try:
            self._client.put_secret_value(SecretId=found, SecretString=text)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_secret(Name=found, SecretString=text)
        except self._client.exceptions.InvalidRequestException:
            self._client.restore_secret(SecretId=found)
            self._client.put_secret_value(SecretId=found, SecretString=text)

    def remove(self, name: str) -> bool:
        """Whether it was there. Secrets Manager forgets it after `RECOVERY_DAYS`."""
        try:
            self._client.delete_secret(SecretId=self._prefix + name, RecoveryWindowInDays=RECOVERY_DAYS)
        except (
            self._client.exceptions.ResourceNotFoundException,
            self._client.exceptions.InvalidRequestException,  # it was removed before
        ):
            return False
        return True

    def names(self) -> frozenset[str]:
        """The names of all secrets, without the prefix."""
        pages = self._client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [self._prefix]}])
        found = (secret["Name"] for page in pages for secret in page["SecretList"])
        return frozenset(name.removeprefix(self._prefix) for name in found if name.startswith(self._prefix))


class ChangingSecrets:
    """Secrets that operators change while others use them: nothing is remembered. Raises StoreUnavailable."""

    def __init__(self, secrets: SecretsManagerSecrets) -> None:
        self._secrets = secrets

    async def get(self, name: str) -> Secret | None:
        return await asyncio.to_thread(self._secrets.read, name)

    async def put(self, name: str, secret: Secret) -> None:
        await self._told(self._secrets.put, name, secret)

    async def remove(self, name: str) -> None:
        await self._told(self._secrets.remove, name)

    async def _told(self, change: Callable[..., object], *arguments: object) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            await asyncio.to_thread(change, *arguments)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("Secrets Manager did not take the change. Try again.") from error


def _from_environment(environment: Mapping[str, str], provider: Provider) -> Secret | None:
    if provider.auth == "sigv4":
        return _aws(environment)
    if provider.auth == "google":
        return _google(environment, provider)
    key = next((environment[name] for name in provider.key_env if environment.get(name)), None)
    return {"api_key": key} if key else None


def _aws(environment: Mapping[str, str]) -> Secret | None:
    if token := environment.get("AWS_BEARER_TOKEN_BEDROCK"):
        return {"api_key": token}
    if not environment.get("AWS_ACCESS_KEY_ID") or not environment.get("AWS_SECRET_ACCESS_KEY"):
        return None
    fields = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return {name.removeprefix("AWS_").lower(): environment[name] for name in fields if environment.get(name)}


def _google(environment: Mapping[str, str], provider: Provider) -> Secret | None:
    if token := environment.get("VERTEX_ACCESS_TOKEN"):
        return {"access_token": token}
    if account := environment.get("VERTEX_SERVICE_ACCOUNT"):
        return {"service_account": account}
    if path := environment.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return {"credentials_file": path}
    key = next((environment[name] for name in provider.key_env if environment.get(name)), None)
    return {"api_key": key} if key else None
