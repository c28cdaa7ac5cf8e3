"""Tests of where Valkey is said to be, and that its password is shown nowhere."""

from __future__ import annotations

import pytest

from roomcli.errors import ConfigError
from server.cluster.address import ValkeyAddress, read_addresses


def test_the_usual_addresses_are_read() -> None:
    assert read_addresses("redis://box", is_private=False) == (ValkeyAddress("box"),)
    assert read_addresses("rediss://box:7000/", is_private=False) == (
        ValkeyAddress("box", 7000, tls=True),
    )
    assert read_addresses("unix:///run/valkey.sock", is_private=False) == (
        ValkeyAddress("", path="/run/valkey.sock"),
    )
    one, two = read_addresses("rediss://me:p%40ss@a,[fd00::1]:7001", is_private=True)
    assert (one.host, one.user, one.password) == ("a", "me", "p@ss")
    assert (two.host, two.port, two.password, two.tls) == ("fd00::1", 7001, "p@ss", True)


def test_sentinels_are_read_with_the_name_that_they_know() -> None:
    one, two = read_addresses("redis+sentinel://a,b:7000/my%20rooms", is_private=False)
    assert (one.host, one.port, one.watched, one.tls) == ("a", 26379, "my rooms", False)
    assert (two.host, two.port, two.watched) == ("b", 7000, "my rooms")
    assert str(two) == "redis+sentinel://b:7000/my rooms"
    (secured,) = read_addresses("rediss+sentinel://:geheim@a/rooms", is_private=True)
    assert (secured.tls, secured.password) == (True, "geheim")
    assert str(secured) == "rediss+sentinel://a:26379/rooms"


def test_a_password_is_taken_from_private_places_alone_and_shown_nowhere() -> None:
    with pytest.raises(ConfigError, match="everybody on this machine") as refused:
        read_addresses("redis://:geheim@box", is_private=False)
    assert "geheim" not in str(refused.value)
    (address,) = read_addresses("redis://:geheim@box", is_private=True)
    assert address.password == "geheim"
    assert "geheim" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "text",
    [
        "box:6379",
        "http://box",
        "redis://",
        "redis://box:70000",
        "redis://box:0",
        "redis://box:x",
        "redis://a,,b",
        "redis://box/3",
        "redis://box?db=3",
        "unix://",
        "unix://box/path",
        "redis://:geheim@[box",
        "redis+sentinel://box",
        "redis+sentinel://:geheim@box/",
        "redis+sentinel://box/rooms/3",
        "redis+sentry://box/rooms",
        "unix+sentinel:///box/rooms",
    ],
)
def test_what_is_no_address_is_refused_without_the_password(text: str) -> None:
    with pytest.raises(ConfigError, match="redis://HOST") as refused:
        read_addresses(text, is_private=True)
    assert "geheim" not in str(refused.value)
