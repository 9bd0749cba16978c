"""`ai-gateway keys`, `providers` and `deployments`: what an operator sets up from the command line."""

import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.adapters.secrets import EnvironmentSecrets
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog.additions import ProviderSetting
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.runtime.access import check_base_url
from ai_gateway.runtime.installation import Installation, installation
from ai_gateway.runtime.secret_entry import ask_for_secret
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.storage import surrounding_environment
from ai_gateway.runtime.tables import table
from ai_gateway.services.gateway_keys import new_key


class Unusable(ValueError):
    """A command that cannot be carried out, with what to do instead."""


def keys(settings: Settings, options: Namespace) -> str:
    with installation(settings, options.stack) as found:
        callers = DynamoDBCallers(found.dynamodb, found.table)
        match options.action:
            case "create":
                key = new_key()
                key_hash = hash_key(key)
                caller = Caller(key_hash[:12], options.name, options.organization, admin=options.admin)
                callers.put(key_hash, caller, created=time.time())
                return f"{key}\nThis is the only time the key is shown. Its id is {caller.key_id}."
            case "revoke":
                if not callers.revoke(options.id):
                    raise Unusable(f"There is no key with the id {options.id!r}. 'ai-gateway keys list' shows them.")
                return f"Revoked {options.id}. Warm gateways serve it for up to {settings.key_cache:g} more seconds."
            case _:
                columns = ("key_id", "name", "organization", "admin", "created")
                known = [
                    {**row, "admin": "yes" if row.get("admin") else "", "created": _day(row["created"])}
                    for row in callers.list()
                ]
                return table(columns, [[row[column] for column in columns] for row in known], "No keys yet.")


def providers(settings: Settings, options: Namespace) -> str:
    with installation(settings, options.stack) as found:
        additions = DynamoDBAdditions(found.dynamodb, found.table)
        match options.action:
            case "set":
                setting = _provider_setting(found, options)
                if not options.keep_key:
                    found.secrets.put(setting.name, {} if options.no_key else ask_for_secret(PROVIDERS[setting.name]))
                additions.put(setting)
                return f"Set. Running gateways take up to five minutes to call {setting.name} with it."
            case "remove":
                known = additions.remove("provider", options.name)
                if not found.secrets.remove(options.name) and not known:
                    raise Unusable(f"There is no provider {options.name!r}. 'ai-gateway providers list' shows them.")
                return f"Removed {options.name}."
            case _:
                return _provider_table(found, additions, _in_environment(options))


def deployments(settings: Settings, options: Namespace) -> str:
    with installation(settings, options.stack) as found:
        additions = DynamoDBAdditions(found.dynamodb, found.table)
        match options.action:
            case "set":
                deployment = _deployment(found, options)
                if options.ask_key and deployment.secret:
                    found.secrets.put(deployment.secret, ask_for_secret(PROVIDERS[deployment.provider]))
                additions.put(deployment)
                call = f"Set. Call it as '{deployment.model or '<model>'}/{deployment.provider}/{deployment.id}'."
                keyed = deployment.secret or deployment.provider in found.secrets.names() | _in_environment(options)
                return call if keyed else f"{call}\n{_lacking(deployment.provider)}"
            case "remove":
                if not additions.remove("deployment", options.id):
                    raise Unusable(f"There is no deployment {options.id!r}. 'ai-gateway deployments list' shows them.")
                return f"Removed {options.id}."
            case _:
                rows = [
                    (known.id, known.provider, known.model or "-", known.base_url or "-", str(dict(known.options)))
                    for known in additions.read().deployments.values()
                ]
                return table(("id", "provider", "model", "base url", "options"), rows, "No deployments yet.")


def _provider_setting(found: Installation, options: Namespace) -> ProviderSetting:
    return ProviderSetting(_provider(options.name), _base_url(found, options), _named(options.option))


def _provider_table(found: Installation, additions: DynamoDBAdditions, in_environment: frozenset[str]) -> str:
    stored, settings = found.secrets.names(), additions.read().providers
    rows = [
        (
            name,
            "environment" if name in in_environment else "stored" if name in stored else "-",
            (setting and setting.base_url) or PROVIDERS[name].base_url,
            str(dict(setting.options)) if setting else "-",
        )
        for name in sorted(settings.keys() | in_environment)
        for setting in (settings.get(name),)
    ]
    return table(("provider", "key", "base url", "options"), rows, "No providers yet.")


def _in_environment(options: Namespace) -> frozenset[str]:
    """The providers that have a key there; of a deployed stack it is not known."""
    return EnvironmentSecrets({} if options.stack else surrounding_environment(), PROVIDERS).names()


def _lacking(provider: str) -> str:
    return (
        f"There is no key of {provider} yet: 'ai-gateway providers set {provider}', with --no-key for a server that "
        "asks for none."
    )


def _deployment(found: Installation, options: Namespace) -> Deployment:
    return Deployment(
        options.id,
        _provider(options.provider),
        options.model,
        options.model_id,
        _base_url(found, options),
        _named(options.option),
        options.secret or (f"deployment-{options.id}" if options.ask_key else None),
    )


def _provider(name: str) -> str:
    if name not in PROVIDERS:
        raise Unusable(f"The provider {name!r} is not known: {', '.join(sorted(PROVIDERS))}.")
    return name


def _base_url(found: Installation, options: Namespace) -> str | None:
    return (
        check_base_url(options.base_url, allow_private=found.settings.allow_private_base_urls)
        if options.base_url
        else None
    )


def _named(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if any(not separator for _, separator, _ in pairs):
        raise Unusable("Options are written name=value, for example --option api_version=2025-01-01-preview.")
    return {name: value for name, _, value in pairs}


def _day(moment: object) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") if isinstance(moment, int | float) else "-"


COMMANDS: dict[str, Callable[[Settings, Namespace], str]] = {
    "keys": keys,
    "providers": providers,
    "deployments": deployments,
}
