"""Where connections to providers may go, whatever a name resolves to at the moment of connecting."""

from collections.abc import Iterable
from dataclasses import dataclass

from ai_gateway.core.addresses import may_be_called
from ai_gateway.core.errors import UpstreamUnreachable


class AddressRefused(OSError):
    """A connection that would have gone where the gateway must not call."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`private` allows the machine and its network, and `setting` is what an operator sets for that; `trusted` are
    hosts and ports that are always called, such as the simulator's.
    """

    private: bool = False
    trusted: frozenset[tuple[str, int]] = frozenset()
    setting: str = "AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS"

    def allowed(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Those of the addresses of a host that may be called. Raises AddressRefused when none is left."""
        if (host, port) in self.trusted:
            return list(addresses)
        left = [address for address in addresses if may_be_called(address, private=self.private)]
        if not left:
            raise AddressRefused(
                f"{host} is at a private, local or metadata address, where the gateway does not call ({self.setting})."
            )
        return left

    def check_literal(self, host: str, port: int | None) -> None:
        """Raises AddressRefused for a host that is written as an address and may not be called."""
        try:
            self.allowed(host, port or 0, (host,))
        except ValueError:
            return


def no_address(url: str) -> UpstreamUnreachable:
    """`url` is one of a provider, whose host and port the operator can set."""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return UpstreamUnreachable(f"{host!r} cannot be called: it is no valid host and port. Correct the base URL.")
