"""Tests of the demo's script: the server's rules let all of it happen, again and again."""

from __future__ import annotations

import itertools
import wave

from roomcli.demo.cast import SPEECH
from roomcli.demo.script import (
    AUDIENCE,
    COHOST,
    CUES,
    HOST,
    LENGTH,
    SPEAKER,
    STAGE,
    Utterance,
    addressed,
)
from roomcli.errors import CommandRefused
from roomcli.frontends.model.conversation import speaks_to
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from server.rooms.rules import Limits, decide, may_speak
from server.rooms.rules import journal as j

from ...server.rooms.rules.play import Play
from ...server.rooms.rules.script import CURTAIN

SEATS = {name: name.lower() for name in (*STAGE, *AUDIENCE, "Gwen")}


class Demo:
    """The demo's room under the server's rules, in a time of its own."""

    def __init__(self) -> None:
        self.play = Play(Limits(stage=12, front_row=24))
        self.happened: list[tuple[float, j.JournalEvent]] = []
        for seat in SEATS.values():
            self.play.happen(
                self.play.events(f"{seat} enters as {'host' if seat == 'ann' else 'listener'}")
            )
        self.do(HOST, c.MakeCohost(id=SEATS[COHOST]))
        self.do(HOST, c.InviteToStage(id=SEATS[SPEAKER]))
        self.do(SPEAKER, c.AcceptStageInvitation())
        self.do(HOST, c.HandOver(id="gwen"))
        self._began = self.play.now

    def perform(self) -> None:
        """Play the script once; nobody is refused anything, and who speaks may be heard."""
        for cue in CUES:
            self.pass_time(self._began + cue.at)
            if isinstance(cue.does, Utterance):
                self.do(cue.who, c.Unmute())
                assert may_speak(self.play.state, SEATS[cue.who]), cue
                self.do(cue.who, c.Mute())
            else:
                self.do(cue.who, addressed(cue.does, SEATS, "Gwen"))
        self.pass_time(self._began + LENGTH)
        self._began += LENGTH

    def do(self, who: str, command: c.RoomCommand) -> None:
        """Let somebody give a command, as the server decides it."""
        play = self.play
        try:
            self._happen(decide(play.state, SEATS[who], command, play.now, play.entropy()))
        except CommandRefused as refused:
            at = play.now - CURTAIN
            raise AssertionError(f"{who} at {at:.1f} s: {command}: {refused.code}") from None

    def pass_time(self, until: float) -> None:
        """Let time pass, and what is due."""
        while self.play.now < until:
            self._happen(self.play.time_passes(min(0.25, until - self.play.now)))

    def _happen(self, events: list[j.JournalEvent]) -> None:
        self.play.happen(events)
        self.happened += [(self.play.now - CURTAIN, each) for each in events]

    def has(self, kind: type[j.JournalEvent], **fields: object) -> bool:
        """Whether such an event has happened."""
        return any(
            isinstance(each, kind) and all(getattr(each, name) == fields[name] for name in fields)
            for _, each in self.happened
        )


def test_all_that_is_promised_happens_in_two_minutes() -> None:
    demo = Demo()
    demo.perform()
    assert demo.has(e.HandLowered, id="dilek", reason="accepted")
    assert demo.has(e.TurnEnding, id="carla")
    assert demo.has(j.SteppedDown, id="carla", reason="time")
    assert demo.has(j.SilenceSet)
    assert demo.has(e.HandRaised, id="gro")
    said = [each.message for _, each in demo.happened if isinstance(each, e.ChatPosted)]
    assert any(speaks_to(message, "Gwen") for message in said)
    claps = [each for _, each in demo.happened if isinstance(each, j.Reacted)]
    assert sum(each.reaction == "👏" for each in claps) > 20
    # Something happens within a few seconds of any moment: nobody waits in front of a still room.
    times = [cue.at for cue in CUES]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) < 9


def test_it_can_be_played_again_and_again() -> None:
    demo = Demo()
    for _ in range(3):
        demo.perform()
    assert set(demo.play.state.stage) == {"ann", "ben", "carla", "gwen"}
    assert not demo.play.state.hands
    assert not demo.play.state.silences


def test_every_sound_is_heard_to_its_end() -> None:
    sounds = {cue.does for cue in CUES if isinstance(cue.does, Utterance)}
    files = [each for each in sounds if ":" not in each.device]
    assert len(files) > 3
    for sound in files:
        with wave.open(str(SPEECH / sound.device)) as file:
            length = file.getnframes() / file.getframerate()
        assert length <= sound.seconds < length + 2
