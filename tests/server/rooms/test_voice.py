"""Tests of voice through the server: who is heard, and what abuse does to others."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from roomcli.errors import ConnectionLost
from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import settings as protocol_settings
from roomcli.protocol.audio import Ack, Bundle
from server.rooms import forwarder, loudest

from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, serving


async def three(server: RunningServer) -> tuple[Client, Client, Client]:
    """Return a host on air, a listener, and a third person."""
    host = await server.client(intent="host", name="Ann")
    listener = await server.client(name="Ben")
    other = await server.client(name="Carla")
    assert isinstance(await host.ask(c.Unmute()), e.Done)
    return host, listener, other


async def all_is_well(host: Client, listener: Client, word: bytes) -> None:
    """Check that the host's voice arrives at the listener."""
    host.speak(word)
    await listener.heard(word)


MALFORMED = [
    (b"", "bad_message"),
    (b"\x00", "bad_message"),
    (b"\x00\xc1", "bad_message"),
    (b"\x07hello", "bad_message"),
    (b"\x00\x81\xa7command\xa9celebrate", "unknown_command"),
    (b"\x00\x81\xa7command\xadaccept_hand\x00", "bad_message"),
    (b"\x01short", "bad_audio"),
    (b"\x01" + b"\xff" * 1400, "bad_audio"),
    (b"\x02short", "bad_ack"),
    (b"\x00" + b"\x91" * 3000, "bad_message"),
]


async def test_malformed_messages_are_answered_and_harm_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        await all_is_well(host, listener, b"before")
        for bytes_, code in MALFORMED:
            rogue.send(bytes_)
            refused = await rogue.until(e.Refused)
            named = "celebrate" if code == "unknown_command" else ""
            assert (refused.command, refused.code) == (named, code)
        assert isinstance(await rogue.ask(c.RaiseHand()), e.Done)
        await all_is_well(host, listener, b"after")


