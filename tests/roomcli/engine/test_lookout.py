"""Tests of devices that work only for moments, and of cards plugged in while others are used."""

from __future__ import annotations

import threading

import pytest
import trio

from roomcli.engine import opening, trouble
from roomcli.errors import AudioError

from ...support.patience import PATIENCE
from ...support.studio import Shelf, Studio, settled
from .test_capture import ScriptedCard


async def test_a_device_that_works_for_moments_only_is_one_trouble(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.01)
    monkeypatch.setattr(trouble, "MOST_PAUSE", 0.01)
    speakers = Shelf(*[ScriptedCard() for _ in range(20)])
    studio = Studio(monkeypatch, Shelf(), speakers)
    nursery.start_soon(studio.voice.run)
    for number in range(1, 11):
        await settled(lambda n=number: len(speakers.given) == n and speakers.started)  # type: ignore[misc]
        speakers.given[-1].fail("gives no sign of life")
    await settled(lambda: len(speakers.given) == 11 and speakers.started)
    assert studio.problems("speaker") == ["", "gives no sign of life"]
    monkeypatch.setattr(trouble, "PROOF", 0.01)
    speakers.given[-1].fail("gives no sign of life")
    await settled(lambda: studio.problems("speaker")[2:] == [""])


@pytest.mark.parametrize("late", ["microphone", "speaker"])
async def test_a_card_that_is_plugged_in_later_is_found_while_the_other_is_used(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.01)
    missing = Shelf(*[AudioError("no such card")] * 10_000)
    used = Shelf()
    mics, speakers = (missing, used) if late == "microphone" else (used, missing)
    names = {"mic": "usb", "speaker": "a card"}
    if late == "speaker":
        names = {"mic": "a card", "speaker": "usb"}
    studio = Studio(monkeypatch, mics, speakers, **names)
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    await settled(lambda: used.started and studio.problems(late) == ["no such card"])
    studio.cards.append("another card")
    before = len(missing)
    await settled(lambda: len(missing) < before - 5)
    assert len(used.given) == 1, "nobody hears a gap for a card that was not asked for"
    studio.cards.append("my usb headset")
    await settled(lambda: len(used.given) == 2 and used.started)
    assert used.given[0].closed, "PortAudio reads its list while no card is open"
    before = len(missing)
    await settled(lambda: len(missing) < before - 5)
    assert len(used.given) == 2, "one gap, though it cannot be opened"
    missing.clear()
    await settled(lambda: studio.problems(late) == ["no such card", ""])


async def test_a_card_whose_end_hangs_does_not_hold_the_room_up(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "RETRY", 0.01)
    monkeypatch.setattr(opening, "CLOSE_SECONDS", 0.05)
    never = threading.Event()

    class Stuck(ScriptedCard):
        def close(self) -> None:
            never.wait(2 * PATIENCE)

    mics, speakers = Shelf(Stuck()), Shelf(Stuck())
    studio = Studio(monkeypatch, mics, speakers)
    studio.voice.want_microphone(True)
    nursery.start_soon(studio.voice.run)
    try:
        await settled(lambda: mics.started and speakers.started)
        for shelf in (mics, speakers):
            shelf.given[0].fail("the sound server died")
        # Once more for one of them, where the other is found only while no card is open.
        await settled(lambda: len(mics.given) >= 2 and len(speakers.given) >= 2)
    finally:
        never.set()
