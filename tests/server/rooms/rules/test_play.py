"""Tests of the plays themselves: only exactly what happens satisfies a play."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roomcli.protocol import commands as c

from .play import standup
from .script import command, key_of


def test_a_play_is_not_satisfied_with_less() -> None:
    with pytest.raises(AssertionError):
        standup().perform("""
            >> bob: raise_hand
        """)
    with pytest.raises(AssertionError):
        standup().perform("""
            >> ann: mute
            << everyone: muted ann
        """)


def test_a_play_notices_a_log_that_was_rewritten() -> None:
    play = standup()
    play.perform("""
        >> ann: lock
        << everyone: logged lock by ann
        << everyone: room_locked by ann
        >> ann: remove eve
        << everyone: logged remove eve by ann
    """)
    play.log[0] = replace(play.log[0], action="unlock")
    with pytest.raises(AssertionError):
        play.perform("")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("raise_hand on lock files", c.RaiseHand(topic="on lock files")),
        ("accept_hand bob", c.AcceptHand(id="bob")),
        ("ban bob seconds=60 sells watches", c.Ban(id="bob", seconds=60, reason="sells watches")),
        ("report bob reason=spam look at it", c.Report(id="bob", reason="spam", note="look at it")),
        ("unban bob", c.Unban(key=key_of("bob"))),
        ("remove_message 3 rude", c.RemoveMessage(number=3, reason="rude")),
        ("change_settings chat=false hands=off", c.ChangeSettings(chat=False, hands="off")),
        ("set_password password=", c.SetPassword(password="")),
    ],
)
def test_a_line_says_what_it_says(line: str, meant: c.RoomCommand) -> None:
    assert command(*line.split()) == meant
