"""Tests of where a room's voice goes: to all connections, and to whoever subscribed to frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import join_entries
from roomcli.wire.frames import server_frame
from roomcli.wire.udp.repetition import TICK
from roomcli.wire.udp.sealing import OVERHEAD
from server.datagrams.channel import ClientChannel
from server.rooms.fanout import SLICE, Fanout, LocalFanout, VoiceSubscriber
from server.rooms.traffic import CarriedVoice, Traffic
from server.streams.batch import PlainStreamBatch, StreamBatch

from ...support.serving import serving


class Ears:
    """A connection that keeps what it is sent, if it is not behind."""

    def __init__(self, visit: int = 1, *, is_inside: bool = True, is_behind: bool = False) -> None:
        self.visit = visit
        self.channel: ClientChannel | None = None
        self.is_inside, self.is_behind = is_inside, is_behind
        self.heard: list[tuple[bytes, int]] = []

    def send_voice_frame(self, frame: bytes, media_time: int, batch: StreamBatch) -> bool:
        """Keep a frame."""
        if self.is_behind or not self.is_inside:
            return False
        self.heard.append((frame, media_time))
        return True


class Datagrams:
    """A side channel in use, whose listener gets copies that are so many ticks late."""

    by_udp = True

    def __init__(self, copy_age: int = 0) -> None:
        self.copy_age = copy_age
        self.copies: list[bytes] = []
        self.parts: list[Sequence[bytes]] = []
        self.is_behind = False
        self.rounds = 0

    def send_parts(self, messages: Sequence[bytes], media_time: int, now: float) -> bool:
        """Keep the parts."""
        if not self.is_behind:
            self.parts.append(messages)
        return not self.is_behind

    def send_copies(self, messages: Sequence[bytes]) -> None:
        """Keep what is sent once more."""
        self.copies += messages

    def finish_round(self) -> None:
        """Count."""
        self.rounds += 1


class UdpEars(Ears):
    """A listener who goes by UDP."""

    def __init__(self, visit: int = 1, copy_age: int = 0) -> None:
        super().__init__(visit)
        self.side = Datagrams(copy_age)
        self.channel = cast(ClientChannel, self.side)


class Recorder:
    """A subscriber that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[tuple[float, str, bytes]] = []

    def add(self, at: float, speaker: str, entry: bytes) -> None:
        """Keep a frame."""
        self.frames.append((at, speaker, entry))


async def test_everybody_who_is_there_is_sent_the_same_bytes() -> None:
    connections = {"ann": Ears(), "ben": Ears()}
    fanout: Fanout = LocalFanout(connections)
    await fanout.send([b"first"], 960)
    connections["eve"] = Ears()
    ann = connections.pop("ann")
    assert fanout.listeners == 2
    await fanout.send([b"second"], 1920)
    first = server_frame(join_entries(960, [b"first"], 1)), 960
    second = server_frame(join_entries(1920, [b"second"], 1)), 1920
    assert [each.heard for each in (ann, *connections.values())] == [
        [first],
        [first, second],
        [second],
    ]
    assert ann.heard[0][0] is connections["ben"].heard[0][0], "framed more than once"


async def test_a_bundle_bears_the_number_of_each_ones_visit() -> None:
    connections = {"ann": Ears(1), "ben": Ears(2), "eve": Ears(1)}
    await LocalFanout(connections).send([b"entry"], 960)
    heard = [each.heard[0][0] for each in connections.values()]
    assert heard == [server_frame(join_entries(960, [b"entry"], visit)) for visit in (1, 2, 1)]
    assert heard[0] is heard[2]


async def test_a_large_room_lets_others_work_in_between_and_leave() -> None:
    connections = {str(number): Ears() for number in range(2 * SLICE + 1)}
    everybody = list(connections.values())
    fanout, seen = LocalFanout(connections), []

    async def look() -> None:
        seen.append(sum(len(each.heard) for each in everybody))
        connections.popitem()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        await fanout.send([b"entry"], 0)
    assert seen in ([SLICE], [2 * SLICE])  # as Trio chooses who goes on first
    assert all(len(each.heard) == 1 for each in everybody)


