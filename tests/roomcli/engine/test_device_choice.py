"""Tests of devices that are chosen in a room: the voice goes on, and what fails changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from roomcli.audio.device import DeviceInfo
from roomcli.engine import device_choice, microphone_keeper
from roomcli.engine.device_choice import DeviceChoice
from roomcli.errors import AudioError
from roomcli.protocol import events as e
from roomcli.protocol.local import (
    ChooseMicrophone,
    ChooseSpeakers,
    DeviceChosen,
    DeviceKind,
    DeviceList,
    DeviceStatus,
    ListDevices,
)

from ...support.studio import Shelf, Studio, listed, settled
from .test_capture import ScriptedCard, tone


class Chooser:
    """A person in a room who chooses among devices; notes what they are answered and told."""

    def __init__(self, patch: pytest.MonkeyPatch, studio: Studio) -> None:
        self.answers: list[e.Event] = []
        self.told: list[e.Event] = []
        self.choice = DeviceChoice(studio.voice, self.told.append)
        patch.setattr(device_choice, "list_devices_anew", lambda spec: listed(studio.cards))
        patch.setattr(device_choice, "is_seen_when_plugged_in", lambda spec: True)

    async def asks(self, command: ChooseMicrophone | ChooseSpeakers | ListDevices) -> e.Event:
        """Ask, and return the last answer."""
        answered = trio.Event()

        def take(answer: e.Event) -> None:
            self.answers.append(answer)
            if isinstance(answer, e.Done | e.Refused):
                answered.set()

        self.choice.obey(command, take)
        await answered.wait()
        return self.answers[-1]


@pytest.fixture
def seat(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what seats a person in a room with scripted cards."""

    async def sits(
        mics: Shelf, speakers: Shelf, *, on_stage: bool = True, **specs: str
    ) -> tuple[Studio, Chooser]:
        studio = Studio(monkeypatch, mics, speakers, **specs)
        chooser = Chooser(monkeypatch, studio)
        studio.voice.want_microphone(on_stage)
        nursery.start_soon(studio.voice.run)
        await nursery.start(chooser.choice.run)
        await settled(lambda: speakers.started and (mics.started or not on_stage))
        return studio, chooser

    return sits


async def test_another_microphone_takes_over_the_voice_in_the_middle_of_a_word(
    seat: Callable[..., Any],
) -> None:
    mics, speakers = Shelf(), Shelf()
    studio, you = await seat(mics, speakers)
    studio.voice.begin_sending()
    await mics.given[0].says(tone(10))
    before = len(studio.frames)
    assert before
    assert isinstance(await you.asks(ChooseMicrophone(device="USB mic")), e.Done)
    await settled(lambda: len(mics.in_use) == 1 and mics.started)
    assert mics.in_use == [mics.given[1]]
    await mics.given[1].says(tone(10))
    numbers = [frame.sequence for frame in studio.frames]
    assert len(numbers) > before + 5, "it is still open"
    assert numbers == list(range(len(numbers)))
    times = [frame.media_time for frame in studio.frames]
    assert times == sorted(set(times))
    assert you.told == [DeviceChosen(kind="microphone", device="USB mic")]
    assert len(speakers.given) == 1, "the speakers play on"
    assert studio.problems("microphone") == ["", ""], "no trouble is told"


async def test_a_muted_microphone_stays_muted(seat: Callable[..., Any]) -> None:
    mics = Shelf()
    studio, you = await seat(mics, Shelf())
    await you.asks(ChooseMicrophone(device="USB mic"))
    await settled(lambda: mics.in_use == [mics.given[1]] and mics.started)
    await mics.given[1].says(tone(10))
    assert not studio.frames
    assert studio.voice.level > -60, "its level is shown"


@pytest.mark.parametrize("kind", ["microphone", "speaker"])
async def test_what_cannot_be_used_changes_nothing(
    seat: Callable[..., Any], kind: DeviceKind
) -> None:
    mics = Shelf(ScriptedCard(), AudioError("it is busy"))
    speakers = Shelf(ScriptedCard(), AudioError("it is busy"))
    studio, you = await seat(mics, speakers)
    choose = ChooseMicrophone if kind == "microphone" else ChooseSpeakers
    refused = await you.asks(choose(device="broken"))
    assert isinstance(refused, e.Refused)
    assert (refused.code, refused.text) == ("no_device", "it is busy")
    await trio.testing.wait_all_tasks_blocked()
    assert (mics.in_use, speakers.in_use) == (mics.given[:1], speakers.given[:1])
    assert studio.voice.spec(kind) is None
    assert not you.told
    assert isinstance(await you.asks(choose(device="talk.wav")), e.Refused)


async def test_other_speakers_play_while_the_microphone_goes_on(seat: Callable[..., Any]) -> None:
    mics, speakers = Shelf(), Shelf()
    studio, you = await seat(mics, speakers)
    await you.asks(ChooseSpeakers(device="Headphones"))
    await settled(lambda: speakers.in_use == [speakers.given[1]] and speakers.started)
    assert mics.in_use == mics.given[:1]
    speakers.given[1].fail("pulled out")  # and what was chosen is what is tried again
    await settled(lambda: "pulled out" in studio.problems("speaker"))
    assert studio.voice.spec("speaker") == "Headphones"


