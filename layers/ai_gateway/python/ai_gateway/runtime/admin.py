"""`ai-gateway keys` and `ai-gateway deployments`: what an operator sets up from the command line."""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_gateway.adapters.dynamodb.callers import DynamoDBCallers
from ai_gateway.adapters.dynamodb.configuration import DynamoDBAdditions
from ai_gateway.core.caller import Caller, hash_key
from ai_gateway.core.catalog.endpoints import Deployment
from ai_gateway.core.catalog.providers import PROVIDERS
from ai_gateway.runtime.access import check_base_url
from ai_gateway.runtime.settings import Settings
from ai_gateway.runtime.state import State, new_key
from ai_gateway.runtime.storage import storage, surrounding_environment
from ai_gateway.runtime.tables import table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Unusable(ValueError):
    """A command that cannot be carried out, with what to do instead."""


def keys(settings: Settings, options: Namespace) -> str:
    with _table(settings) as client:
        callers = DynamoDBCallers(client, settings.table)
        match options.action:
            case "create":
                key = new_key()
                key_hash = hash_key(key)
                caller = Caller(key_hash[:12], options.name, options.organization)
                callers.put(key_hash, caller, created=time.time())
                return f"{key}\nThis is the only time the key is shown. Its id is {caller.key_id}."
            case "revoke":
                if not callers.revoke(options.id):
                    raise Unusable(f"There is no key with the id {options.id!r}. 'ai-gateway keys list' shows them.")
                return f"Revoked {options.id}. Warm gateways serve it for up to {settings.key_cache:g} more seconds."
            case _:
                columns = ("key_id", "name", "organization", "created")
                known = [{**row, "created": _day(row["created"])} for row in callers.list()]
                return table(columns, [[row[column] for column in columns] for row in known], "No keys yet.")


def deployments(settings: Settings, options: Namespace) -> str:
    with _table(settings) as client:
        additions = DynamoDBAdditions(client, settings.table)
        match options.action:
            case "set":
                deployment = _deployment(settings, options)
                additions.put(deployment)
                return f"Set. Call it as '{deployment.model or '<model>'}/{deployment.provider}/{deployment.id}'."
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


def _deployment(settings: Settings, options: Namespace) -> Deployment:
    if options.provider not in PROVIDERS:
        raise Unusable(f"The provider {options.provider!r} is not known: {', '.join(sorted(PROVIDERS))}.")
    if options.base_url:
        check_base_url(options.base_url, allow_private=settings.allow_private_base_urls)
    pairs = [text.partition("=") for text in options.option]
    if any(not separator for _, separator, _ in pairs):
        raise Unusable("Options are written name=value, for example --option api_version=2025-01-01-preview.")
    return Deployment(
        options.id,
        options.provider,
        options.model,
        options.model_id,
        options.base_url,
        {name: value for name, _, value in pairs},
        options.secret,
    )


@contextmanager
def _table(settings: Settings) -> Iterator["DynamoDBClient"]:
    with storage(settings, State.at(settings.state_dir, ephemeral=False), surrounding_environment()) as opening:
        yield opening()


def _day(moment: object) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d") if isinstance(moment, int | float) else "-"


COMMANDS: dict[str, Callable[[Settings, Namespace], str]] = {"keys": keys, "deployments": deployments}
