"""Model strings already resolved: an application sends the same few again and again."""

from ai_gateway.core.routing import Resolution, resolve
from ai_gateway.ports import Configuration

MOST_REMEMBERED = 2_000


class Routes:
    def __init__(self) -> None:
        self._configuration: Configuration | None = None
        self._resolved: dict[str, Resolution] = {}

    def resolve(self, model: str, configuration: Configuration) -> Resolution:
        """Raises what `core.routing.resolve` raises; only successes are remembered."""
        if configuration is not self._configuration or len(self._resolved) >= MOST_REMEMBERED:
            self._configuration, self._resolved = configuration, {}
        resolution = self._resolved.get(model)
        if resolution is None:
            resolution = self._resolved[model] = resolve(model, configuration.catalog, configuration.access)
        return resolution
