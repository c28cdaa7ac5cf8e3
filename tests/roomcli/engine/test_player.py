"""Tests of what one plays to the room: begun, paused, wound, lowered, and told."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
import trio

from roomcli.audio.samples import BLOCK, RATE, Samples, silence
from roomcli.engine.player import Player
from roomcli.protocol import events as e
from roomcli.protocol.local import Problem
from roomcli.protocol.playing import Pause, PlayCommand, Playing, PlaySound, Seek, StopPlaying

from ...support.studio import settled
from .test_session import agree, answering, room


class Rehearsal:
    """A player, what it told, and a microphone whose clock is the test."""

    def __init__(self) -> None:
        self.told: list[Playing | Problem] = []
        self.answers: list[object] = []
        self.others_speak = False
        self.ears: list[Samples] = []
        self.player = Player(self.told.append, lambda: self.others_speak, self.ears.append)

    def asks(self, command: PlayCommand) -> None:
        self.player.obey(command, self.answers.append)

    async def plays(self, path: Path) -> None:
        count = len(self.answers)
        self.asks(PlaySound(file=str(path)))
        await settled(lambda: len(self.answers) > count)

    async def goes_out(self, blocks: int, voice: Samples | None = None) -> Samples:
        """Return what goes out in the next blocks while the microphone is open."""
        heard = []
        for n in range(blocks):
            said = silence(BLOCK) if voice is None else voice[n * BLOCK : (n + 1) * BLOCK]
            if self.player._file is not None and not self.player._file.ended:
                file = self.player._file
                await settled(lambda f=file: f.ring.fill >= BLOCK or f.ended)  # type: ignore[misc]
            heard.append(self.player.mix(said, on_air=True))
        return np.concatenate(heard)

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.told if isinstance(each, Playing)]

    async def is_told(self, state: str) -> None:
        await settled(lambda: self.states[-1:] == [state])


@pytest.fixture
def player(nursery: trio.Nursery) -> Rehearsal:
    made = Rehearsal()
    nursery.start_soon(made.player.run)
    return made


def write_level(path: Path, seconds: float, level: float = 0.5) -> Path:
    """Write a sound whose samples all have one value, so that each gain can be read from it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.full(round(seconds * RATE), level * 32767, "<i2").tobytes())
    return path


async def test_a_file_waits_for_the_microphone_and_is_heard_beside_it(
    player: Rehearsal, tmp_path: Path
) -> None:
    path = write_level(tmp_path / "talk.wav", 5.0)
    await trio.testing.wait_all_tasks_blocked()
    await player.plays(path)
    await player.is_told("waiting")
    assert not np.any(player.player.mix(silence(BLOCK), on_air=False))
    heard = await player.goes_out(20)
    assert heard[-1] == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(np.concatenate(player.ears), heard), "one hears it oneself"
    await player.is_told("playing")
    player.player.lose_microphone()
    await player.is_told("waiting")
    state = player.player.state
    assert state is not None
    assert (state.name, state.duration) == ("talk.wav", 5.0)
    assert state.position == pytest.approx(0.2, abs=0.05)


async def test_it_is_lower_while_others_speak_or_oneself(player: Rehearsal, tmp_path: Path) -> None:
    await trio.testing.wait_all_tasks_blocked()
    await player.plays(write_level(tmp_path / "talk.wav", 30.0))
    await player.goes_out(5)
    player.others_speak = True
    assert (await player.goes_out(40))[-1] < 0.1
    player.others_speak = False
    assert (await player.goes_out(320))[-1] == pytest.approx(0.5, abs=0.01)
    times = np.arange(RATE) / RATE
    voice = (0.2 * np.sin(2 * np.pi * 200 * times)).astype(np.float32)
    mixed = await player.goes_out(100, voice)
    beside = mixed[-BLOCK:] - voice[-BLOCK:]
    assert np.max(np.abs(beside)) < 0.1


async def test_it_is_paused_wound_and_stopped(player: Rehearsal, tmp_path: Path) -> None:
    await trio.testing.wait_all_tasks_blocked()
    await player.plays(write_level(tmp_path / "talk.wav", 60.0))
    await player.goes_out(10)
    await player.is_told("playing")
    player.asks(Pause())
    assert player.states[-1] == "paused"
    assert not np.any((await player.goes_out(3))[BLOCK:])
    player.asks(Seek(to=30.0))
    player.asks(Seek(by=-5.0))
    player.asks(PlaySound())
    await player.goes_out(5)
    state = player.player.state
    assert state is not None
    assert 25.0 <= state.position < 25.3
    player.asks(StopPlaying())
    assert player.states[-1] == "stopped"
    assert player.player.state is None
    assert not np.any(await player.goes_out(3))
    assert all(isinstance(each, e.Done) for each in player.answers)


async def test_its_end_is_told_and_it_may_begin_again(player: Rehearsal, tmp_path: Path) -> None:
    await trio.testing.wait_all_tasks_blocked()
    await player.plays(write_level(tmp_path / "talk.wav", 0.3))
    heard = await player.goes_out(40)
    await player.is_told("ended")
    assert np.count_nonzero(heard) == pytest.approx(0.3 * RATE, abs=2 * BLOCK)
    player.asks(PlaySound())
    await settled(lambda: not player.player._file.ended)  # type: ignore[union-attr]
    assert np.any(await player.goes_out(10))


async def test_what_cannot_be_played_is_refused_in_one_line(
    player: Rehearsal, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no sound at all")
    await trio.testing.wait_all_tasks_blocked()
    for command in (PlaySound(), Pause(), Seek(by=1.0), StopPlaying()):
        player.asks(command)
    for path in (tmp_path / "notes.txt", tmp_path / "missing.mp3"):
        await player.plays(path)
    refused = [each for each in player.answers if isinstance(each, e.Refused)]
    assert len(refused) == len(player.answers) == 6
    assert all(each.code == "cannot_play" and "\n" not in each.text for each in refused)
    assert "no WAV, FLAC, Ogg or MP3" in refused[4].text
    assert player.told == []


async def test_the_newest_file_is_played(player: Rehearsal, tmp_path: Path) -> None:
    one, two = (write_level(tmp_path / f"{name}.wav", 9.0) for name in ("one", "two"))
    await trio.testing.wait_all_tasks_blocked()
    player.asks(PlaySound(file=str(one)))
    player.asks(PlaySound(file=str(two)))
    await settled(lambda: len(player.answers) == 2)
    state = player.player.state
    assert state is not None
    assert state.name == "two.wav"
    assert sorted(type(each).__name__ for each in player.answers) == ["Done", "Refused"]


async def test_a_microphone_that_is_a_file_ends_and_the_room_goes_on(tmp_path: Path) -> None:
    talk = write_level(tmp_path / "talk.wav", 0.3)
    async with room(tmp_path, answering(agree), mic=f"file:{talk}") as inside:
        await inside.has_microphone()
        inside.say("unmute")
        await inside.is_open(True)
        await inside.until("playing", lambda told: told["state"] == "ended")
        inside.say("mute", ref=4)
        await inside.until("done", lambda told: told["ref"] == 4)
        assert not [each for each in inside.told if each["event"] == "device" and each["problem"]]