async def test_speakers_that_are_missing_are_replaced_without_waiting(
    seat: Callable[..., Any],
) -> None:
    mics = Shelf()
    speakers = Shelf(ScriptedCard(), AudioError("gone"))
    studio, you = await seat(mics, speakers)
    speakers.given[0].fail("pulled out")
    await settled(lambda: "pulled out" in studio.problems("speaker"))
    speakers.clear()
    await you.asks(ChooseSpeakers(device="Headphones"))
    await settled(lambda: speakers.in_use == [speakers.given[1]] and speakers.started)
    await settled(lambda: studio.problems("speaker")[-1] == "")


async def test_in_the_audience_a_microphone_is_chosen_and_looked_at_but_not_sent(
    seat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for: list[str | None] = []

    def look_for(spec: str | None) -> ScriptedCard:
        looked_for.append(spec)
        return ScriptedCard()

    monkeypatch.setattr(microphone_keeper, "look_for_input", look_for)
    mics = Shelf()
    studio, you = await seat(mics, Shelf(), on_stage=False)
    await you.asks(ChooseMicrophone(device="USB mic"))
    assert (looked_for, mics.given) == (["USB mic"], [])
    you.choice.watch_devices(True)
    await settled(lambda: mics.started)
    await mics.given[0].says(tone(10))
    assert studio.voice.level > -60
    assert not studio.frames
    you.choice.watch_devices(False)
    await settled(lambda: not mics.in_use)
    studio.voice.want_microphone(True)
    you.choice.watch_devices(True)
    you.choice.watch_devices(False)
    await settled(lambda: len(mics.in_use) == 1)
    await trio.testing.wait_all_tasks_blocked()
    assert mics.in_use, "on stage it stays in use"


async def test_a_number_is_kept_as_the_name_that_it_stands_for(seat: Callable[..., Any]) -> None:
    studio, you = await seat(Shelf(), Shelf())
    studio.cards = ["Built-in", "USB mic"]
    await you.asks(ChooseMicrophone(device="1"))
    await you.asks(ChooseSpeakers(device="default"))
    await you.asks(ChooseMicrophone(device="portaudio:1"))
    assert [(each.kind, each.device) for each in you.told if isinstance(each, DeviceChosen)] == [
        ("microphone", "USB mic"),
        ("speaker", "default"),
        ("microphone", "portaudio:USB mic"),
    ]
    assert studio.voice.spec("speaker") is None


async def test_the_devices_are_listed_when_asked_and_told_while_they_are_watched(
    seat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_choice, "LOOK_SECONDS", 0.01)
    card = ScriptedCard(latency=0.0123)
    studio, you = await seat(Shelf(), Shelf(card))
    await you.asks(ListDevices())
    assert you.answers == [DeviceList(microphones=("a card",), speakers=("a card",)), e.Done(ref=0)]
    you.choice.watch_devices(True)
    await settled(lambda: len(you.told) == 3)
    lists = [each for each in you.told if isinstance(each, DeviceList)]
    assert lists == [you.answers[0]]
    card.latency, card.buffered = 0.02, 0.005
    studio.cards.append("a headset")
    await settled(lambda: len(you.told) == 5)
    assert DeviceList(microphones=("a card", "a headset"), speakers=("a card", "a headset")) in (
        you.told
    )
    assert DeviceStatus(kind="speaker", latency_ms=20.0, buffer_ms=5.0) in you.told
    you.choice.watch_devices(False)
    studio.cards.append("another")
    await trio.sleep(0.05)
    assert len(you.told) == 5


async def test_a_sound_system_that_is_away_is_told_and_ends_no_watching(
    seat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_choice, "LOOK_SECONDS", 0.01)
    studio, you = await seat(Shelf(), Shelf())
    away = True

    def cards(spec: str | None) -> list[DeviceInfo]:
        if away:
            raise AudioError("no sound server answers")
        return listed(studio.cards)

    monkeypatch.setattr(device_choice, "list_devices_anew", cards)
    refused = await you.asks(ListDevices())
    assert isinstance(refused, e.Refused)
    assert refused.text == "no sound server answers"
    you.choice.watch_devices(True)
    await settled(lambda: DeviceList() in you.told)
    away = False
    await settled(lambda: DeviceList(microphones=("a card",), speakers=("a card",)) in you.told)


async def test_a_card_that_is_seen_only_while_none_is_open_is_used_after_a_gap(
    seat: Callable[..., Any],
) -> None:
    missing = AudioError("no such card")
    mics, speakers = Shelf(ScriptedCard(), missing), Shelf()
    studio, you = await seat(mics, speakers)
    studio.voice.begin_sending()
    assert isinstance(await you.asks(ChooseMicrophone(device="a card")), e.Done)
    await settled(lambda: len(mics.in_use) == 1 and len(speakers.in_use) == 1)
    assert (mics.in_use, speakers.in_use) == ([mics.given[1]], [speakers.given[1]])
    assert studio.voice.spec("microphone") == "a card"
    await settled(lambda: mics.started)
    await mics.given[1].says(tone(10))
    assert studio.frames
