"""Which network addresses the gateway may call."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

METADATA = frozenset(map(ip_address, ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200")))
"""Where clouds hand out credentials: EC2, ECS, EC2 over IPv6, Alibaba Cloud."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last four bytes are the IPv4 address that is reached."""


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether a request may go to this IP address. Link-local, metadata and multicast addresses never are called; those
    of the machine and of its network are with `private`. Raises ValueError for what is no IP address.
    """
    reached = _reached(ip_address(address.partition("%")[0]))
    if reached in METADATA or reached.is_link_local or reached.is_multicast or reached.is_unspecified:
        return False
    return private or reached.is_global


def _reached(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 address that stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
