"""Tests of where a room's voice goes: to all connections, and to whoever subscribed to frames."""

from __future__ import annotations

from pathlib import Path

import trio

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.audio import HOME, Bundle
from roomcli.wire.frames import server_frame
from server.rooms.fanout import SLICE, Fanout, LocalFanout, VoiceSubscriber
from server.rooms.traffic import CarriedVoice, Traffic

from ...support.serving import serving


class Ears:
    """A connection that keeps what it is sent, if it is not behind."""

    def __init__(self, visit: int = 1, *, is_inside: bool = True, is_behind: bool = False) -> None:
        self.visit = visit
        self.is_inside, self.is_behind = is_inside, is_behind
        self.heard: list[tuple[bytes, int]] = []

    def send_voice_frame(self, frame: bytes, media_time: int) -> bool:
        """Keep a frame."""
        if self.is_behind or not self.is_inside:
            return False
        self.heard.append((frame, media_time))
        return True


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
    await fanout.send(b"first", 960, 1)
    connections["eve"] = Ears()
    ann = connections.pop("ann")
    assert fanout.listeners == 2
    await fanout.send(b"second", 1920, 1)
    first, second = (server_frame(b"f\1rst"), 960), (server_frame(b"s\1cond"), 1920)
    assert [each.heard for each in (ann, *connections.values())] == [
        [first],
        [first, second],
        [second],
    ]
    assert ann.heard[0][0] is connections["ben"].heard[0][0], "framed more than once"


async def test_whoever_is_on_stage_is_left_out_of_the_audience() -> None:
    here = {"ann": Ears(), "ben": Ears(), "eve": Ears()}
    stage = {"ben": here["ben"]}
    audience = LocalFanout(here, besides=stage)
    assert audience.listeners == 2
    await audience.send(b"bundle", 960, 1)
    assert [len(each.heard) for each in here.values()] == [1, 0, 1]
    stage.clear()
    assert audience.listeners == 3


async def test_a_bundle_bears_the_number_of_each_ones_visit() -> None:
    connections = {"ann": Ears(1), "ben": Ears(2), "eve": Ears(1)}
    bundle = Bundle(960, (), HOME).encode()
    await LocalFanout(connections).send(bundle, 960, 0)
    heard = [each.heard[0][0] for each in connections.values()]
    assert heard == [server_frame(Bundle(960, (), visit).encode()) for visit in (1, 2, 1)]
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
        await fanout.send(b"bundle", 0, 1)
    assert seen in ([SLICE], [2 * SLICE])  # as Trio chooses who goes on first
    assert all(len(each.heard) == 1 for each in everybody)


async def test_what_went_out_is_counted_and_what_was_skipped() -> None:
    traffic = Traffic()
    connections = {
        "ann": Ears(),
        "ben": Ears(2),
        "eve": Ears(is_behind=True),
        "joe": Ears(is_inside=False),
    }
    fanout = LocalFanout(connections, traffic)
    await fanout.send(b"first", 960, 3)
    size = len(server_frame(b"first"))
    assert traffic.tcp == CarriedVoice(0, 6, 2, 2 * size, 1)
    connections["eve"].is_behind = False
    await fanout.send(b"next", 1920, 1)
    assert traffic.tcp == CarriedVoice(0, 9, 5, 2 * size + 3 * (size - 1), 1)


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
