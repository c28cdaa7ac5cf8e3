"""Tests that any bytes are a message or a ProtocolError, and take little memory."""

from __future__ import annotations

import contextlib
import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol import MAX_FROM_CLIENT, MAX_MESSAGE
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import decode_ack, decode_bundle, decode_uplink
from roomcli.protocol.codec import decode_from_client, decode_from_server, encode
from roomcli.protocol.datagrams import decode_probe, split_ack
from tests.roomcli.protocol.test_audio import ACKS, BUNDLES, FRAMES
from tests.roomcli.protocol.test_codec import COMMANDS, EVENTS, instances, packed

Decode = Callable[[bytes], object]
DECODERS: list[Decode] = [
    decode_from_client,
    decode_from_server,
    decode_uplink,
    decode_bundle,
    decode_ack,
    decode_probe,
    split_ack,
]
CODES = {"bad_message", "unknown_command", "bad_audio", "bad_ack"}
VALID = st.one_of(
    st.one_of([instances(each) for each in (*COMMANDS, *EVENTS)]).map(encode),
    st.one_of(FRAMES, BUNDLES, ACKS).map(lambda message: message.encode()),
)
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.binary(),
        st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=8)),
        st.builds(msgpack.Timestamp, st.integers(0, 2**34 - 1)),
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("ab", max_size=4) | st.binary(max_size=4), inner, max_size=4)
    ),
    max_leaves=10,
)


def judge(message: bytes) -> None:
    """Fail if a decoder raises anything but a ProtocolError with a known code."""
    for decode in DECODERS:
        refusal = None
        try:
            decode(message)
        except ProtocolError as error:
            refusal = error
        if refusal is not None:
            assert refusal.code in CODES
            assert str(refusal).isprintable()
            assert len(str(refusal)) <= 200


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x00", b"\x01", b"\x02", b"\x00\x81"]))
def test_random_bytes(body: bytes, head: bytes) -> None:
    judge(head + body)


@given(VALID, st.data())
def test_mutated_messages(message: bytes, data: st.DataObject) -> None:
    mutated = bytearray(message)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(mutated)))
        match data.draw(st.sampled_from(["change", "insert", "cut", "drop"])):
            case "change" if position < len(mutated):
                mutated[position] = data.draw(st.integers(0, 255))
            case "insert":
                mutated[position:position] = data.draw(st.binary(max_size=8))
            case "cut":
                del mutated[position:]
            case _:
                del mutated[position : position + 1]
    judge(bytes(mutated))


@given(st.sampled_from([*COMMANDS, *EVENTS]), st.data())
def test_odd_values_in_known_fields(struct: type[Any], data: st.DataObject) -> None:
    config = struct.__struct_config__
    fields: dict[str, object] = {config.tag_field: config.tag}
    for name in struct.__struct_fields__:
        if data.draw(st.booleans()):
            fields[name] = data.draw(ODD)
    judge(packed(fields))


def tagged(field: bytes, name: bytes, rest: bytes) -> bytes:
    """Build a control message with one more field, ``x``, whose bytes are ``rest``."""
    return (
        b"\x00\x82"
        + b"".join(bytes([0xA0 | len(each)]) + each for each in (field, name))
        + (b"\xa1x" + rest)
    )


@pytest.mark.parametrize(
    "rest",
    [
        b"\x91" * 500 + b"\xc0",
        b"\x91" * 1020 + b"\xc0",
        b"\x91" * 5000 + b"\xc0",
        b"\x81\xa1a" * 1000 + b"\xc0",
        b"\x81\xc0" * 1000,
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        b"\xdc\x10\x00" * 1000,
        b"\xa2\xff\xfe",
        b"\xa3\xed\xa0\x80",
        b"\xc1",
        b"\xc7\x00\x05",
        b"\xd6\xff\x00\x00\x00\x00",
        b"\xc0\xc0",
        b"",
    ],
    ids=lambda rest: rest[:6].hex(),
)
def test_every_trick_of_msgpack(rest: bytes) -> None:
    judge(tagged(b"command", b"mute", rest))
    judge(tagged(b"event", b"muted", rest))
    judge(b"\x00\x81\xa7command" + rest)
    judge(b"\x00\x81\xa5event" + rest)
    judge(b"\x00" + rest)


@pytest.mark.parametrize("depth", [10, 500, 900, 990, 1000, 1023, 1024, 5000])
def test_nesting_of_any_depth_where_the_name_should_be(depth: int) -> None:
    # The text of such a value cannot even be written: repr runs out of stack.
    judge(b"\x00\x81\xa7command" + b"\x91" * depth + b"\xc0")


