"""Refusing to connect to an address, and what the caller is told of it."""

from ai_gateway.core.errors import UpstreamUnreachable


class AddressRefused(OSError):
    """The rule for addresses does not allow this connection."""

    def __init__(self) -> None:
        super().__init__("The address is not allowed.")


def refused(host: str | None) -> UpstreamUnreachable:
    """Without the address itself: what is inside a network is not the caller's business."""
    return UpstreamUnreachable(
        f"{host} leads to a private or local address, which the gateway does not call. Its operator can allow private "
        "ones with AI_GATEWAY_ALLOW_PRIVATE_BASE_URLS=true."
    )


def no_address(url: str) -> UpstreamUnreachable:
    """`url` is one of a provider, whose host and port the operator can set."""
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return UpstreamUnreachable(f"{host!r} cannot be called: it is no valid host and port. Correct the base URL.")
