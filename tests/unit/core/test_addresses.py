"""Which addresses count as public, as private, and as ones that no provider is behind."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.addresses import AddressRule, is_number, reach_of


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "162.159.140.245",
        "172.32.0.1",
        "2606:4700::6810:1",
        "2600:1f18::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_the_addresses_of_providers_are_public(address: str) -> None:
    assert reach_of(address) == "public"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "100.64.0.1", "100.127.255.255", "198.18.0.1", "::", "::1", "fc00::1", "fd12:3456::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1"),
    ],
)
def test_the_machine_and_its_networks_are_private_however_they_are_written(address: str) -> None:
    assert reach_of(address) == "private"


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254"),
        *("fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("2001:db8::1", "2001::1", "::7f00:1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::", "100::1", "3fff::1", "5f00::1"),
    ],
)
def test_metadata_and_what_is_no_host_are_forbidden_even_among_private_addresses(address: str) -> None:
    assert reach_of(address) == "forbidden"
    assert not AddressRule(allow_private=True).allows(address, 80)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_has_the_same_reach(address: IPv4Address) -> None:
    assert reach_of(f"::ffff:{address}") == reach_of(f"64:ff9b::{address}") == reach_of(str(address))


@given(st.ip_addresses(v=4))
def test_what_python_takes_for_private_is_never_public(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert reach_of(str(address)) != "public"


@pytest.mark.parametrize("text", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "", "1.2.3.4:80"])
def test_other_writings_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        reach_of(text)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "1.2.3.4.", "a.0x"])
def test_hosts_that_a_resolver_reads_as_numbers_are_told_from_names(host: str) -> None:
    assert is_number(host)


@pytest.mark.parametrize("host", ["api.openai.com", "0x7f.example", "1.2.3.4.example", "x0x1", "::1"])
def test_names_that_only_begin_like_numbers_are_names(host: str) -> None:
    assert not is_number(host)


def test_private_addresses_are_allowed_by_the_setting_and_the_gateways_own_in_any_case() -> None:
    assert not AddressRule().allows("127.0.0.1", 80)
    assert AddressRule(allow_private=True).allows("127.0.0.1", 80)
    own = AddressRule(own=frozenset({("127.0.0.1", 4010)}))
    assert own.allows("127.0.0.1", 4010)
    assert not own.allows("127.0.0.1", 4011)
    assert not own.allows("127.0.0.2", 4010)
