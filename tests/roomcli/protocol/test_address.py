"""Tests of pasted addresses: read, written again, or refused with a line that helps."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roomcli.errors import UsageError
from roomcli.protocol.address import (
    Address,
    checked_room,
    parse_address,
    parse_authority,
    parse_server,
)

PIN = "0123456789abcdef" * 4
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}(\.[a-z0-9][a-z0-9-]{0,20}){0,3}", fullmatch=True),
    st.ip_addresses().map(str),
    st.sampled_from(["fe80::1%eth0", "fe80::1%25", "fe80::1%25x", "fe80::1%Wi-Fi_2.0~"]),
).filter(lambda host: not host.startswith("::ffff:"))
PINS = st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
ADDRESSES = st.builds(
    Address,
    host=HOSTS,
    port=st.integers(1, 65535),
    tls=st.booleans(),
    room=st.just("") | st.from_regex(r"[a-z0-9][a-z0-9-]{0,63}", fullmatch=True),
    pin=PINS,
    invite=st.none() | st.from_regex(r"[A-Za-z0-9_-]{1,128}", fullmatch=True),
).map(lambda address: address if address.tls else replace(address, pin=None))


@given(ADDRESSES)
def test_an_address_survives_being_written_and_read(address: Address) -> None:
    assert parse_address(str(address)) == address
    assert parse_address(f"  {address}\n") == address


@pytest.mark.parametrize(
    ("url", "authority", "server"),
    [
        ("wss://host/r/a", "host:7420", "wss://host:7420"),
        ("ws://host/r/a", "host:7420", "ws://host:7420"),
        ("https://host/r/a", "host:443", "wss://host:443"),
        ("http://host/r/a", "host:80", "ws://host:80"),
        ("https://host:8443/r/a", "host:8443", "wss://host:8443"),
        ("WSS://Host.Example/r/a", "host.example:7420", "wss://host.example:7420"),
        ("wss://[::1]:9/r/a", "[::1]:9", "wss://[::1]:9"),
        ("wss://[0:0:0::1]/r/a", "[::1]:7420", "wss://[::1]:7420"),
        ("wss://[fe80::1%eth0]/r/a", "[fe80::1]:7420", "wss://[fe80::1%25eth0]:7420"),
        ("wss://[FE80::1%25Eth0]/r/a", "[fe80::1]:7420", "wss://[fe80::1%25Eth0]:7420"),
        ("wss://[fe80::1%25eth%2E0]/r/a", "[fe80::1]:7420", "wss://[fe80::1%25eth.0]:7420"),
        ("ws://[::ffff:127.0.0.1]/r/a", "127.0.0.1:7420", "ws://127.0.0.1:7420"),
        ("wss://Rooms.Test./r/a", "rooms.test:7420", "wss://rooms.test:7420"),
        ("wss://ro%6Fms.test/r/a", "rooms.test:7420", "wss://rooms.test:7420"),
        ("wss://b%C3%BCcher.example/r/a", "xn--bcher-kva.example:7420", None),
        ("wss://bücher.example/r/a", "xn--bcher-kva.example:7420", None),
    ],
)
def test_where_a_url_leads(url: str, authority: str, server: str | None) -> None:
    address = parse_address(url)
    assert address.authority == authority
    assert address.server == server or server is None
    assert address.path == "/"


@pytest.mark.parametrize(
    ("url", "path", "server", "room"),
    [
        ("wss://h/talk/r/a", "/talk/", "wss://h:7420/talk", "a"),
        ("wss://h/Our/talk/R/a/", "/Our/talk/", "wss://h:7420/Our/talk", "a"),
        ("https://h/talk", "/talk/", "wss://h:443/talk", ""),
        ("wss://h/", "/", "wss://h:7420", ""),
    ],
)
def test_a_server_may_lie_under_the_prefix_of_a_proxy(
    url: str, path: str, server: str, room: str
) -> None:
    address = parse_address(url)
    assert (address.path, address.server, address.room) == (path, server, room)
    assert address.authority.startswith("h:")
    assert parse_address(str(address)) == address
    assert str(address.in_room("b")) == f"{server}/r/b"


def test_a_host_token_is_no_invite() -> None:
    address = parse_address("wss://h/r/a#invite=i&host_token=t")
    assert (address.invite, address.host_token) == ("i", "t")
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("rooms.example", "rooms.example", None),
        ("Rooms.Example.:443", "rooms.example", 443),
        ("[0::1]:7420", "::1", 7420),
        ("[FE80::1%25eth0]", "fe80::1", None),
        ("[fe80::1%eth0]:1", "fe80::1", 1),
        ("[::FFFF:7f00:1]:1", "127.0.0.1", 1),
        ("bücher.example:1", "xn--bcher-kva.example", 1),
    ],
)
def test_one_authority_has_one_form(text: str, host: str, port: int | None) -> None:
    assert parse_authority(text) == (host, port)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ":7420",
            "a@localhost",
            "@localhost",
            "localhost:0",
            "localhost:x",
            "localhost:70000",
        ),
        *("https://a", "//a", "a/b", "a?b", "a#b", "a\\b", " a", "a b", "a\tb", "a\n", "::1"),
        *("[::1", "[::1]x", "[fe80::1%]", "[fe80::1% ]", "a..b", "a\x00", "-a", "[::1]:1:2"),
    ],
    ids=ascii,
)
def test_what_is_no_authority_is_none(text: str) -> None:
    with pytest.raises(UsageError):
        parse_authority(text)


@given(st.text(max_size=30))
@example("[fe80::1%25%25]")
def test_an_authority_in_its_form_stays_as_it_is(text: str) -> None:
    try:
        host, port = parse_authority(text)
    except UsageError:
        return
    address = Address(host, port or 1, True)
    assert parse_authority(address.authority) == (host, port or 1)


@pytest.mark.parametrize("url", ["ws://h:1/r/a", "http://h/r/a", "ws://127.0.0.1"])
def test_a_pin_goes_with_tls_alone(url: str) -> None:
    with pytest.raises(UsageError, match=f"it should be wss://.*#pin={PIN}"):
        parse_address(f"{url}#pin={PIN}")


def test_the_fragment_carries_pin_and_invite() -> None:
    address = parse_address(f"wss://h/r/a#pin={PIN.upper()}&invite=x-_9&later=1")
    assert (address.pin, address.invite) == (PIN, "x-_9")
    assert parse_address("wss://h/r/a#invite=").invite is None


def test_the_same_server_has_other_rooms() -> None:
    address = parse_address(f"wss://h:1#pin={PIN}")
    assert address.room == ""
    assert str(address.in_room("b")) == f"wss://h:1/r/b#pin={PIN}"
    assert address.in_room("B").room == "b"
    with pytest.raises(UsageError, match="cannot name a room"):
        address.in_room("b/c")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "should look like"),
        ("standup", "should look like"),
        ("ftp://h/r/a", "should look like"),
        ("wss:///r/a", "should look like"),
        ("wss://me:secret@h/r/a", "no user name"),
        ("wss://@h/r/a", "no user name"),
        ("wss://h:0/r/a", "port 0"),
        ("wss://h:65536/r/a", "a number up to 65535"),
        ("wss://h:x/r/a", "a number up to 65535"),
        ("wss://[::1/r/a", "not an address"),
        ("wss://h/r/a/b", "/r/ROOM"),
        ("wss://h/R/b/c/r/a", "/r/ROOM"),
        ("wss://h//r/a", "/r/ROOM"),
        ("wss://h/a b/r/a", "/r/ROOM"),
        ("wss://h/r/a#host_token=a%20b", "host token"),
        ("wss://h/r/", "/r/ROOM"),
        ("wss://h/r/a%2Fb", "cannot name a room"),
        ("wss://h/r/-a", "cannot name a room"),
        ("wss://h/r/" + "a" * 65, "cannot name a room"),
        ("wss://h o/r/a", "name of a host"),
        ("wss://h\x1bx/r/a", "name of a host"),
        ("wss://h\u202ex/r/a", "name of a host"),
        ("wss://-h/r/a", "name of a host"),
        ("wss://h..x/r/a", "name of a host"),
        ("wss://" + "a" * 64 + "/r/a", "name of a host"),
        ("wss://" + "a." * 130 + "a/r/a", "name of a host"),
        ("wss://[::1% x]/r/a", "name of a host"),
        ("wss://[::1]7420/r/a", "not an address"),
        ("wss://h/r/a#pin=12", "pin"),
        (f"wss://h/r/a#pin={PIN}0", "pin"),
        ("wss://h/r/a#invite=a%20b", "invite"),
        ("wss://h/r/a#invite=" + "a" * 129, "invite"),
    ],
    ids=lambda each: ascii(each)[:40],
)
def test_what_is_no_address_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as error:
        parse_address(url)
    assert str(error.value).isprintable()


@given(st.text(max_size=40), st.sampled_from(["", "wss://", "wss://h", "wss://h/r/a#", "wss://["]))
def test_any_text_is_an_address_or_refused(text: str, head: str) -> None:
    try:
        address = parse_address(head + text)
    except UsageError:
        return
    assert parse_address(str(address)) == address
    assert address.authority.isascii()
    assert address.authority.isprintable()


def test_names_of_rooms() -> None:
    assert checked_room("book-club") == "book-club"
    with pytest.raises(UsageError, match=r"'Café Ωstandup!'.* like cafe-standup$"):
        checked_room("Café Ωstandup!")
    with pytest.raises(UsageError, match=r"like standup or book-club$"):
        checked_room("日本")


@pytest.mark.parametrize(
    ("said", "room"),
    [
        *[("Book Club", "book-club"), ("book_club", "book-club"), (" STANDUP\n", "standup")],
        *[("\u200bstandup\ufeff", "standup"), ("Book \u00a0 Club", "book-club")],
    ],
)
def test_capitals_and_blanks_in_the_name_of_a_room_are_understood(said: str, room: str) -> None:
    assert checked_room(said) == room
    assert parse_address(f"wss://h/r/{said.strip()}").room == room
    assert parse_address(f"wss://h/r/{quote(said)}").room == room


URL = f"wss://h:1/r/standup#pin={PIN}&invite=x-_9"


@pytest.mark.parametrize(
    "pasted",
    [
        *(
            f"'{URL}'",
            f'"{URL}"',
            f"\u2018{URL}\u2019",
            f"“{URL}”",
            f"„{URL}“",
            f"<{URL}>",
            f"`{URL}`",
        ),
        *(f"{URL}.", f"'{URL}',", f"{URL};", f"\u200b{URL}\u2060", f"\ufeff {URL} \u200e"),
        *(f"roomcli join '{URL}'", f"$ roomcli host {URL}\n", f"/opt/bin/roomcli join “{URL}”"),
        *(
            URL.replace("#", "\n  #"),
            URL.replace("&", "\r\n&"),
            URL.replace("standup", "Stand\n up"),
        ),
        URL.replace("standup", "standup/"),
    ],
    ids=ascii,
)
def test_what_comes_along_when_an_address_is_pasted_is_understood(pasted: str) -> None:
    assert parse_address(pasted) == parse_address(URL)
    assert parse_server(pasted) == parse_address(URL)


@pytest.mark.parametrize(
    ("said", "server"),
    [
        ("host", "wss://host:7420"),
        ("host:7430", "wss://host:7430"),
        ("Rooms.Example.org", "wss://rooms.example.org:7420"),
        ("127.0.0.1:7430", "wss://127.0.0.1:7430"),
        ("[::1]:7430", "wss://[::1]:7430"),
        ("::1", "wss://[::1]:7420"),
        ("localhost:7430/", "wss://localhost:7430"),
        ("'host:7430'", "wss://host:7430"),
        ("ws://host:7430", "ws://host:7430"),
        ("https://host", "wss://host:443"),
    ],
)
def test_a_server_without_a_scheme_is_wss(said: str, server: str) -> None:
    assert parse_server(said).server == server


@pytest.mark.parametrize("said", ["", "me@host", "a b", "host:x", "ftp://host", "/"])
def test_what_is_no_server_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        parse_server(said)
