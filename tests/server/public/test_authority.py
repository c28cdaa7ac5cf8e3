"""Tests of the names of a server without TLS, and of the address that it announces."""

from __future__ import annotations

import pytest
import trio

from roomcli.errors import UsageError
from roomcli.wire.outward import outward_address
from server import announcement
from server.announcement import ListeningPlace
from server.public.accepting import open_port
from server.public.authority import OwnNames, own_names

OURS = ("127.0.0.1", 7420)
"""The address at which the client's connection came in."""


@pytest.mark.parametrize(
    ("given", "authority", "ours"),
    [
        # Told nothing: its own addresses and the machine's names, by whatever port.
        ([], "localhost:7420", True),
        ([], "localhost:2222", True),
        ([], "LocalHost.:1", True),
        ([], "localhost", True),
        ([], "127.0.0.1:7420", True),
        ([], "127.9.9.9:1", True),
        ([], "[::1]:1", True),
        ([], "[::ffff:127.0.0.1]:1", True),
        ([], "[0:0::1]:1", True),
        ([], "rooms.example:7420", False),
        ([], "192.0.2.7:7420", False),
        ([], "x@localhost:7420", False),
        ([], "localhost.evil.example:7420", False),
        ([], "", False),
        # A name without a port: by whatever port.
        (["rooms.example"], "rooms.example:443", True),
        (["rooms.example"], "Rooms.Example.:8443", True),
        (["Rooms.Example."], "rooms.example:443", True),
        (["rooms.example"], "rooms.example", True),
        (["bücher.example"], "xn--bcher-kva.example:443", True),
        (["rooms.example"], "a.rooms.example:443", False),
        (["rooms.example"], "me@rooms.example:443", False),
        (["rooms.example"], "rooms.example:443/", False),
        # With a port: by this one.
        (["rooms.example:443"], "rooms.example:443", True),
        (["rooms.example:443"], "rooms.example:8443", False),
        (["rooms.example:443"], "rooms.example", False),
        (["rooms.example:443", "rooms.example:8443"], "rooms.example:8443", True),
        (["[2001:db8::0:1]:443"], "[2001:db8::1]:443", True),
        (["[fe80::1%25eth0]:443"], "[fe80::1]:443", True),
        # Once a name is given the machine's own names hold with our own port alone.
        (["rooms.example"], "localhost:7420", True),
        (["rooms.example"], "127.0.0.1:7420", True),
        (["rooms.example"], "localhost:7421", False),
        (["rooms.example"], "127.0.0.1:7421", False),
        (["rooms.example"], "[::1]:7421", False),
        (["rooms.example"], "localhost", False),
        (["localhost"], "localhost:7421", True),  # unless it was given itself
    ],
)
def test_a_name_is_ours_or_not(given: list[str], authority: str, ours: bool) -> None:
    assert own_names("", given).include(authority, *OURS) == ours


def test_the_address_where_it_came_in_is_ours() -> None:
    assert OwnNames().include("192.0.2.7:7420", "192.0.2.7", 7420)
    assert OwnNames().include("192.0.2.7:9", "192.0.2.7", 7420)  # a port that is forwarded
    assert OwnNames().include("[fe80::1]:7420", "fe80::1%eth0", 7420)
    names = own_names("", ["rooms.example"])
    assert names.include("192.0.2.7:7420", "192.0.2.7", 7420)
    assert not names.include("192.0.2.7:9", "192.0.2.7", 7420)


def test_the_host_that_it_listens_on_is_ours() -> None:
    assert own_names("Rooms.Lan", []).include("rooms.lan:7420", "192.0.2.7", 7420)


@pytest.mark.parametrize(
    "text",
    ["https://rooms.example/", "rooms.example/", "me@rooms.example", "a b", "", "a:0", "a:x"],
)
def test_what_is_no_name_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(UsageError, match="--authority wants HOST or HOST:PORT"):
        own_names("", [text])


PIN = "ab" * 32
BOTH = ("0.0.0.0", "::")
OUTWARD = {4: "192.0.2.7", 6: "2001:db8::7"}