@pytest.mark.parametrize(
    ("decode", "limit", "most"),
    [(decode_from_client, MAX_FROM_CLIENT, 2 << 20), (decode_from_server, MAX_MESSAGE, 72 << 20)],
)
def test_memory_stays_bounded(decode: Decode, limit: int, most: int) -> None:
    fillers = (b"\xdc\x00\x40", b"\xdc\x04\x00", b"\xdc\x10\x00", b"\xdd\x00\x01\x00\x00", b"\x80")
    names = (b"\x81\xa7command", b"\x81\xa5event")
    bodies = [name + filler * (limit // len(filler)) for name in names for filler in fillers]
    bodies += [name + b"\xdc\x04\x00" + b"\x90" * limit for name in names]
    bodies += [(b"\xdc\x04\x00" + b"\x90" * 1023) * (limit // 1026)]
    tracemalloc.start()
    try:
        for body in bodies:
            for size in (3000, limit - 1):
                with pytest.raises(ProtocolError):
                    decode(b"\x00" + body[:size])
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def test_a_message_too_long_is_refused_unread() -> None:
    for decode, limit in ((decode_from_client, MAX_FROM_CLIENT), (decode_from_server, MAX_MESSAGE)):
        with pytest.raises(ProtocolError, match=f"message of {limit + 1} bytes"):
            decode(b"\x00" + b"\xc0" * limit)


@pytest.mark.parametrize("message", ["", "text", b"", b"\x03", b"\xff\x80"], ids=repr)
def test_what_is_no_message_at_all(message: bytes | str) -> None:
    for decode in (decode_from_client, decode_from_server):
        with pytest.raises(ProtocolError) as error:
            decode(message)
        assert error.value.code == "bad_message"


MESSAGE = {"number": 1, "person": "A", "name": "A", "text": "", "at": 1}
VIEW = {"name": "r", "you": "a"}
JOINED = {"event": "joined", "room": "r", "you": "a", "view": VIEW, "server_time": 1.0}
SPEAKER = {"id": "a", "person": "A", "role": "speaker", "slot": 1, "generation": 1}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -1.0, 1e300, True, "1", None])
@pytest.mark.parametrize(
    "fields",
    [
        {"event": "hand_raised", "id": "a", "person": "A", "at": ...},
        {"event": "host_absent", "closes_at": ...},
        {"event": "turn_ending", "id": "a", "ends_at": ...},
        {"event": "speaker_dropped", "id": "a", "kept_until": ...},
        {"event": "log_page", "entries": [], "opened_at": ...},
        {"event": "pulse", "audience": 1, "spoken": {"a": ...}},
        {**JOINED, "server_time": ...},
        {**JOINED, "view": {**VIEW, "hands": [{"id": "a", "person": "A", "at": ...}]}},
        {"event": "room_invite_made", "invite": "i", "expires_at": ...},
    ],
    ids=lambda fields: fields["event"],
)
def test_a_time_is_a_number_to_reckon_with(fields: dict[str, Any], number: object) -> None:
    def filled(value: Any, filling: object) -> Any:
        if isinstance(value, dict):
            return {key: filled(each, filling) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each, filling) for each in value]
        return filling if value is ... else value

    assert decode_from_server(packed(filled(fields, 1)))
    with pytest.raises(ProtocolError):
        decode_from_server(packed(filled(fields, number)))


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "pulse", "audience": -1},
        {"event": "pulse", "audience": True},
        {"event": "pulse", "audience": 2**63},
        {"event": "pulse", "audience": 1, "reactions": {"x": -1}},
        {"event": "stage_joined", "speaker": {**SPEAKER, "slot": 256}},
        {"event": "stage_joined", "speaker": {**SPEAKER, "generation": -1}},
        {"event": "challenge", "nonce": bytes(31)},
        {"event": "challenge", "nonce": bytes(33)},
        {"event": "people_page", "offset": -1, "total": 1, "seats": {}},
        {"event": "refused", "command": "mute", "code": "x", "text": "", "retry_after": math.nan},
        {"event": "refused", "command": "mute", "code": "x", "text": "", "ref": 1.5},
        {"event": "done", "ref": -1},
        {"event": "chat_posted", "message": {**MESSAGE, "number": 0}},
        {"event": "chat_removed", "number": -1, "by": "a"},
        {"event": "settings_changed", "by": "a", "settings": {"slow_seconds": 3601}},
        {"event": "settings_changed", "by": "a", "settings": {"capacity": 0}},
        {"event": "settings_changed", "by": "a", "settings": {"max_bitrate": 97}},
        {"event": "muted", "id": "a", "log": "0" * 33},
        {"event": "muted", "id": "a", "log": "A" * 32},
        {**JOINED, "view": {**VIEW, "audience": -1}},
        {**JOINED, "view": {**VIEW, "closes_at": math.inf}},
    ],
    ids=str,
)
def test_numbers_out_of_range_are_refused(fields: dict[str, Any]) -> None:
    assert decode_from_server(packed({"event": "stage_joined", "speaker": SPEAKER}))
    assert decode_from_server(packed(JOINED))
    assert decode_from_server(packed({"event": "chat_posted", "message": MESSAGE}))
    with pytest.raises(ProtocolError):
        decode_from_server(packed(fields))


def test_the_last_of_two_equal_keys_counts() -> None:
    twice = b"\x00\x83\xa7command\xa4mute\xa3ref\x01\xa3ref\x02"
    assert getattr(decode_from_client(twice), "ref", None) == 2


def test_an_error_quotes_only_a_little() -> None:
    judge(packed({"command": "x" * 1000}))
    judge(packed({"command": "enter_room", "room": "a", "intent": "x" * 1000}))


def test_no_terminal_escape_gets_through_an_error() -> None:
    wish = encode(c.EnterRoom(room="a", intent="host"))
    evil = wish.replace(b"\xa4host", b"\xa4\x1b[2J")
    with pytest.raises(ProtocolError) as error:
        decode_from_client(evil)
    assert str(error.value).isprintable()


def test_a_hostile_server_cannot_reach_the_terminal() -> None:
    person = {"id": "a", "name": "\x1b]0;owned\x07Ann\u202e\x1b[2J", "headline": "\x9b31mred"}
    joined = {"event": "participant_joined", "id": "s", "person": "a", "people": {"a": person}}
    event = decode_from_server(b"\x00" + msgpack.packb(joined))
    assert isinstance(event, e.ParticipantJoined)
    assert (event.people["a"].name, event.people["a"].headline) == ("Ann", "red")


def test_deep_nesting_from_a_server_is_a_protocol_error() -> None:
    nested: object = "x"
    for _ in range(900):
        nested = [nested]
    message = b"\x00" + msgpack.packb({"event": "pulse", "audience": 1, "extra": nested})
    with contextlib.suppress(ProtocolError):
        decode_from_server(message)
