"""Tests of what is said of what one plays, in lines and on the own bar."""

from __future__ import annotations

import pytest

from roomcli.frontends.model.room_model import OwnState, RoomModel
from roomcli.frontends.tui.keys import Keymap
from roomcli.frontends.tui.widgets.status import OwnBar, OwnFacts
from roomcli.protocol.local import Microphone
from roomcli.protocol.playing import Playing

from ....support.fake_room import entered


def talk(state: str, position: float = 0.0, duration: float | None = 760.0) -> Playing:
    return Playing(
        name="talk.mp3",
        state=state,  # type: ignore[arg-type]
        position=position,
        duration=duration,
    )


def told(model: RoomModel, event: Playing) -> str | None:
    happening = model.receive(event, 0.0, 0.0)
    return None if happening is None else happening.text


def test_changes_are_told_once_and_the_passing_of_time_is_not() -> None:
    model = entered("speaker")
    assert told(model, talk("waiting")) == "talk.mp3 waits until your microphone is open"
    assert told(model, talk("playing")) == "You play talk.mp3 0:00 of 12:40"
    assert [told(model, talk("playing", at)) for at in (1.0, 2.0, 3.1)] == [None] * 3
    assert told(model, talk("playing", 90.0)) == "You play talk.mp3 1:30 of 12:40"
    assert told(model, talk("playing", 80.0)) == "You play talk.mp3 1:20 of 12:40"
    assert told(model, talk("paused", 92.0)) == "talk.mp3 1:32 of 12:40, paused: /play goes on"
    assert told(model, talk("ended", 760.0)) == "talk.mp3 has ended"
    assert told(model, talk("stopped")) == "talk.mp3 is stopped"


def test_the_length_of_a_pipe_is_not_told() -> None:
    line = told(entered("speaker"), talk("playing", 5.0, None))
    assert line == "You play talk.mp3 0:05"


@pytest.mark.parametrize(
    ("state", "shown"), [("playing", True), ("paused", True), ("ended", False)]
)
def test_the_own_bar_shows_how_far_it_is(state: str, shown: bool) -> None:
    model = entered("speaker")
    model.receive(Microphone(open=True), 0.0, 0.0)
    told(model, talk(state, 92.0))
    assert model.own is OwnState.ON_AIR
    bar = OwnBar()
    bar.sync(model, Keymap())
    assert isinstance(bar.facts, OwnFacts)
    assert bar.facts.playing.startswith("talk.mp3 1:32 of 12:40") is shown
