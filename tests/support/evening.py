"""An evening in a room by the server's own rules: what one listener is told, second by second.

Fifty people come, ask, speak, write, react, are silenced and leave; chance is seeded, and no clock
is read.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.people import Person, Role
from roomcli.protocol.view import RoomView
from server.rooms.rules import (
    Limits,
    RoomState,
    Told,
    decide,
    departure,
    enter,
    evolve,
    project,
    tick,
)
from server.rooms.rules import journal as j
from server.rooms.rules import view as view_of

from .fake_cast import ME, YOU, audience_name, person

PEOPLE = 50
HOST = "hosta"
LIMITS = Limits(stage=24, front_row=24)
TEXTS = (
    "Yes",
    "How long did that take you, and would you do it again?",
    "Slides: https://rooms.example/slides",
    "@Robin Keller what do you think of it",
    "日本語も話します、少しだけ",
    "👩‍💻👍🏽 well said",
    "The long answer is that nobody knows, and that everybody who says so sells something. " * 3,
)
TOPICS = ("", "On the second slide", "A question about the first year, and about money", "日本語")


class LivelyRoom:
    """A room in which something happens every second; the viewer is :data:`YOU`, who listens."""

    def __init__(self, begins: float, seed: int = 5) -> None:
        self.now = begins
        self._chance = random.Random(seed)
        self._told: list[Told] = []
        self._away = [person(f"e{n:02}", audience_name(n), f"Builds {n}") for n in range(PEOPLE)]
        host = person(HOST, "Ann Lindqvist", "Principal engineer, Northwind Rail")
        self.state = RoomState.new("standup", "open", LIMITS, owner=host.key, at=begins)
        self._enter(HOST, host, "host")
        self._enter(YOU, ME, "listener")

    @property
    def view(self) -> RoomView:
        """What the viewer sees of the room now."""
        return view_of(self.state, YOU)

    def second(self) -> list[Told]:
        """Let a second pass and return what the viewer is told."""
        self.now += 1
        self._told = []
        heard = {id: 1.0 for id in self.on_air}
        self._happen(tick(self.state, self.now, heard))
        for _ in range(self._chance.choice((0, 1, 1, 2, 4))):
            self._chance.choice(self._deeds)()
        return self._told

    @property
    def on_air(self) -> list[str]:
        """Who has an open microphone."""
        return [id for id in self.state.stage if not self.state.participants[id].muted]

    @property
    def _deeds(self) -> list[Callable[[], None]]:
        """What can happen; what stands here more often happens more often."""
        return [
            *[self._come] * 3,
            self._go,
            *[self._write] * 2,
            *[self._ask] * 2,
            self._speak_or_not,
            self._accept,
            self._react,
            self._moderate,
        ]

    def _come(self) -> None:
        if self._away and not self.state.locked:
            newcomer = self._away.pop(0)
            self._enter(newcomer.id.lower(), newcomer, "listener")

    def _go(self) -> None:
        if (who := self._anybody()) and self._chance.random() < 0.7:
            self._away.append(self.state.who(self.state.participants[who]))
            self._happen(departure(self.state, j.Departed(id=who, at=self.now)))

    def _write(self) -> None:
        self._do(self._anybody(), c.Chat(text=self._chance.choice(TEXTS).strip()))

    def _ask(self) -> None:
        self._do(self._anybody(), c.RaiseHand(topic=self._chance.choice(TOPICS)))

    def _react(self) -> None:
        for _ in range(5):
            self._do(
                self._anybody(), c.React(reaction=self._chance.choice(("👏", "❤️", "😂", "🦉")))
            )

    def _speak_or_not(self) -> None:
        if stage := [each for each in self.state.stage if each != YOU]:
            who = self._chance.choice(stage)
            self._do(who, c.Unmute() if self.state.participants[who].muted else c.Mute())

    def _accept(self) -> None:
        if self.state.hands:
            self._do(HOST, c.AcceptHand(id=self.state.hands[0].id))

    def _moderate(self) -> None:
        others = [each for each in self.state.stage if each not in (HOST, YOU)]
        self._do(
            HOST,
            self._chance.choice(
                (
                    c.ChangeSettings(floor_seconds=self._chance.choice((0, 45, 120))),
                    c.ChangeSettings(topic=self._chance.choice(TOPICS)),
                    c.Lock() if not self.state.locked else c.Unlock(),
                    *(c.Silence(id=each) for each in others[:2]),
                    *(c.MoveToAudience(id=each) for each in others[:2]),
                    c.LowerAllHands(),
                )
            ),
        )

    def _anybody(self) -> str:
        """Choose somebody but the host and the viewer; the host if there is nobody else."""
        others = [each for each in self.state.participants if each not in (HOST, YOU)]
        return self._chance.choice(others) if others else ""

    def _enter(self, seat: str, who: Person, role: Role) -> None:
        self._happen(enter(self.state, seat, who, role=role, hand_at=None, now=self.now))

    def _do(self, who: str, command: c.RoomCommand) -> None:
        if who:
            with contextlib.suppress(CommandRefused):
                entropy = self._chance.randbytes(16)
                self._happen(decide(self.state, who, command, self.now, entropy))

    def _happen(self, events: list[j.JournalEvent]) -> None:
        for event in events:
            before, self.state = self.state, evolve(self.state, event)
            if YOU in before.participants:
                self._told += project(before, event, YOU)
