"""Tests of devices that fail, hang and come back, in a room and before it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.sound_server import SoundServer
from roomcli.engine import home, loop, trouble, voice
from roomcli.engine.channel import Channel, Lines
from roomcli.engine.keys import PersonalKey
from roomcli.engine.loop import EngineLoop
from roomcli.engine.opening import open_device
from roomcli.engine.voice import AudioDevices
from roomcli.errors import AudioError
from roomcli.protocol.address import Address
from roomcli.protocol.local import Device, Enter, Left

from ...support.patience import PATIENCE
from ...support.studio import Shelf, Studio, settled
from .test_capture import ScriptedCard, tone


async def test_a_device_that_fails_is_closed_told_and_tried_again(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.05)
    mics = Shelf(ScriptedCard(), AudioError("nothing there"), AudioError("nothing there"))
    speakers = Shelf(ScriptedCard(), ScriptedCard(refuses="busy"), ValueError("embedded null byte"))
    studio = Studio(monkeypatch, mics, speakers)
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: mics.started and speakers.started)
    mics.given[0].fail("pulled out")
    speakers.given[0].fail("pulled out")
    await settled(lambda: len(mics.given) >= 2 and len(speakers.given) >= 3)
    assert mics.given[0].closed
    assert speakers.given[0].closed
    assert speakers.given[1].closed
    await settled(lambda: studio.problems("speaker")[1:][-1:] == [""])
    await settled(lambda: studio.problems("microphone")[1:][-1:] == [""])
    assert studio.problems("microphone") == ["", "pulled out", "nothing there", ""]
    problems = [problem for problem in studio.problems("speaker") if problem]
    assert problems[:2] == ["pulled out", "busy"]
    assert "embedded null byte" in problems[2]


async def test_a_sound_server_that_restarts_is_told_and_played_on(
    pulse: SoundServer, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.05)
    monkeypatch.setattr(trouble, "PROOF", 0.05)
    told: list[Device] = []
    voice = AudioDevices("room.monitor", None, lambda frame: None, told.append)
    voice.want_microphone(True)
    nursery.start_soon(voice.run)
    working = [("microphone", True), ("speaker", True)]
    await settled(lambda: sorted((each.kind, not each.problem) for each in told) == working)
    await trio.to_thread.run_sync(pulse.close)
    await settled(lambda: {each.kind for each in told if each.problem} == {"microphone", "speaker"})
    told.clear()
    await trio.to_thread.run_sync(pulse.run)
    await trio.to_thread.run_sync(pulse.null_sink, "room")
    await settled(lambda: {each.kind for each in told if not each.problem} == set(dict(working)))
    assert [each.kind for each in voice.status()] == ["microphone", "speaker"]
    assert all(each.failures and each.last_failure for each in voice.status())


async def test_other_speakers_of_a_sound_server_take_over_while_the_room_goes_on(
    pulse: SoundServer, nursery: trio.Nursery
) -> None:
    told: list[Device] = []
    voice = AudioDevices("none", "room", lambda frame: None, told.append)
    nursery.start_soon(voice.run)
    await settled(lambda: any(each.name == "Room" for each in told))
    await trio.to_thread.run_sync(lambda: pulse.null_sink("horn", description="Horn"))
    await voice.change_device("speaker", "Horn")
    await settled(lambda: told[-1] == Device(kind="speaker", name="Horn"))
    with pytest.raises(AudioError, match="no speakers called 'Tuba'"):
        await voice.change_device("speaker", "Tuba")
    assert voice.spec("speaker") == "Horn"
    (speakers,) = [each for each in voice.status() if each.kind == "speaker"]
    assert speakers.buffer_ms


async def test_trouble_ends_with_what_a_person_can_do_where_they_are(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = AudioError("it is busy")
    studio = Studio(monkeypatch, Shelf(broken), Shelf(broken))
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: len(studio.told) >= 2)
    told = {each.kind: each.problem for each in studio.told[:2]}
    assert told == {
        "microphone": "it is busy; /devices chooses another one",
        "speaker": "it is busy; /devices chooses other ones",
    }


async def test_each_card_that_the_sound_goes_to_is_told(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    speakers = Shelf()
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: speakers.started)
    for name in ("built-in, until the headset is back", "the headset"):
        speakers.given[0].name = name
        await settled(lambda each=name: studio.told[-1].name == each)  # type: ignore[misc]
    assert studio.problems("speaker") == ["", "", ""]
    assert len(speakers.given) == 1


async def test_one_voice_is_numbered_on_from_microphone_to_microphone(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.01)
    mics = Shelf()
    studio = Studio(monkeypatch, mics, Shelf())
    studio.voice.want_microphone(True)
    studio.voice.begin_sending()
    nursery.start_soon(studio.voice.run)
    for number in (1, 2, 3):
        await settled(lambda n=number: len(mics.given) == n)  # type: ignore[misc]
        await settled(lambda: mics.started)
        count = len(studio.frames)
        mics.given[-1].ring.write(tone(5))
        mics.given[-1].wake_up()
        await settled(lambda c=count: len(studio.frames) > c)  # type: ignore[misc]
        mics.given[-1].fail("pulled out")
    times = [frame.media_time for frame in studio.frames]
    assert times == sorted(set(times))
    assert [frame.sequence for frame in studio.frames] == list(range(len(times)))


async def test_a_device_that_dies_at_once_is_not_opened_without_end(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = [ScriptedCard() for _ in range(1000)]
    for card in dead:
        card.failed = "dead on arrival"
    speakers = Shelf(*dead)
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: studio.problems("speaker") == ["", "dead on arrival"])
    await trio.sleep(0.1)
    assert len(speakers.given) == 1


async def test_who_presses_without_a_working_microphone_is_told_each_time(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.02)
    studio = Studio(monkeypatch, Shelf(*[AudioError("nothing there")] * 10_000), Shelf())
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: studio.problems("microphone") == ["nothing there"])
    studio.voice.begin_sending()
    await settled(lambda: len(studio.problems("microphone")) == 2)
    studio.voice.close()


async def test_the_audience_has_no_microphone_in_use(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    studio = Studio(monkeypatch, mics, Shelf())
    nursery.start_soon(studio.voice.run)
    await trio.testing.wait_all_tasks_blocked()
    # On stage and off again before anybody had time to act on it.
    studio.voice.want_microphone(True)
    studio.voice.want_microphone(False)
    await trio.sleep(0.05)
    assert not mics.in_use
    studio.voice.want_microphone(True)
    await settled(lambda: len(mics.in_use) == 1)
    studio.voice.want_microphone(False)
    await settled(lambda: not mics.in_use)


async def test_a_device_opened_for_nobody_is_closed_and_waited_for_by_nobody() -> None:
    card = ScriptedCard()
    asked, come = threading.Event(), threading.Event()

    def slow(spec: str | None) -> ScriptedCard:
        asked.set()
        come.wait(2 * PATIENCE)
        return card

    async with trio.open_nursery() as nursery:
        nursery.start_soon(open_device, slow, None)
        await trio.to_thread.run_sync(asked.wait, PATIENCE)
        with trio.fail_after(PATIENCE):
            nursery.cancel_scope.cancel()
            await trio.testing.wait_all_tasks_blocked()
    come.set()
    await settled(lambda: card.closed)


async def test_after_a_sleep_cards_are_opened_anew_and_files_go_on(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, again in (("device", 2), ("file", 1)):
        mics, speakers = Shelf(ScriptedCard(kind)), Shelf(ScriptedCard(kind))
        studio = Studio(monkeypatch, mics, speakers)
        studio.voice.want_microphone(True)
        studio.voice.begin_sending()
        nursery.start_soon(studio.voice.run)
        both = (mics, speakers)
        await settled(lambda b=both: all(each.started for each in b))  # type: ignore[misc]
        studio.voice.reopen()
        await settled(  # the closed one, if any, has been replaced
            lambda b=both, n=again: all(len(each.given) == n and each.started for each in b)  # type: ignore[misc]
        )
        await trio.sleep(0.05)
        assert (len(mics.given), len(speakers.given)) == (again, again)


async def test_a_recording_that_failed_is_not_overwritten(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.01)
    speakers = Shelf(ScriptedCard("file"))
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: speakers.started)
    speakers.given[0].fail("the disk is full")
    await settled(lambda: studio.problems("speaker")[-1:] == ["the disk is full"])
    await trio.sleep(0.1)
    assert len(speakers.given) == 1


class HomeSeat:
    """An engine at home whose frontend is the test."""

    def __init__(self, patch: pytest.MonkeyPatch, mics: Shelf, speakers: Shelf) -> None:
        patch.setattr(home, "open_output", speakers.open)
        patch.setattr(loop, "RoomSession", self._entered)
        patch.setattr(home, "_known_devices", list)
        patch.setattr(
            home,
            "open_input",
            lambda spec: ScriptedCard() if "tone" in (spec or "") else mics.open(spec),
        )
        self._says, self._hears = trio.open_memory_channel[bytes](100)
        self.written = b""
        self.channel = Channel(Lines(self._hears.receive).next, self._write)
        self.enter: Enter | None = None
        self.ended = trio.Event()

    async def _write(self, data: bytes) -> None:
        self.written += data

    def _entered(self, address: Address, enter: Enter, *_: object, **__: object) -> Any:
        """Note what is entered, in place of a stay in the room."""
        self.enter = enter
        left = Left(code="left", text="", exit_code=0)
        return mock.Mock(run=mock.AsyncMock(return_value=left), snapshot=list)

    def says(self, line: bytes) -> None:
        self._says.send_nowait(line + b"\n")

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.channel.run)
            key = PersonalKey(Ed25519PrivateKey.generate())
            await EngineLoop(self.channel, Path("/"), owned=True, key=lambda: key).run()
            await self.channel.flush()
            nursery.cancel_scope.cancel()
        self.ended.set()


ENTER = b'{"command":"enter","url":"ws://localhost/r/a","name":"Ann"}'


async def test_devices_opened_again_are_listed_and_opened_when_the_old_ones_are_closed(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    mics = Shelf()
    in_use: list[int] = []

    def known() -> list[object]:
        in_use.append(len(mics.in_use))  # cards that came meanwhile are found while none is open
        return []

    lobby = HomeSeat(monkeypatch, mics, Shelf())
    monkeypatch.setattr(home, "_known_devices", known)
    nursery.start_soon(lobby.run)
    for number in range(1, 21):
        lobby.says(b'{"command":"open_devices","mic":"x"}')
        await settled(lambda n=number: len(mics.given) == n)  # type: ignore[misc]
    await settled(lambda: b'"levels"' in lobby.written)
    for _ in range(5):
        lobby.says(b'{"command":"open_devices","mic":"x"}')
    lobby.says(ENTER)
    with trio.fail_after(PATIENCE):
        await lobby.ended.wait()
    assert isinstance(lobby.enter, Enter)
    assert in_use[:20] == [0] * 20
    await settled(lambda: not mics.in_use)


async def test_nonsense_before_a_room_ends_nothing(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = HomeSeat(monkeypatch, Shelf(), Shelf())
    nursery.start_soon(lobby.run)
    for line in (b"nonsense", b"\xff", b'{"command":"unmute"}', ENTER):
        lobby.says(line)
    with trio.fail_after(PATIENCE):
        await lobby.ended.wait()
    assert isinstance(lobby.enter, Enter)
    assert lobby.written.count(b'"bad_message"') == 2
    assert lobby.written.count(b'"no_room"') == 1


@pytest.mark.parametrize("line", [b'{"command":"leave"}', ENTER])
async def test_the_tone_is_played_once_at_a_time_and_let_go(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    speakers = Shelf()
    lobby = HomeSeat(monkeypatch, Shelf(), speakers)
    nursery.start_soon(lobby.run)
    lobby.says(b'{"command":"play_tone"}')
    lobby.says(b'{"command":"play_tone"}')
    await settled(lambda: bool(speakers.in_use))
    await trio.sleep(0.02)
    assert len(speakers.given) == 1
    lobby.says(line)
    with trio.fail_after(PATIENCE):
        await lobby.ended.wait()
    assert not speakers.in_use
    assert (lobby.enter is None) == (b"leave" in line)


async def test_devices_that_refuse_to_start_are_told(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    speakers = Shelf(ScriptedCard(refuses="out busy"))
    lobby = HomeSeat(monkeypatch, Shelf(ScriptedCard(refuses="mic busy")), speakers)
    nursery.start_soon(lobby.run)
    lobby.says(b'{"command":"open_devices"}')
    lobby.says(b'{"command":"play_tone"}')
    await settled(lambda: b"mic busy" in lobby.written and b"out busy" in lobby.written)
    lobby.says(b'{"command":"play_tone"}')  # and it can be tried again
    await settled(lambda: len(speakers.given) == 2)
    lobby.says(ENTER)
    with trio.fail_after(PATIENCE):
        await lobby.ended.wait()


async def test_the_codec_is_there_before_any_sound(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    speakers = Shelf()
    studio = Studio(monkeypatch, Shelf(), speakers)
    began: list[int] = []

    def warm_up() -> None:
        began.append(len(speakers.given))
        raise AudioError("no Opus codec")

    monkeypatch.setattr(voice, "warm_up", warm_up)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: speakers.started)
    assert began == [0], "and without one the room goes on"
