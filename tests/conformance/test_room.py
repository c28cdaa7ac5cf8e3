"""Tests that a client written from docs/protocol.md alone can do all that it describes.

Neither this module nor what it imports may import roomcli or server.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .. import ROOT
from .client import fingerprint, raw_key, stranger
from .messages import encode_command
from .server import Address, come_on_stage, enter, new_key, play, serving
from .voice import DISCONTINUITY, END, FRAME, START, StrangerUplink, unwrap

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    with serving(tmp_path_factory.mktemp("rooms")) as (rooms, _):
        assert rooms("any").startswith("wss://")
        yield rooms


def talk(payloads: random.Random) -> list[StrangerUplink]:
    """Make two seconds of voice in two spurts, half a second of silence between; counters wrap."""
    sequence, media_time = 2**32 - 30, 2**32 - 70 * FRAME
    frames = []
    for number in range(100):
        flags = {0: START | DISCONTINUITY, 49: END, 50: START, 99: END}.get(number, 0)
        at = media_time + (number + (25 if number >= 50 else 0)) * FRAME
        # 0xf8: 20 ms of CELT, fullband, mono, one frame in the packet.
        payload = b"\xf8" + payloads.randbytes(payloads.randint(2, 120))
        level = payloads.randint(0, 127)
        frames.append(StrangerUplink((sequence + number) % 2**32, at, flags, level, payload))
    return frames


def test_two_strangers_talk(address: Address) -> None:
    async def scene() -> None:
        keys = new_key(), new_key()
        async with stranger(address("talk")) as host, stranger(address("talk")) as guest:
            await enter(host, "Hedy", keys[0], intent="host")
            assert host.seat["role"] == "host"
            joined = await enter(guest, "Guglielmo", keys[1], headline="Waves")
            assert not joined["resumed"]
            came = await host.event("participant_joined", id=guest.you)
            assert (
                host.person(came)
                == came["people"][came["person"]]
                == {
                    "id": guest.me,
                    "name": "Guglielmo",
                    "headline": "Waves",
                    "key": fingerprint(raw_key(keys[1])),
                    "tail": "",
                    "badges": [],
                    "lookalike": False,
                }
            )
            await come_on_stage(host, guest)
            assert (await guest.tell("unmute"))["event"] == "done"
            await guest.event("unmuted", id=guest.you)

            frames = talk(random.Random(1))
            for frame in frames:
                await guest.speak(frame)
                # The pace of a microphone, which is never made up for: more would be dropped.
                await asyncio.sleep(0.02 if not frame.flags & END else 0.52)
            place = guest.seat["slot"], guest.seat["generation"]
            await host.until(lambda: len(host.heard(*place)) >= len(frames))

            heard, last = host.heard(*place), frames[0]
            sequence, media_time = heard[0].sequence, heard[0].media_time
            assert len(heard) == len(frames)
            for entry, frame in zip(heard, frames, strict=True):
                sequence = unwrap(entry.sequence, 16, sequence)
                media_time = unwrap(entry.media_time, 32, media_time)
                assert sequence - frames[0].sequence % 2**16 == (
                    (frame.sequence - frames[0].sequence) % 2**32
                )
                assert media_time - last.media_time % 2**32 == frame.media_time - last.media_time
                assert (entry.flags, entry.level) == (frame.flags, frame.level)
                assert entry.payload == frame.payload
            times = [bundle.media_time for bundle in host.bundles]
            assert times == sorted(set(times))

            # Both acknowledge twice a second; the server answers who is on stage, and everybody at
            # first, so that they know how far away it is, and the guest what has come there.
            await guest.until(lambda: guest.acks[-1].media_time == frames[-1].media_time)
            for who in (host, guest):
                acks = who.acks
                await who.until(lambda acks=acks: len(acks) >= 4)  # type: ignore[misc]
                echoes = [ack.echo for ack in acks]
                assert echoes == [stamp for stamp in who.stamps if stamp in echoes]
                assert len(who.round_trips) == len(acks)

            # Who comes now is shown the room that the host has followed event by event.
            async with stranger(address("talk")) as late:
                await enter(late, "Late", new_key())
                await late.event("participant_joined")
                await host.event("participant_joined", id=late.you, person=late.me)
                await late.event("pulse", audience=1)
                await host.event("pulse", audience=1)
                assert late.view | {"you": host.you, "me": host.me} == host.view
                assert list(late.view["stage"]) == list(host.view["stage"])

            left, ended_by = guest.you, host.me
            assert (await guest.tell("leave_room"))["event"] == "done"
            assert (await guest.event("room_left"))["reason"] == "left"
            await host.event("participant_left", id=left, reason="left")
            assert list(host.view["stage"]) == [host.you]
            assert (await host.tell("end_room"))["event"] == "done"
            await host.event("room_ended", reason="ended", by=ended_by)
            assert (await host.event("room_left"))["reason"] == "ended"
            # Both are still connected, and may enter another room.
            assert (await guest.tell("mute"))["code"] == "not_in_room"
            assert (await guest.tell("watch_rooms"))["event"] == "done"
            news = await guest.event("rooms_listed")
            assert "talk" not in [each["name"] for each in news["rooms"]]
            await guest.enter_room(room="another", intent="host")
            assert (await guest.event("joined"))["visit"] == guest.visit == 2

    play(scene())


def test_a_ticket_brings_the_seat_back_muted(address: Address) -> None:
    async def scene() -> None:
        key = new_key()
        async with stranger(address("back")) as host:
            await enter(host, "Hedy", new_key(), intent="host")
            async with stranger(address("back")) as guest:
                ticket = (await enter(guest, "Guglielmo", key))["ticket"]
                await come_on_stage(host, guest)
                await guest.tell("unmute")
                await host.event("unmuted", id=guest.you)
                seat = dict(guest.seat)
                guest.socket.transport.abort()
            until = (await host.event("speaker_dropped", id=guest.you))["kept_until"]
            gone = {"connected": False, "muted": True, "kept_until": until}
            assert host.view["stage"][guest.you] == seat | gone
            async with stranger(address("back")) as again:
                joined = await enter(again, "Guglielmo", key, ticket=ticket)
                assert joined["resumed"]
                assert joined["ticket"] == ticket
                assert again.you == guest.you
                assert again.seat == seat | {"muted": True}
                await host.event("speaker_returned", id=again.you)
                assert host.view["stage"][again.you] == again.seat
                # Voice without a new `unmute` is not let through.
                await again.socket.send(
                    StrangerUplink(1, 0, START | DISCONTINUITY, 9, b"\xf8ab").encode()
                )
                assert (await again.event("refused", command="audio"))["code"] == "muted"
                # A later connection with the ticket takes the seat from the one before.
                async with stranger(address("back")) as third:
                    await enter(third, "Guglielmo", key, ticket=joined["ticket"])
                    assert third.you == guest.you
                    farewell = await again.goodbye()
                    assert (farewell["code"], farewell["retry"]) == ("superseded", False)

    play(scene())


@pytest.mark.parametrize("wrong", ["signature", "authority", "certificate"])
def test_a_wrong_signature_is_refused(address: Address, wrong: str) -> None:
    async def scene() -> None:
        async with stranger(address("signed")) as who:
            if wrong == "signature":
                await who.hello(new_key(), "Mallory", signature=bytes(64))
            elif wrong == "authority":
                await who.hello(new_key(), "Mallory", authority="else.example:7420")
            else:
                who.certificate = bytes(32)
                await who.hello(new_key(), "Mallory")
            refused = await who.event("refused", command="hello")
            assert refused["code"] == "bad_signature"
            farewell = await who.goodbye()
            assert (farewell["code"], farewell["retry"]) == ("bad_signature", False)

    play(scene())


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (encode_command("mute", ref=1), "bad_message"),
        (encode_command("fly"), "unknown_command"),
        (encode_command("hello", name="Short"), "bad_message"),
        (StrangerUplink(1, 0, 0, 9, b"\xf8ab").encode(), "bad_message"),
        (b"\1", "bad_audio"),
        (b"\2", "bad_ack"),
    ],
    ids=["command", "unknown", "hello", "voice", "audio", "ack"],
)
def test_what_comes_before_a_hello_is_refused_as_one(
    address: Address, first: bytes, code: str
) -> None:
    async def scene() -> None:
        async with stranger(address("first")) as who:
            await who.socket.send(first)
            refused = await who.event("refused", command="hello", ref=None)
            farewell = await who.goodbye()
            assert [refused["code"], farewell["code"]] == [code, code]
            assert not farewell["retry"]

    play(scene())


def test_what_is_refused_leaves_the_connection_open(address: Address) -> None:
    async def scene() -> None:
        async with stranger(address("open")) as host, stranger(address("open")) as guest:
            await enter(host, "Hedy", new_key(), intent="host")
            await enter(guest, "Guglielmo", new_key())
            assert (await guest.tell("fly", height=3))["code"] == "unknown_command"
            assert (await guest.tell("remove", id=3))["code"] == "bad_message"
            await guest.hello(new_key(), "Twice")
            assert (await guest.event("refused", command="hello"))["code"] == "bad_message"
            await guest.socket.send(
                StrangerUplink(1, 0, START | DISCONTINUITY, 9, b"\xf8ab").encode()
            )
            assert (await guest.event("refused", command="audio"))["code"] == "not_on_stage"
            assert (await guest.tell("unmute"))["code"] == "not_on_stage"
            assert (await guest.tell("mute"))["event"] == "done"
            assert not any(bundle.entries for bundle in host.bundles)

    play(scene())


def test_the_server_refuses_what_the_vectors_call_invalid(address: Address) -> None:
    """Send all invalid vectors, in portions, since the server says goodbye after 20 of them."""
    vectors = [v for v in VECTORS["invalid"] if v["to"] != "client"]
    # What is too long for any message ends the connection instead.
    long = [v for v in vectors if len(v["bytes"]) // 2 > 8192]
    vectors = [v for v in vectors if v not in long]

    async def scene() -> None:
        async with stranger(address("invalid")) as host:
            await enter(host, "Hedy", new_key(), intent="host")
            for portion in (vectors[at : at + 19] for at in range(0, len(vectors), 19)):
                async with stranger(address("invalid")) as who:
                    await enter(who, "Fuzz", new_key())
                    for vector in portion:
                        await who.socket.send(bytes.fromhex(vector["bytes"]))
                        refused = await who.event("refused")
                        for name in ("command", "code", "ref"):
                            assert refused[name] == vector[name], vector["why"]
                    for _ in range(20 - len(portion)):
                        await who.socket.send(b"\x07")
                    assert (await who.goodbye())["code"] == "protocol"
            await host.socket.send(bytes.fromhex(long[0]["bytes"]))
            with pytest.raises(AssertionError, match="closed"):
                await host.until(lambda: False)
            assert host.socket.close_code == 1009

    play(scene())


def test_another_certificate_than_the_pin_is_not_talked_to(address: Address) -> None:
    async def scene() -> None:
        plain = address("pinned").partition("#")[0]
        with pytest.raises(ssl.SSLCertVerificationError):
            async with stranger(f"{plain}#pin={'0' * 64}"):
                pass

    play(scene())


def test_without_tls_and_to_the_end_of_the_server(tmp_path: Path) -> None:
    """Without TLS 32 zeros are signed; a server that stops says so, and to come back later."""
    with serving(tmp_path, "--no-tls", "--drain", "0.2") as (rooms, child):

        async def scene() -> None:
            async with stranger(rooms("plain")) as who:
                assert who.certificate == bytes(32)
                await enter(who, "Hedy", new_key(), intent="host")
                child.process.send_signal(signal.SIGTERM)
                await who.event("server_stopping")
                farewell = await who.goodbye()
                assert (farewell["code"], farewell["retry"]) == ("server_closing", True)

        assert rooms("plain").startswith("ws://")
        play(scene())
