"""Tests that a held key, whose command is refused again and again, gets nobody disconnected."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from roomcli.engine.refusals import PATIENCE, SECONDS
from roomcli.engine.replies import PendingReplies
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.limits import MessageLimits
from server.public.conduct import Conduct

KEY_REPEAT = 1 / 30
AT_ONCE = MessageLimits().refused.at_once


class Held:
    """A frontend with a held key, and a server that counts what it refuses."""

    def __init__(self, round_trip: float) -> None:
        self.now = 100.0
        self.told: list[Any] = []
        self.asked: list[c.RoomCommand | c.DeskCommand] = []
        self._round_trip = round_trip
        self._answers: list[tuple[float, e.Refused]] = []
        self.conduct = Conduct(clock=lambda: self.now)
        self.replies = PendingReplies(self._send, clock=lambda: self.now)

    def _send(self, command: c.RoomCommand | c.DeskCommand) -> bool:
        self.asked.append(command)
        self.conduct.refused()
        name = str(command.__struct_config__.tag)
        refused = e.Refused(command=name, code="rate_limited", text="wait", ref=command.ref)
        self._answers.append((self.now + self._round_trip, refused))
        return True

    def ask(self, command: c.RoomCommand) -> None:
        self.replies.forward(
            command, lambda answer: self.told.append(replace(answer, ref=command.ref))
        )

    def hold(self, command: c.RoomCommand, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.ask(command)
            self.now += KEY_REPEAT
            while self._answers and self._answers[0][0] <= self.now:
                self.replies.deliver(self._answers.pop(0)[1])


@pytest.mark.parametrize(
    "command", [c.React(reaction="👏"), c.RaiseHand(), c.AcceptStageInvitation()]
)
def test_who_holds_a_key_for_a_minute_stays(command: c.RoomCommand) -> None:
    held = Held(round_trip=0.1)
    held.hold(command, 60)
    assert not held.conduct.over
    assert len(held.asked) < AT_ONCE
    assert len(held.told) > 60 / KEY_REPEAT - AT_ONCE, "they are told all the same"


def test_another_command_and_a_later_one_reach_the_server() -> None:
    held = Held(round_trip=0.0)
    held.hold(c.React(reaction="👏"), 1)
    asked = len(held.asked)
    assert asked == PATIENCE
    held.ask(c.React(reaction="🎉"))
    held.ask(c.Chat(text="here"))
    assert len(held.asked) == asked + 2
    held.now += SECONDS
    held.ask(c.React(reaction="👏", ref=7))
    assert len(held.asked) == asked + 3


def test_few_refusals_change_nothing() -> None:
    """An older refusal must not answer somebody who corrects an order or tries again."""
    held = Held(round_trip=0.0)
    for _ in range(PATIENCE - 1):
        held.hold(c.AcceptHand(id="ada1"), KEY_REPEAT / 2)
    held.hold(c.AcceptHand(id="bob2"), KEY_REPEAT / 2)
    held.hold(c.AcceptHand(id="ada1"), KEY_REPEAT / 2)
    assert len(held.asked) == PATIENCE + 1


def test_what_is_answered_here_has_the_ref_of_who_asks() -> None:
    held = Held(round_trip=0.0)
    held.hold(c.React(reaction="👏"), 1)
    held.ask(c.React(reaction="👏", ref=9))
    assert (held.told[-1].ref, held.told[-1].code) == (9, "rate_limited")
