"""Tests of the lines between engine and frontend: the server stands beside what is said."""

from __future__ import annotations

import json

import msgspec
import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.channel_lines import (
    decode_command,
    decode_event,
    encode_command,
    encode_event,
)

URL = "wss://rooms.example:7420"
SAID = e.RoomsListed(gone=("standup",))


@pytest.mark.parametrize("event", [SAID, local.ServerNews(server=URL, said=SAID)])
def test_an_event_comes_back_as_it_was(event: local.ChannelEvent) -> None:
    line = encode_event(event)
    assert line.endswith(b"}\n")
    assert decode_event(line) == event


def test_the_server_is_a_field_of_the_line() -> None:
    told = json.loads(encode_event(local.ServerNews(server=URL, said=SAID)))
    assert (told["server"], told["event"], told["gone"]) == (URL, "rooms_listed", ["standup"])


@pytest.mark.parametrize(
    "command", [c.Search(text="bees"), local.ForServer(server=URL, asks=c.Search(text="bees"))]
)
def test_a_command_comes_back_as_it_was(command: local.ChannelCommand | local.ForServer) -> None:
    assert decode_command(encode_command(command)) == command


def test_a_script_may_name_the_server_anywhere_in_the_line() -> None:
    line = b'{"command": "search", "text": "bees", "server": "wss://rooms.example:7420"}'
    assert decode_command(line) == local.ForServer(server=URL, asks=c.Search(text="bees"))
    with pytest.raises(msgspec.ValidationError):
        decode_command(b'{"command": "search", "text": "bees", "server": 7}')