async def test_a_second_hello_and_a_text_message_are_malformed(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        _, _, rogue = await three(server)
        rogue.send(rogue.hello(bytes(32)))
        assert (await rogue.until(e.Refused)).code == "bad_message"
        text = Connection(ConnectionType.CLIENT).send(TextMessage("a text"))
        rogue.connection.stream.push_control(text)
        assert (await rogue.until(e.Refused)).code == "bad_message"
        assert isinstance(await rogue.ask(c.RaiseHand()), e.Done)


async def test_too_many_malformed_messages_end_the_connection(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        for _ in range(30):
            rogue.send(b"\x09")
        last = (await rogue.until_out())[-1]
        assert isinstance(last, e.Goodbye)
        assert (last.code, last.retry) == ("protocol", False)
        await all_is_well(host, listener, b"after")


async def test_a_message_that_is_too_long_ends_the_connection(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        rogue.send(bytes(8193))
        await rogue.until_out()
        with pytest.raises(ConnectionLost, match="more than 8192 bytes"):
            await rogue.connection.receive()
        await all_is_well(host, listener, b"after")


async def test_only_who_may_speak_is_heard(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        rogue.speak(b"audience")
        assert (await rogue.until(e.Refused)).code == "not_on_stage"
        await host.ask(c.InviteToStage(id=rogue.id))
        await rogue.ask(c.AcceptStageInvitation())
        rogue.speak(b"muted")
        await rogue.ask(c.Unmute())
        await host.until(e.Unmuted, lambda event: event.id == rogue.id)
        rogue.speak(b"open")
        await listener.heard(b"open")
        await host.ask(c.Silence(id=rogue.id))
        await rogue.until(e.Silenced)
        rogue.speak(b"silenced")
        assert isinstance(await rogue.ask(c.Unmute()), e.Refused)
        await all_is_well(host, listener, b"after")
        payloads = {
            entry.payload
            for bundle in listener.got
            if isinstance(bundle, Bundle)
            for entry in bundle.entries
        }
        assert payloads == {b"open", b"after"}


async def test_a_speaker_cannot_talk_in_another_slot(tmp_path: Path) -> None:
    """A client's message that names a slot, as a bundle does, is no uplink frame."""
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        await server.bring_on_stage(host, rogue)
        slot = rogue.view.stage[rogue.id].slot
        assert slot != rogue.view.stage[host.id].slot
        rogue.speak(b"mine")
        bundle = await listener.heard(b"mine")
        assert [(x.slot, x.generation) for x in bundle.entries] == [
            (slot, rogue.view.stage[rogue.id].generation)
        ]


async def test_frames_that_were_refused_are_acknowledged(tmp_path: Path) -> None:
    """Otherwise a speaker whose last frames crossed a mute would count as behind for ever."""
    async with serving(tmp_path) as server:
        host, _, _ = await three(server)
        await host.ask(c.Mute())
        host.speak(b"crossing")
        host.ack()
        answer = await host.until(Ack, lambda ack: ack.media_time == host.media_time)
        assert answer.echo


async def test_a_flood_of_voice_is_cut_down_and_harms_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        await server.bring_on_stage(host, rogue)
        for number in range(500):
            rogue.speak(b"flood%d" % number)
        answered = False
        while not answered:  # what comes too fast is dropped, acknowledgements too
            rogue.ack()
            with trio.move_on_after(0.1):
                await rogue.until(Ack)
                answered = True
        await all_is_well(host, listener, b"after")
        entries = [x for b in listener.got if isinstance(b, Bundle) for x in b.entries]
        assert 1 <= sum(x.payload.startswith(b"flood") for x in entries) < 250
        await rogue.go()
        with trio.fail_after(PATIENCE):
            while "were too many" not in caplog.text:
                await trio.lowlevel.checkpoint()


async def test_more_bits_than_the_room_allows_are_dropped_and_nobody_is_sent_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        await server.bring_on_stage(host, rogue)
        heard = []
        for ceiling in (96, 12):
            await host.do(c.ChangeSettings(max_bitrate=ceiling))
            word = b"%d" % ceiling
            for _ in range(25):
                rogue.speak(word + bytes(498))  # 200 kb/s
            rogue.ack()
            await rogue.until(Ack, lambda ack: ack.media_time == rogue.media_time)
            await all_is_well(host, listener, b"after " + word)
            entries = [x for b in listener.got if isinstance(b, Bundle) for x in b.entries]
            heard.append(sum(x.payload.startswith(word + b"\0") for x in entries))
        assert heard[0] == 25, "the room's share of a second, at once"
        assert 4 <= heard[1] < 25
        await rogue.go()
        with trio.fail_after(PATIENCE):
            while "took more bits than the room allows" not in caplog.text:
                await trio.lowlevel.checkpoint()


async def test_a_flood_of_commands_is_refused_and_harms_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host, listener, rogue = await three(server)
        for number in range(200):
            rogue.send(c.RaiseHand(ref=number) if number % 2 else c.LowerHand(ref=number))
        answers = [await rogue.until(e.Done | e.Refused) for _ in range(200)]
        refused = [each for each in answers if isinstance(each, e.Refused)]
        assert len(refused) > 100
        assert all(each.code == "rate_limited" and each.retry_after for each in refused)
        await all_is_well(host, listener, b"after")


@pytest.mark.parametrize("tls", [False, True])
async def test_unknown_fields_are_ignored(tmp_path: Path, tls: bool) -> None:
    async with serving(tmp_path, tls=tls) as server:
        host, _, _ = await three(server)
        body = codec.encode(c.Mute(ref=7))
        assert body[1] == 0x82
        host.send(body[:1] + b"\x83" + body[2:] + b"\xa6future\x01")
        assert (await host.until(e.Done)).ref == 7


async def test_talk_time_counts_what_is_let_through_whatever_level_it_declares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loudest, "HOLD_SECONDS", 60.0)  # no place is free meanwhile
    async with serving(tmp_path) as server:
        host, listener, _ = await three(server)
        stage = [host]
        for name in ("Dan", "Eve", "Fay", "Gus"):
            guest = await server.client(name=name)
            await server.bring_on_stage(host, guest)
            await guest.do(c.Unmute())
            stage.append(guest)
        told: dict[str, float] = {}
        for speaker in stage:  # the first four are let through
            for _ in range(55):
                speaker.speak(b"x", -127)
            await speaker.do(c.Mute())
        while any(told.get(speaker.id, 0.0) < 1.0 for speaker in stage[:4]):
            told |= (await listener.until(e.Pulse)).spoken
        assert stage[4].id not in told


async def passed(host: Client, listener: Client, word: bytes) -> int:
    """Let the host send 100 frames at once; return how many the listener got."""
    heard = len(listener.got)
    for part in range(2):  # a bundle holds fewer
        for number in range(50):
            host.speak(word + b" %d" % (50 * part + number))
        host.ack()
        await host.until(Ack, lambda ack: ack.media_time == host.media_time)
    last = None
    while last is None:  # until one may say something again
        host.speak(word + b" last")
        with trio.move_on_after(0.1):
            last = await listener.heard(word + b" last")
    entries = [x for b in listener.got[heard:] if isinstance(b, Bundle) for x in b.entries]
    return len({x.payload for x in entries} - {word + b" last"})


async def test_a_hundred_frames_a_second_pass_where_the_host_permits_them_in_a_small_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        host, listener, _ = await three(server)
        assert host.view.takes_short_frames
        assert await passed(host, listener, b"short") == 100
        await host.do(c.ChangeSettings(low_delay=False))
        assert not host.view.takes_short_frames
        assert await passed(host, listener, b"forbidden") < 100
        await host.do(c.ChangeSettings(low_delay=True))
        monkeypatch.setattr(protocol_settings, "SMALL_ROOM", 0)
        assert not host.view.takes_short_frames
        assert await passed(host, listener, b"crowded") < 100


async def test_in_a_large_room_each_voice_is_heard_once_on_stage_and_off_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forwarder, "AT_ONCE", 0)
    async with serving(tmp_path) as server:
        host, ben, eve = await three(server)

        async def say(word: bytes) -> None:
            host.speak(word)
            for each in (host, ben, eve):
                await each.heard(word)

        await say(b"first")
        await server.bring_on_stage(host, ben)
        await say(b"second")
        assert isinstance(await ben.ask(c.LeaveStage()), e.Done)
        await say(b"third")
        await say(b"fourth")
        for each in (host, ben, eve):
            bundles = [got for got in each.got if isinstance(got, Bundle)]
            heard = [entry.payload for bundle in bundles for entry in bundle.entries]
            assert heard == [b"first", b"second", b"third", b"fourth"]
