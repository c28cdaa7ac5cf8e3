"""Tests that a secret comes nowhere but into a message between server and engine."""

from __future__ import annotations

import json
import logging
import pickle
from dataclasses import dataclass

import msgspec
import pytest

from roomcli.protocol import events as e
from roomcli.protocol.channel_lines import encode_event
from roomcli.protocol.codec import decode_from_server, encode
from roomcli.protocol.local import LocalEvent
from roomcli.protocol.secret import Secret
from roomcli.protocol.side_channel import SideChannelOffer
from roomcli.protocol.view import RoomView
from server.log_lines import JsonLines

BYTES = b"never to be seen by anybody else"
OFFER = SideChannelOffer(
    port=7420, secret=Secret(BYTES), ids=tuple(bytes((n,)) * 4 for n in range(4))
)
JOINED = e.Joined(room="a", you="b", view=RoomView("a", "b"), server_time=0.0, udp=OFFER)


@dataclass
class Traced:
    secret: Secret


def test_a_message_has_it() -> None:
    assert BYTES in encode(JOINED)
    decoded = decode_from_server(encode(JOINED))
    assert isinstance(decoded, e.Joined)
    assert decoded.udp is not None
    assert decoded.udp.secret.reveal() == BYTES
    assert decoded == JOINED


@pytest.mark.parametrize("encoder", [encode_event, msgspec.json.encode, msgspec.to_builtins])
def test_no_line_for_frontends_and_scripts_can_have_it(encoder: object) -> None:
    assert callable(encoder)
    with pytest.raises(TypeError):
        encoder(JOINED)
    with pytest.raises(TypeError):
        encoder(OFFER)


def test_no_line_brings_one() -> None:
    udp = {"port": 1, "secret": "x" * 44, "ids": ["AAAAAA=="] * 4}
    line: dict[str, object] = {"event": "joined", "room": "a", "you": "b", "udp": udp}
    line |= {"view": {"name": "a", "you": "b"}, "server_time": 0}
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(line), type=e.Joined | LocalEvent)


def test_what_is_logged_shows_nothing_of_it() -> None:
    for shown in (Secret(BYTES), OFFER, JOINED, Traced(Secret(BYTES)), [OFFER.secret]):
        record = logging.LogRecord("x", logging.INFO, "x", 1, "%r %s", (shown, shown), None)
        told = record.getMessage() + JsonLines().format(record)
        assert "Secret()" in told
        assert "never" not in told


def test_no_file_can_have_it() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(OFFER.secret)


def test_secrets_are_the_same_by_what_they_hold() -> None:
    assert Secret(BYTES) == Secret(bytes(BYTES))
    assert Secret(BYTES) != Secret(BYTES[1:])
    assert len({Secret(BYTES), Secret(BYTES)}) == 1
