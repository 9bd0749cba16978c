"""Which network addresses the gateway may call.

Python's own `is_global` differs between patch releases and takes multicast for global, so the networks are listed.
Sources: https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry, and what the clouds say of their metadata services.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether a request may go to this IP address. Link-local, metadata, multicast and reserved addresses are never
    called; those of the machine and of its network are with `private`. Raises ValueError for what is no IP address, as
    `127.1` and `2130706433` are not.
    """
    ip = ip_address(address.partition("%")[0])
    reached = ip if isinstance(ip, IPv4Address) else _within(ip) or ip
    if isinstance(reached, IPv4Address):
        return _v4_may_be_called(reached, private=private)
    return _v6_may_be_called(reached, private=private)


def is_number(host: str) -> bool:
    """Whether a resolver takes a host for an IPv4 address: its last label is a number, decimal, octal or hexadecimal.

    Source: https://url.spec.whatwg.org/#ends-in-a-number-checker.
    """
    last = host.removesuffix(".").rpartition(".")[2].lower()
    return last.isdecimal() or (last.startswith("0x") and all(digit in "0123456789abcdef" for digit in last[2:]))


def _v4_may_be_called(ip: IPv4Address, *, private: bool) -> bool:
    if any(ip in network for network in _NEVER_V4):
        return False
    return private or not any(ip in network for network in _PRIVATE_V4)


def _v6_may_be_called(ip: IPv6Address, *, private: bool) -> bool:
    if any(ip in network for network in _NEVER_V6):
        return False
    return ip in _GLOBAL_UNICAST or (private and any(ip in network for network in _PRIVATE_V6))


def _within(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a connection to this IPv6 address ends at: mapped, by 6to4, or by NAT64 (RFC 6052)."""
    if ip in _NAT64:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour


_NEVER_V4 = tuple(
    IPv4Network(network)
    for network in (
        "169.254.0.0/16",  # link-local: metadata of AWS, Azure, Google and others, credentials of ECS
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the host of a machine at Azure
        "192.0.0.0/24",  # protocol assignments, among them metadata of Oracle Cloud
        "0.0.0.0/32",
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
        "0.0.0.0/8",
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
_PRIVATE_V6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_NEVER_V6 = tuple(
    IPv6Network(network)
    for network in (
        "fd00:ec2::254/128",  # metadata of AWS
        "fd20:ce::254/128",  # metadata of Google
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)
