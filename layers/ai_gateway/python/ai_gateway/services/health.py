"""Which endpoints just failed: they are tried last until they have cooled down. Kept in the process, not shared."""

from ai_gateway.core.catalog.endpoints import Endpoint
from ai_gateway.core.errors import GatewayError, UpstreamRejected, UpstreamTimeout, UpstreamUnreachable
from ai_gateway.ports import Clock

LONGEST_COOLDOWN = 3600.0
COOLING_STATUSES = frozenset((401, 402, 403, 408, 429))


class Health:
    """`cooldown` is in seconds; 0 switches cool-downs off. A provider's Retry-After is honoured when it is longer,
    for an hour at most.
    """

    def __init__(self, clock: Clock, cooldown: float = 30.0) -> None:
        self._clock = clock
        self._cooldown = cooldown
        self._until: dict[str, float] = {}

    def cooling(self) -> frozenset[str]:
        if not self._until:
            return frozenset()
        now = self._clock.monotonic()
        self._until = {key: until for key, until in self._until.items() if until > now}
        return frozenset(self._until)

    def failed(self, endpoint: Endpoint, error: GatewayError) -> None:
        if self._cooldown and _tells_of_health(error):
            seconds = max(self._cooldown, min(error.retry_after or 0.0, LONGEST_COOLDOWN))
            self._until[endpoint.health_key] = self._clock.monotonic() + seconds

    def served(self, endpoint: Endpoint) -> None:
        self._until.pop(endpoint.health_key, None)


def _tells_of_health(error: GatewayError) -> bool:
    if isinstance(error, UpstreamUnreachable | UpstreamTimeout):
        return True
    return isinstance(error, UpstreamRejected) and (error.status in COOLING_STATUSES or error.status >= 500)
