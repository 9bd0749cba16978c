"""Which IP addresses the gateway may connect to, so that a base URL cannot make it call the inside of a network.

Python's own `is_global` differs between patch releases and takes multicast for global, so the networks are listed.
Sources: https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal, TypeAlias

Reach: TypeAlias = Literal["public", "private", "forbidden"]
"""`private` is the machine itself and the networks around it. `forbidden` is what no provider is ever behind: metadata
services, link-local, multicast, reserved and documentation addresses.
"""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """`allow_private` lets connections go to private addresses, too. `own` are addresses and ports that the gateway
    itself listens on, which are allowed in any case.
    """

    allow_private: bool = False
    own: frozenset[tuple[str, int]] = frozenset()

    def allows(self, address: str, port: int) -> bool:
        """Raises ValueError for text that is no IP address."""
        reach = reach_of(address)
        return reach == "public" or (reach == "private" and self.allow_private) or (address, port) in self.own


def reach_of(address: str) -> Reach:
    """Raises ValueError for text that is no IP address (names, `127.1`, `0x7f000001`, `2130706433`)."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return _reach_of_v4(ip)
    within = _within(ip)
    return _reach_of_v6(ip) if within is None else _reach_of_v4(within)


def is_number(host: str) -> bool:
    """Whether a resolver takes a host for an IPv4 address: its last label is a number, decimal, octal or hexadecimal.

    Source: https://url.spec.whatwg.org/#ends-in-a-number-checker.
    """
    last = host.removesuffix(".").rpartition(".")[2].lower()
    return last.isdecimal() or (last.startswith("0x") and all(digit in "0123456789abcdef" for digit in last[2:]))


def _reach_of_v4(ip: IPv4Address) -> Reach:
    if any(ip in network for network in _FORBIDDEN_V4):
        return "forbidden"
    return "private" if any(ip in network for network in _PRIVATE_V4) else "public"


def _reach_of_v6(ip: IPv6Address) -> Reach:
    if ip in _METADATA_V6:
        return "forbidden"
    if any(ip in network for network in _PRIVATE_V6):
        return "private"
    special = ip not in _GLOBAL_UNICAST or any(ip in network for network in _FORBIDDEN_V6)
    return "forbidden" if special else "public"


def _within(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a connection to this IPv6 address ends at: mapped, by 6to4, or by NAT64 (RFC 6052)."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


_FORBIDDEN_V4 = tuple(
    IPv4Network(network)
    for network in (
        "169.254.0.0/16",  # link-local: metadata of AWS, Azure, Google and others, credentials of ECS
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the host of an Azure machine
        "192.0.0.0/24",  # protocol assignments, among them metadata of Oracle Cloud
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",
        "224.0.0.0/3",
    )
)
_PRIVATE_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # 0.0.0.0 connects to the machine itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers, and by tailnets
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_PRIVATE_V6 = (IPv6Network("::/127"), IPv6Network("fc00::/7"))  # the machine itself, and unique local addresses
_FORBIDDEN_V6 = (IPv6Network("2001::/23"), IPv6Network("2001:db8::/32"), IPv6Network("3fff::/20"))
_METADATA_V6 = frozenset((IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254")))  # AWS, Google
