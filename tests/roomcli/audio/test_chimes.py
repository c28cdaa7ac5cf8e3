"""Tests of chimes: soft, whole, without clicks, heard by their owner and by nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from roomcli.audio.chimes import Chime, Chimes, make_chime
from roomcli.audio.mixer import Mixer
from roomcli.audio.samples import BLOCK, RATE, Samples
from roomcli.engine.chiming import REST, Chiming
from roomcli.protocol import events as e
from roomcli.protocol.local import Microphone
from roomcli.protocol.view import RoomView

from ...support.fake_room import WALL, YOU, make_view
from ...support.seats import hand_raised, someone
from ..engine.test_session import agree, answering, room

ALL: tuple[Chime, ...] = get_args(Chime)


def heard(chimes: Chimes) -> Samples:
    """Return all that there is to be heard."""
    blocks = []
    while (block := chimes.next_heard()) is not None:
        blocks.append(block)
    return np.concatenate(blocks)


@pytest.mark.parametrize("chime", ALL)
def test_each_is_short_and_soft_and_does_not_click(chime: Chime) -> None:
    sound = make_chime(chime)
    assert len(sound) % BLOCK == 0
    assert 0.1 * RATE < len(sound) < 0.5 * RATE
    assert 0.05 < np.abs(sound).max() < 0.1
    assert np.abs(np.diff(sound, prepend=0.0, append=0.0)).max() < 0.03


def test_all_sound_different() -> None:
    assert len({make_chime(each).tobytes() for each in ALL}) == len(ALL)


def test_a_chime_is_mixed_in_once_and_is_nobody_who_speaks() -> None:
    mixer = Mixer()
    mixer.chimes.play("hand")
    blocks = len(make_chime("hand")) // BLOCK
    mixed = np.concatenate([mixer.pull(n * 0.01) for n in range(blocks + 5)])
    assert np.allclose(mixed[: len(make_chime("hand"))], make_chime("hand"), atol=1e-3)
    assert not mixed[len(make_chime("hand")) :].any()
    assert mixer.levels(0.1) == {}


def test_a_chime_that_comes_over_another_takes_its_place_without_a_click() -> None:
    chimes = Chimes()
    chimes.play("joined")
    before = [block for _ in range(5) if (block := chimes.next_heard()) is not None]
    chimes.play("muted")
    after = heard(chimes)
    assert len(after) == len(make_chime("muted"))
    whole = np.concatenate([*before, after])
    assert np.abs(np.diff(whole)).max() < 0.03


def played(
    view: RoomView | None, *events: e.ServerMessage | Microphone, on: bool = True
) -> list[Any]:
    """Return the chimes of these events, which come at once."""
    chimes: list[Any] = []
    chiming = Chiming(chimes.append, on=on)
    for event in events:
        if isinstance(event, Microphone):
            chiming.follow_microphone(event)
        else:
            chiming.follow_room(event, view, 10.0)
    return chimes


def test_what_one_wants_to_know_without_looking_has_its_chime() -> None:
    view = make_view("host")
    joined = e.Joined(room="standup", you=YOU, view=view, server_time=WALL)
    ways = (joined, Microphone(open=True), Microphone(open=False, reason="silenced"))
    assert played(None, *ways) == ["joined", "on_air", "muted"]
    assert played(None, *ways, on=False) == []
    hand = hand_raised(someone("eve1", "Eve"), WALL)
    assert played(view, hand) == ["hand"]
    assert played(make_view("speaker"), hand) == []


def test_who_raises_hand_after_hand_does_not_ring_without_end() -> None:
    view, chimes = make_view("host"), list[Any]()
    chiming = Chiming(chimes.append, on=True)
    for step in range(30):
        chiming.follow_room(hand_raised(someone("eve1", "Eve"), WALL), view, step * REST / 10)
    assert len(chimes) == 3


async def test_they_are_switched_while_the_room_goes_on(tmp_path: Path) -> None:
    async with room(tmp_path, answering(agree)) as inside:
        await inside.has_microphone()
        for ref, (on, told) in enumerate(((False, []), (True, ["on_air", "muted"]))):
            played: list[Chime] = []
            inside.session._chiming._play = played.append
            inside.say("play_chimes", on=on, ref=ref)
            assert (await inside.until("done"))["ref"] == ref
            for command in ("unmute", "mute"):
                inside.say(command)
                await inside.until("microphone")
            assert played == told
