"""Puts a provider's credentials on a request, the way its row says."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from ai_gateway.adapters.secrets import Secret, Secrets
from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.errors import UpstreamRejected
from ai_gateway.core.wire import loads

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as GoogleCredentials

GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class ProviderCredentials:
    """`without_key` are providers that are called without credentials: the simulator, and hosts set by the operator."""

    def __init__(self, secrets: Secrets, without_key: frozenset[str] = frozenset()) -> None:
        self._secrets = secrets
        self._without_key = without_key
        self._google: dict[str, GoogleCredentials] = {}

    async def sign(self, endpoint: Endpoint, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        provider = endpoint.provider
        if endpoint.simulated or provider.auth == "none":
            return headers
        secret = await self._secrets.get(endpoint.secret or provider.name)
        if not secret:
            if secret is not None or provider.name in self._without_key:
                return headers
            raise UpstreamRejected(f"No credentials for {provider.display_name}.", status=401, code="no_credentials")
        key = _sound(secret.get("api_key", ""), endpoint)
        match provider.auth:
            case _ if not (key or provider.auth in ("google", "sigv4")):
                raise _unusable(endpoint, "has no 'api_key'")
            case "bearer":
                return {**headers, "authorization": f"Bearer {key}"}
            case "x-api-key" | "api-key" | "x-goog-api-key":
                return {**headers, provider.auth: key}
            case "google":
                return {**headers, **await self._google_headers(secret, endpoint)}
            case "sigv4":
                if key:
                    return {**headers, "authorization": f"Bearer {key}"}
                if not (secret.get("access_key_id") and secret.get("secret_access_key")):
                    raise _unusable(endpoint, "has neither an 'api_key' nor an access key")
                region = endpoint.options.get("region", "us-east-1")
                return await asyncio.to_thread(_signed, secret, region, url, headers, body)
            case _:
                assert_never(provider.auth)

    async def _google_headers(self, secret: Secret, endpoint: Endpoint) -> dict[str, str]:
        if token := secret.get("access_token"):
            return {"authorization": f"Bearer {_sound(token, endpoint)}"}
        if key := secret.get("api_key"):
            return {"x-goog-api-key": _sound(key, endpoint)}
        token = await asyncio.to_thread(self._google_token, secret)
        return {"authorization": f"Bearer {token}"}

    def _google_token(self, secret: Secret) -> str:
        from google.auth import default, load_credentials_from_file
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.urllib3 import Request
        from google.oauth2.service_account import Credentials as ServiceAccount
        from urllib3 import PoolManager

        identity = secret.get("service_account") or secret.get("credentials_file") or ""
        try:
            credentials = self._google.get(identity)
            if credentials is None:
                if account := secret.get("service_account"):
                    credentials = ServiceAccount.from_service_account_info(loads(account), scopes=[GOOGLE_SCOPE])
                elif path := secret.get("credentials_file"):
                    credentials, _ = load_credentials_from_file(path, scopes=[GOOGLE_SCOPE])
                else:
                    credentials, _ = default(scopes=[GOOGLE_SCOPE])
                self._google[identity] = credentials
            if not credentials.valid:
                credentials.refresh(Request(PoolManager()))
        except (GoogleAuthError, ValueError) as error:
            message = f"Google did not accept the service account ({type(error).__name__})."
            raise UpstreamRejected(message, status=401, code="no_credentials") from error
        return str(credentials.token)


def _sound(key: str, endpoint: Endpoint) -> str:
    """A key as it was meant: files and consoles add line ends. Raises UpstreamRejected for what no header can carry."""
    key = key.strip()
    if not key.isascii() or not key.isprintable():
        raise _unusable(endpoint, "holds characters that no key has")
    return key


def _unusable(endpoint: Endpoint, why: str) -> UpstreamRejected:
    message = f"The secret for {endpoint.provider.display_name} {why}. Store it again."
    return UpstreamRejected(message, status=401, code="no_credentials")


def _signed(secret: Secret, region: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
    """AWS Signature Version 4 for service `bedrock`."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    credentials = Credentials(secret["access_key_id"], secret["secret_access_key"], secret.get("session_token"))
    request = AWSRequest("POST", url, headers=dict(headers), data=body)
    SigV4Auth(credentials, "bedrock", region).add_auth(request)
    return dict(request.headers.items())