@pytest.fixture
def outward(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Give this machine known addresses for others; return the table, which a test may change."""
    known = OUTWARD.copy()
    monkeypatch.setattr(announcement, "outward_address", known.get)
    return known


@pytest.mark.parametrize(
    ("host", "bound", "pin", "given", "shown", "local"),
    [
        ("127.0.0.1", ["127.0.0.1"], None, [], "ws://127.0.0.1:7420", None),
        ("localhost", ["::1", "127.0.0.1"], None, [], "ws://localhost:7420", None),
        ("Rooms.Lan.", ["192.0.2.9"], PIN, [], "wss://rooms.lan:7420", None),
        ("", BOTH, PIN, [], "wss://192.0.2.7:7420", "wss://127.0.0.1:7420"),
        ("", ["::"], PIN, [], "wss://[2001:db8::7]:7420", "wss://[::1]:7420"),
        ("0.0.0.0", ["0.0.0.0"], None, [], "ws://192.0.2.7:7420", "ws://127.0.0.1:7420"),
        ("0", ["0.0.0.0"], None, [], "ws://192.0.2.7:7420", "ws://127.0.0.1:7420"),
        ("::", ["::"], PIN, [], "wss://[2001:db8::7]:7420", "wss://[::1]:7420"),
        ("0::0", ["::"], PIN, [], "wss://[2001:db8::7]:7420", "wss://[::1]:7420"),
        ("fe80::1%lo", ["fe80::1%lo"], PIN, [], "wss://[fe80::1%25lo]:7420", None),
        ("127.0.0.1", ["127.0.0.1"], None, ["Rooms.org"], "wss://rooms.org:443", None),
        ("", BOTH, None, ["rooms.org:8443"], "wss://rooms.org:8443", "ws://127.0.0.1:7420"),
        ("", BOTH, PIN, ["rooms.org:7421"], "wss://rooms.org:7421", None),
        ("", BOTH, PIN, ["rooms.org"], "wss://rooms.org:7420", None),
    ],
)
def test_the_address_shown_is_one_that_is_listened_on(
    outward: dict[int, str],
    host: str,
    bound: list[str],
    pin: str | None,
    given: list[str],
    shown: str,
    local: str | None,
) -> None:
    place = ListeningPlace(host, bound, 7420, pin)
    address = place.shown_address(own_names(host, given))
    assert (address.server, address.pin) == (shown, pin)
    if local is not None:
        assert place.local_address().server == local


@pytest.mark.parametrize(
    ("certified", "given", "shown"),
    [
        (("*.test", "rooms.test"), [], "wss://rooms.test:7420"),
        (("rooms.test",), ["talk.test"], "wss://talk.test:7420"),
        (("*.test",), ["talk.test:443"], "wss://talk.test:443"),
    ],
)
def test_a_name_for_which_an_authority_vouches_is_shown_without_a_pin(
    certified: tuple[str, ...], given: list[str], shown: str
) -> None:
    place = ListeningPlace("", BOTH, 7420, "0" * 64, certified)
    assert str(place.shown_address(own_names("", given))) == shown
    assert place.local_address().pin is not None


def test_without_a_way_out_it_is_this_machine(outward: dict[int, str]) -> None:
    del outward[4]
    assert ListeningPlace("", BOTH, 7420).shown_address(OwnNames()).host == "2001:db8::7"
    del outward[6]
    assert ListeningPlace("", BOTH, 7420).shown_address(OwnNames()).host == "127.0.0.1"
    assert ListeningPlace("::", ["::"], 7420).shown_address(OwnNames()).host == "::1"


@pytest.mark.parametrize("version", [4, 6])
def test_an_outward_address_is_of_its_version(version: int) -> None:
    found = outward_address(version)
    assert found is None or (":" in found) == (version == 6)


@pytest.mark.parametrize("host", ["", "::", "0.0.0.0", "localhost", "::1"])
async def test_what_is_shown_answers(host: str) -> None:
    listeners = await open_port(host, 0)
    bound = [listener.socket.getsockname()[:2] for listener in listeners]
    place = ListeningPlace(host, [address for address, _ in bound], bound[0][1])
    for address in (place.shown_address(OwnNames()), place.local_address()):
        await (await trio.open_tcp_stream(address.host, address.port)).aclose()
    for listener in listeners:
        await listener.aclose()


def test_only_what_all_addresses_are_is_loopback() -> None:
    assert ListeningPlace("localhost", ["::1", "127.0.0.1"], 7420).is_loopback
    assert not ListeningPlace("", BOTH, 7420).is_loopback
    assert not ListeningPlace("me", ["127.0.1.1", "192.0.2.9"], 7420).is_loopback


@pytest.mark.parametrize(
    ("given", "dialled", "encrypted", "url"),
    [
        ([], "localhost:7420", False, "http://localhost:7420"),
        ([], "Rooms.Example.:80", False, "http://rooms.example"),
        ([], "rooms.example:443", True, "https://rooms.example"),
        ([], "rooms.example", True, "https://rooms.example"),
        ([], "[::1]:7420", True, "https://[::1]:7420"),
        ([], "", True, "https://127.0.0.1:7420"),
        ([], 'x"><script>', False, "http://127.0.0.1:7420"),
        ([], "me@rooms.example", False, "http://127.0.0.1:7420"),
        # A name that was given is the name, whatever the Host says.
        (["rooms.example:443"], "evil.example", False, "https://rooms.example"),
        (["rooms.example"], "evil.example", False, "https://rooms.example"),
        (["rooms.example:8443", "other.example"], "x", False, "https://rooms.example:8443"),
        (["rooms.example"], "x", True, "https://rooms.example:7420"),
    ],
)
def test_the_url_of_a_server(given: list[str], dialled: str, encrypted: bool, url: str) -> None:
    assert own_names("", given).url(dialled, OURS, encrypted=encrypted) == url
