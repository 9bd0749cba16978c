"""Where an OpenAI-compatible provider takes chat completions, and what it calls the model there."""

from urllib.parse import quote

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.errors import InvalidRequest

_DEPLOYMENTS = "/openai/deployments/"
_UNVERSIONED = ("", "v1", "latest", "preview")


def path_and_model(endpoint: Endpoint) -> tuple[str, str]:
    """The path after the base URL, and the `model` of the body.

    A row's path may name options of the endpoint. Azure's does: `/openai/deployments/{deployment}/chat/completions
    ?api-version={api_version}`, while its newer API has no deployment in the path, but in the body, and is taken where
    the base URL ends in `/openai/v1` or the option `api_version` is "v1" or empty. Source:
    https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle. Raises InvalidRequest for an option that
    is missing.
    """
    template = endpoint.provider.path
    if "{" not in template:
        return template, endpoint.model_id
    options = {"deployment": endpoint.model_id, **endpoint.provider.options, **endpoint.options}
    if template.startswith(_DEPLOYMENTS):
        unversioned = _unversioned_path(endpoint.base_url.rstrip("/"), options.get("api_version", ""))
        if unversioned:
            return unversioned, options["deployment"]
        if endpoint.base_url.rstrip("/").endswith("/openai"):
            template = template.removeprefix("/openai")
    try:
        quoted = {name: quote(value, safe="") for name, value in options.items()}
        return template.format_map(quoted), endpoint.model_id
    except KeyError as missing:
        raise InvalidRequest(
            f"{endpoint.source} needs the option {missing.args[0]!r}. Set it for the provider or the deployment."
        ) from None


def _unversioned_path(base_url: str, api_version: str) -> str | None:
    """None where the address has a deployment and a dated version in it."""
    query = "?api-version=preview" if api_version == "preview" else ""
    if base_url.endswith("/openai/v1"):
        return "/chat/completions" + query
    if api_version not in _UNVERSIONED:
        return None
    return ("" if base_url.endswith("/openai") else "/openai") + "/v1/chat/completions" + query
