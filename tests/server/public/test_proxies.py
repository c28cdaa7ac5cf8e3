"""Tests of proxies: their word on whom they connect is believed only where that is configured."""

from __future__ import annotations

import pytest

from roomcli.errors import UsageError
from server.allowances import network
from server.public.proxies import TrustedProxies

PROXY, CLIENT, OTHER = "10.0.0.1", "198.51.100.7", "203.0.113.9"
TRUSTED = TrustedProxies(["10.0.0.0/8", "2001:db8::1"])


@pytest.mark.parametrize(
    ("said", "client"),
    [
        (CLIENT, CLIENT),
        (f"{OTHER}, {CLIENT}", CLIENT),  # the client wrote the first one itself
        (f"{CLIENT}, 10.0.0.2", CLIENT),  # two proxies
        (f"{OTHER},{CLIENT} , 10.1.2.3,2001:db8::1", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"{CLIENT}, ::ffff:10.0.0.2", CLIENT),
        ("", PROXY),
        ("unknown", PROXY),
        (f"{CLIENT}, unknown", PROXY),
        (f"unknown, {CLIENT}", CLIENT),
        ("10.0.0.5, 10.0.0.6", PROXY),
        (f"{CLIENT}, ", PROXY),
        (f"[{CLIENT}", PROXY),
        ("[2001:db8::7]x", PROXY),
        (f"{CLIENT}:port", PROXY),
        ("1.2.3", PROXY),
        ('for="x"', PROXY),
        ("\x00", PROXY),
    ],
)
def test_the_first_from_the_right_that_is_no_proxy_of_ours(said: str, client: str) -> None:
    assert TRUSTED.client_address(PROXY, said) == client


@pytest.mark.parametrize("peer", [OTHER, "127.0.0.1", "::1", "2001:db8::2"])
def test_nobody_else_is_believed_not_even_loopback(peer: str) -> None:
    assert TRUSTED.client_address(peer, CLIENT) == peer
    assert TrustedProxies().client_address(peer, CLIENT) == peer


@pytest.mark.parametrize(
    "trusted",
    ["127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1", "::ffff:127.0.0.0/104", " 127.0.0.1 "],
)
def test_a_proxy_is_known_by_address_or_network(trusted: str) -> None:
    assert TrustedProxies([trusted]).client_address("127.0.0.1", CLIENT) == CLIENT


def test_an_address_in_the_form_of_ipv6_is_the_same_one() -> None:
    assert TRUSTED.client_address(f"::ffff:{PROXY}", CLIENT) == CLIENT
    assert network(f"::ffff:{CLIENT}") == network(CLIENT)


@pytest.mark.parametrize("text", ["", "nginx", "10.0.0.0/33", "1.2.3.4:80", "*"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="--trust-proxy wants an address or a network"):
        TrustedProxies([text])
