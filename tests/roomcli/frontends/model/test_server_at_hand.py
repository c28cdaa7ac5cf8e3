"""Tests of the server that a screen is about: at home what is picked, in a room the room's."""

from __future__ import annotations

import pytest

from roomcli.frontends.model.open_rooms import HomeServer
from roomcli.frontends.model.server_at_hand import ServerAtHand
from roomcli.frontends.model.shown_servers import ShownServers

PICKED = HomeServer(
    "wss://picked.example:443",
    "wss://picked.example:443/#host_token=sesame",
    "wss://picked.example:443/r/{}".format,
)
ROOM = "wss://room.example:7420/r/standup#invite=inv-1"


def at_hand(*servers: HomeServer, home: bool = True, room: str = "") -> ServerAtHand:
    """Return the server of a screen: at home or not, with a room that goes on or none."""
    return ServerAtHand(ShownServers(servers), lambda: home, lambda: room)


@pytest.mark.parametrize(("home", "room"), [(True, ""), (True, ROOM), (False, "")])
def test_at_home_and_before_any_room_it_is_what_is_picked(home: bool, room: str) -> None:
    server = at_hand(PICKED, home=home, room=room)
    assert server.name == PICKED.name
    assert server.address.host_token == "sesame"
    assert server.room_address("retro") == "wss://picked.example:443/r/retro"
    assert server.web_address("/p/1") == "https://picked.example:443/p/1"


@pytest.mark.parametrize("servers", [(), (PICKED,)])
def test_in_a_room_it_is_the_rooms(servers: tuple[HomeServer, ...]) -> None:
    server = at_hand(*servers, home=not servers, room=ROOM)
    assert server.name == ""
    assert server.web_address("/p/1") == "https://room.example:7420/p/1"
    assert server.room_address("standup") == ROOM
    assert server.room_address("retro") == "wss://room.example:7420/r/retro", (
        "the invite is not its"
    )


def test_without_a_server_there_is_no_room() -> None:
    assert at_hand().room_address("retro") == ""
