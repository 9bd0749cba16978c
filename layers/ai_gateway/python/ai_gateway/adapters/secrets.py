"""Provider keys: from the environment on a laptop, from Secrets Manager on AWS."""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from ai_gateway.core.catalog.providers import Provider
from ai_gateway.core.errors import StoreUnavailable
from ai_gateway.core.wire import parse_object

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

Secret = Mapping[str, str]
"""One of: `api_key`; `access_key_id`, `secret_access_key` and `session_token`; `service_account` (JSON text);
`credentials_file` (a path); `access_token`.
"""


class Secrets(Protocol):
    async def get(self, name: str) -> Secret | None:
        """The secret of a provider, or of a deployment that has its own. Raises StoreUnavailable."""


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
            secret = await asyncio.to_thread(self._fetch, name)
        except StoreUnavailable:
            if known is not None:
                return known[0]
            raise
        self._known[name] = (secret, time.monotonic())
        return secret

    def put(self, name: str, secret: Secret) -> None:
        from ai_gateway.core.wire import dumps_text

        text = dumps_text(dict(secret))
        try:
            self._client.put_secret_value(SecretId=self._prefix + name, SecretString=text)
        except self._client.exceptions.ResourceNotFoundException:
            self._client.create_secret(Name=self._prefix + name, SecretString=text)

    def _fetch(self, name: str) -> Secret | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_secret_value(SecretId=self._prefix + name)
        except self._client.exceptions.ResourceNotFoundException:
            return None
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("The provider's key could not be read from Secrets Manager. Try again.") from error
        fields = parse_object(answer.get("SecretString", "")) or {}
        return {key: value for key, value in fields.items() if isinstance(value, str)}


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
