from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_gateway.core.addresses import is_number, may_be_called

METADATA = ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe")
NOWHERE = (
    *(*METADATA, "169.254.170.2", "192.0.0.192", "168.63.129.16", "fd20:ce::254", "2002:a9fe:a9fe::"),
    *("169.254.1.1", "fe80::1", "fe80::1%eth0", "fec0::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"),
    *("192.0.2.1", "2001:db8::1", "2001::1", "::7f00:1", "64:ff9b:1::a9fe:a9fe", "100::1", "3fff::1"),
)
PRIVATE = ("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "::1", "fc00::1", "::ffff:10.0.0.1")
INSIDE = ("64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:127.0.0.1")
PUBLIC = ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808")


@pytest.mark.parametrize("address", NOWHERE)
@pytest.mark.parametrize("private", [True, False])
def test_metadata_and_link_local_addresses_are_never_called(address: str, private: bool) -> None:
    assert not may_be_called(address, private=private)


@pytest.mark.parametrize("address", [*PRIVATE, *INSIDE])
def test_private_addresses_are_called_only_where_it_is_allowed(address: str) -> None:
    assert not may_be_called(address, private=False)
    assert may_be_called(address, private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address: str) -> None:
    assert may_be_called(address, private=False)


@pytest.mark.parametrize("host", ["example.com", "2130706433", "127.1", "0x7f.1", ""])
def test_what_is_no_address_is_told_so(host: str) -> None:
    with pytest.raises(ValueError, match="address"):
        may_be_called(host, private=False)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "1.2.3.4.", "a.0x"])
def test_hosts_that_a_resolver_reads_as_numbers_are_told_from_names(host: str) -> None:
    assert is_number(host)


@pytest.mark.parametrize("host", ["api.openai.com", "0x7f.example", "1.2.3.4.example", "x0x1", "::1"])
def test_names_that_only_begin_like_numbers_are_names(host: str) -> None:
    assert not is_number(host)


@given(st.ip_addresses(v=4))
def test_what_python_takes_for_private_is_never_public(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not may_be_called(str(address), private=False)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_whatever_dress(address: IPv4Address) -> None:
    number = int(address)
    dressed = (IPv6Address((0xFFFF << 32) | number), IPv6Address((0x64FF9B << 96) | number))
    for private in (True, False):
        assert {may_be_called(str(each), private=private) for each in dressed} == {
            may_be_called(str(address), private=private)
        }
