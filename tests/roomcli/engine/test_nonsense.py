"""Tests of servers that make no sense or fall behind: what the link believes, sends and keeps."""

from __future__ import annotations

import json
import logging
from typing import Any

import msgpack
import pytest
import trio
import trio.lowlevel
import trio.testing

from roomcli.engine import link as link_module
from roomcli.engine.backoff import Backoff
from roomcli.engine.link import CONNECTION_FAILED
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import Ack, Bundle, BundleEntry, Flags, UplinkFrame
from roomcli.protocol.local import Connection

from .test_link import TICKET, VISIT, Script, Visitor, joined, scripted, then, welcome


async def hangs_up(visitor: Visitor) -> None:
    pass


async def no_challenge(visitor: Visitor) -> None:
    visitor.send(joined())
    await visitor.to_the_end()


async def says_nonsense(visitor: Visitor) -> None:
    visitor.send(b"\x00\xc1")
    await visitor.to_the_end()


async def two_people(visitor: Visitor) -> None:
    await visitor.greet(joined(you="somebody else"))
    await visitor.to_the_end()


async def too_long(visitor: Visitor) -> None:
    visitor.send(bytes(300_000))
    await visitor.to_the_end()


@pytest.mark.parametrize("script", [hangs_up, no_challenge, says_nonsense, two_people, too_long])
async def test_a_first_connection_that_makes_no_sense_is_a_failure(script: Script) -> None:
    async with scripted(script) as server:
        stay = server.stay()
        assert (await stay.to_the_end()).code == CONNECTION_FAILED
        assert not stay.side.all(e.Joined)


def control(**fields: Any) -> bytes:
    return b"\x00" + bytes(msgpack.packb(fields))


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\xc1",
        b"\x07 of another kind",
        control(event="muted"),
        control(event="muted", id=7),
        control(event="pulse", audience=-1),
        control(event="pulse", audience=0, reactions={str(n): 1 for n in range(2000)}),
        codec.encode(joined(ticket="another-secret")),
        codec.encode(e.Challenge(nonce=b"m" * 32)),
    ],
)
async def test_an_event_that_makes_no_sense_ends_the_connection_not_the_stay(
    nonsense: bytes,
) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.greet()
        visitor.send(nonsense, e.HostPresent())
        await visitor.to_the_end()

    async with scripted(script, script, welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 3)
        assert not stay.side.all(e.HostPresent), "nothing after it is believed"
        assert not stay.side.all(e.Challenge)
        assert {each.ticket for each in stay.side.all(e.Joined)} == {TICKET}


async def test_a_server_that_never_makes_sense_is_not_hurried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[float] = []

    def counted(now: float) -> Backoff:
        made.append(now)
        return Backoff(now)

    monkeypatch.setattr(link_module, "Backoff", counted)
    async with scripted(then(b"\x00\xc1")) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 4)
        assert len(made) == 1, "one row of pauses, each longer than the last"


async def test_what_may_be_ignored_is() -> None:
    entry = BundleEntry(1, 0, 1, 960, Flags.NONE, -20, b"voice")
    async with scripted(
        then(
            b"\x01",
            b"\x01" + bytes(9) + b"half an entry",
            b"\x02short",
            Ack(1 << 62, (1 << 64) - 1, (1 << 64) - 1, 0xFFFFFFFF, VISIT).encode(),
            Bundle(9, (entry,), VISIT - 1).encode(),
            Ack(9, 9, 9, 9, VISIT - 1).encode(),
            control(event="of_a_newer_server", x=[1]),
            control(event="host_present", more="fields"),
            Bundle(5, (entry,)),
        )
    ) as server:
        stay = server.stay()
        assert await stay.side.until(Bundle) == Bundle(5, (entry,), VISIT)
        assert stay.side.all(e.HostPresent)
        await trio.lowlevel.checkpoint()
        assert stay.side.states == ["connected"]


async def test_the_first_frame_of_each_connection_begins_anew() -> None:
    async def listen(visitor: Visitor) -> None:
        await visitor.greet()
        for _ in range(2):
            await visitor.until(UplinkFrame)
        visitor.connection.stream.cut("gone")

    async with scripted(listen) as server:
        stay = server.stay()
        for connection in (1, 2):
            await stay.side.until(e.Joined, connection)
            for number in (1, 2):
                frame = UplinkFrame(number, number * 960, Flags.NONE, -20, b"voice")
                stay.link.send_voice(frame)
            await stay.side.until(Connection, 2 * connection)
        flags = [
            [each.flags for each in visitor.got if isinstance(each, UplinkFrame)]
            for visitor in server.visitors[:2]
        ]
        assert flags == [[Flags.START | Flags.DISCONTINUITY, Flags.NONE]] * 2
        stay.link.send_voice(UplinkFrame(9, 9 * 960, Flags.NONE, -20, b"to nobody"))
        assert not stay.link.send(c.RaiseHand())


async def test_voice_stops_when_the_server_is_behind_and_then_says_so() -> None:
    read = trio.Event()

    async def behind(visitor: Visitor) -> None:
        await visitor.greet()
        await visitor.until(c.RaiseHand)
        read.set()
        await visitor.stay()

    async with scripted(behind) as server:
        stay = server.stay()
        await stay.side.until(e.Joined)

        def say(number: int, flags: Flags = Flags.NONE) -> None:
            stay.link.send_voice(UplinkFrame(number, number * 960, flags, -20, b"voice"))

        for number in range(100):
            say(number)
        say(500, Flags.DISCONTINUITY)  # a new device: its numbers are no reason to wait
        stay.link.send(c.RaiseHand())
        await read.wait()
        heard = [each for each in server.visitors[0].got if isinstance(each, UplinkFrame)]
        assert len(heard) == 38 + 1, "0.75 s, and no round trip is known yet"
        assert (heard[-1].sequence, heard[-1].flags) == (500, Flags.START | Flags.DISCONTINUITY)


async def test_secrets_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bad = {"event": "joined", "ticket": "a-secret-ticket", "invite": "a-secret-invite", "you": 7}
    async with scripted(then(control(**bad)), welcome) as server:
        stay = server.stay()
        await stay.side.until(e.Joined, 2)
    ours = [record.getMessage() for record in caplog.records]
    assert ours
    assert "secret" not in json.dumps(ours)