class Failing(Ears):
    """A connection with an error of ours."""

    def send_voice_frame(self, frame: bytes, media_time: int, batch: StreamBatch) -> bool:
        """Fail."""
        raise RuntimeError("a bug")


class FlushedBatch(PlainStreamBatch):
    """A batch that says whether it was flushed."""

    flushed = False

    def flush(self) -> None:
        """Note it."""
        self.flushed = True


async def test_an_error_at_one_leaves_nothing_of_the_others_behind() -> None:
    held = FlushedBatch()
    with pytest.raises(RuntimeError):
        await LocalFanout({"ann": Ears(), "ben": Failing()}, batch=held).send([b"entry"], 960)
    assert held.flushed


async def test_what_went_out_is_counted_and_what_was_skipped() -> None:
    traffic = Traffic()
    connections = {
        "ann": Ears(),
        "ben": Ears(2),
        "eve": Ears(is_behind=True),
        "joe": Ears(is_inside=False),
    }
    fanout = LocalFanout(connections, traffic)
    await fanout.send([b"one", b"two", b"three"], 960)
    size = len(server_frame(join_entries(960, [b"onetwothree"])))
    assert traffic.tcp == CarriedVoice(0, 6, 2, 2 * size, 1)
    connections["eve"].is_behind = False
    await fanout.send([b"more words"], 1920)
    assert traffic.tcp == CarriedVoice(0, 9, 5, 2 * size + 3 * (size - 1), 1)


async def test_who_goes_by_udp_gets_bundles_in_parts_and_nothing_by_tcp() -> None:
    traffic, ben, eve, joe = Traffic(), UdpEars(2), UdpEars(2), UdpEars()
    joe.side.is_behind = True
    ann = Ears()
    fanout = LocalFanout({"ann": ann, "ben": ben, "eve": eve, "joe": joe}, traffic)
    entries = [b"a" * 700, b"b" * 700]
    await fanout.send(entries, 960)
    [parts] = ben.side.parts
    assert parts == [join_entries(960, [each], 2) for each in entries]
    assert eve.side.parts[0] is parts
    assert (len(ann.heard), ben.heard) == (1, [])
    assert ben.side.rounds + eve.side.rounds + joe.side.rounds == 1, "sent one by one"
    size = sum(len(each) + OVERHEAD for each in parts)
    assert traffic.udp == CarriedVoice(0, 4, 2, 2 * size, 1)
    assert traffic.tcp.bundles_sent == 1


async def test_who_loses_voice_gets_it_once_more_so_many_ticks_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ann, ben = UdpEars(copy_age=2), UdpEars(2)
    fanout = LocalFanout({"ann": ann, "ben": ben})
    await fanout.send([b"before anybody is known to lose some"], 0)
    for number in range(1, 4):
        await trio.sleep(1.01 * TICK)
        await fanout.send([b"%d" % number], number * 960)
    assert ann.side.copies == [join_entries(960, [b"1"], 1)]
    assert fanout.owes_copies
    for _ in range(4):
        await trio.sleep(1.01 * TICK)
        await fanout.send((), 0)
    assert ann.side.copies == [join_entries(n * 960, [b"%d" % n], 1) for n in (1, 2, 3)]
    assert not fanout.owes_copies
    assert len(ann.side.parts) == 4
    assert ben.side.copies == []


async def test_whoever_subscribes_gets_the_frames_that_are_heard_and_no_others(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        host, guest = await server.client(intent="host"), await server.client(name="Ben")
        room = server.hub.room("standup")
        assert room is not None
        assert isinstance(await host.ask(c.Unmute()), e.Done)
        host.speak(b"before")
        await guest.heard(b"before")
        recorder = Recorder()
        subscriber: VoiceSubscriber = recorder
        room.subscribe(subscriber)
        guest.speak(b"from the audience")
        await guest.until(e.Refused)
        host.speak(b"after")
        await guest.heard(b"after")
        [(at, speaker, entry)] = recorder.frames
        assert speaker == host.id
        assert at <= server.hub.now()
        assert b"after" in entry
        assert [each[1] for each in room._last_minute.since(0.0)] == [host.id, host.id]
