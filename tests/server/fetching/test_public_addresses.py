"""Tests of which addresses the server connects to for a stranger."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fetching.public_addresses import is_public

PRIVATE_4 = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1"),
    *("192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
)
PUBLIC_4 = ("1.1.1.1", "8.8.8.8", "93.184.216.34", "140.82.121.3", "172.32.0.1", "192.169.0.1")


def embeddings(address: str) -> list[str]:
    """Return the IPv6 addresses that stand for an IPv4 one, as text."""
    number = int(ipaddress.IPv4Address(address))
    return [
        str(ipaddress.IPv6Address(each))
        for each in (
            0xFFFF << 32 | number,
            0x64FF9B << 96 | number,
            0x2002 << 112 | number << 80 | 1,
            0x20010000 << 96 | 0x01010101 << 64 | number ^ 0xFFFFFFFF,
            0x20010000 << 96 | number << 64 | 0x01010101 ^ 0xFFFFFFFF,
            0x2A00 << 112 | 0x5EFE << 32 | number,
            0x2A00 << 112 | 0x02005EFE << 32 | number,
        )
    ]


@pytest.mark.parametrize("address", PRIVATE_4)
def test_a_private_address_is_not_public_in_any_dress(address: str) -> None:
    for each in (address, *embeddings(address), f"::{address}"):
        assert not is_public(each), each


@pytest.mark.parametrize("address", PUBLIC_4)
def test_a_public_address_stays_public_when_it_is_mapped_or_translated(address: str) -> None:
    mapped, nat64, to4, *_ = embeddings(address)
    assert all(map(is_public, (address, mapped, nat64, to4)))


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1"),
        *("100::1", "2001::1", "2001:db8::1", "3fff::1", "2001:10::1", "2001:20::1"),
        *("64:ff9b:1::1", "64:ff9b:1::7f00:1", "5f00::1", "4000::1", "2620:4f:8000::1"),
        *(
            "2606:4700::1%eth0",
            "localhost",
            "",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "017700000001",
        ),
    ],
)
def test_what_is_local_reserved_or_no_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["2606:4700::1111", "2a00:1450:4001::1", "2620:fe::fe"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_dress_makes_an_address_more_public(address: ipaddress.IPv4Address) -> None:
    plain = is_public(str(address))
    assert plain or not any(map(is_public, embeddings(str(address))))
    assert not (plain and (address.is_private or address.is_loopback or address.is_multicast))
