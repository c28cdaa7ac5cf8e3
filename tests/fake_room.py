"""A scripted room, as one person sees it: who is there, and what follows a command.

Pure but for the clock. The engine that is none (``fake_engine``) and the tests of the screens play
with it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import msgspec

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Hand, Person, Role, Speaker
from roomcli.protocol.room import RoomView, evolve_view

YOU = "you1"
STAGE = (
    ("ann1", "Ann Lindqvist", "Principal engineer, Northwind Rail", "host"),
    ("ben1", "Ben Okafor", "Compilers at Halyard Systems", "cohost"),
    ("cho1", "Cho Min-seo", "Audio research, Seoul National University", "speaker"),
    ("dee1", "Dee Castellanos", "Site reliability, Porto Bank", "speaker"),
    ("eli1", "Eli Brandt", "Writes about networks", "speaker"),
)
HANDS = (
    ("fay1", "Fay Nakamura", "Staff engineer, Tern", 252.0),
    ("gus1", "Gus Petrov", "Founder, Lumen Tools", 95.0),
    ("hal1", "Hal Abebe", "Student", 12.0),
)
NAMES = "Ida Jon Kai Lea Max Noa Ole Pia Quy Rui Sam Tea Uma Van Wim Xia Yan Zoe"
FIRST = tuple(NAMES.split())
FAMILIES = "Berg Costa Diaz Evans Fischer Garcia Haas Ito Jansen Kim Lopez Moreau Novak"
LAST = tuple(FAMILIES.split())


def audience_name(number: int) -> str:
    """A name for the numbered listener, always the same."""
    return f"{FIRST[number % len(FIRST)]} {LAST[(number * 7) % len(LAST)]}"


def make_view(you: Role = "listener", audience: int = 40, now: float | None = None) -> RoomView:
    """The scripted room, seen by somebody with this role."""
    now = time.time() if now is None else now
    stage = {
        id: Speaker(
            Person(id, name, headline), "cohost" if you == role == "host" else role, slot, 0
        )
        for slot, (id, name, headline, role) in enumerate(_stage())
    }
    stage["ann1"] = msgspec.structs.replace(stage["ann1"], muted=False)
    stage["ben1"] = msgspec.structs.replace(stage["ben1"], muted=False)
    stage["dee1"] = msgspec.structs.replace(stage["dee1"], silenced=True)
    stage["eli1"] = msgspec.structs.replace(stage["eli1"], connected=False)
    me = Person(YOU, "Robin Keller", "Platform, Kestrel Labs")
    if you != "listener":
        stage[YOU] = Speaker(me, you, 9, 0)
    front = {
        f"p{number}": Person(f"p{number}", audience_name(number), "Engineer")
        for number in range(min(audience, 24))
    }
    return RoomView(
        name="standup",
        you=YOU,
        stage=stage,
        hands=tuple(Hand(Person(id, name, line), now - ago) for id, name, line, ago in HANDS),
        front_row=front,
        audience=audience,
    )


def _stage() -> Iterator[tuple[str, str, str, Role]]:
    for id, name, headline, role in STAGE:
        assert role in ("host", "cohost", "speaker", "listener")
        yield id, name, headline, role  # type: ignore[misc]


class FakeRoom:
    """Answers commands like a server would that grants everything one's role allows."""

    def __init__(self, view: RoomView, *, invite: str | None = None) -> None:
        self.view = view
        self.invite = invite
        self.open = False
        self.commands: list[c.Command] = []

    def enter(self) -> list[local.ChannelEvent]:
        """What an engine says after ``enter``."""
        return [
            local.Connection(state="connected", rtt_ms=34.0),
            local.Device(kind="microphone", name="Built-in microphone"),
            local.Device(kind="speaker", name="Headphones"),
            e.Joined(
                room=self.view.name,
                you=self.view.you,
                view=self.view,
                server_time=time.time(),
                invite=self.invite,
            ),
        ]

    def answer(self, command: c.Command) -> list[local.ChannelEvent]:
        """The events that a command leads to."""
        self.commands.append(command)
        events = list(self._answer(command))
        for event in events:
            if isinstance(event, e.RoomEvent):
                self.view = evolve_view(self.view, event)
        return events

    def _answer(self, command: c.Command) -> Iterator[local.ChannelEvent]:
        you, view = self.view.you, self.view
        me = view.stage.get(you)
        match command:
            case local.Enter():
                yield from self.enter()
            case local.OpenDevices(mic=mic, speaker=speaker):
                yield _device("microphone", mic, ("Built-in microphone", "USB podcast mic"))
                yield _device("speaker", speaker, ("Headphones", "Built-in speakers"))
            case c.Unmute() if me is None or me.silenced:
                text = "You are in the audience" if me is None else "A moderator silenced you"
                yield e.Refused(command="unmute", code="not_allowed", text=text)
            case c.Unmute() if not self.open:
                self.open = True
                yield local.Microphone(open=True)
                yield e.Unmuted(id=you)
            case c.Mute() if self.open:
                yield from self._close("pressed")
                yield e.Muted(id=you)
            case c.RaiseHand() if me is None and view.place_in_queue(you) is None:
                yield e.HandRaised(person=Person(you, "Robin Keller"), at=time.time())
            case c.LowerHand() if view.place_in_queue(you):
                yield e.HandLowered(id=you)
            case c.AcceptHand(id=id) | c.InviteToStage(id=id):
                yield e.HandLowered(id=id, reason="accepted", by=you)
                yield e.StageJoined(speaker=Speaker(self._person(id), "speaker", 20, 0))
            case c.DeclineHand(id=id):
                yield e.HandLowered(id=id, reason="declined", by=you)
            case c.AcceptInvite() if you in view.invites:
                yield e.InviteSettled(id=you, answer="accepted")
                yield e.StageJoined(speaker=Speaker(Person(you, "Robin Keller"), "speaker", 9, 0))
            case c.DeclineInvite() if you in view.invites:
                yield e.InviteSettled(id=you, answer="declined")
            case c.LeaveStage():
                yield from self._close("audience")
                yield e.StageLeft(id=you)
            case c.MoveToAudience(id=id):
                yield e.StageLeft(id=id, by=you)
            case c.Silence(id=id):
                yield e.Silenced(id=id, by=you)
            case c.AskToUnmute(id=id):
                yield e.SilenceLifted(id=id, by=you)
            case c.Remove(id=id):
                yield e.ParticipantLeft(id=id, reason="removed", by=you)
            case c.Lock():
                yield e.RoomLocked(by=you)
            case c.Unlock():
                yield e.RoomUnlocked(by=you)
            case c.React(reaction=reaction):
                yield e.Pulse(audience=view.audience, reactions={reaction: 1})
            case c.ListPeople(offset=offset):
                numbers = range(offset, min(offset + 100, view.audience))
                people = tuple(Person(f"p{n}", audience_name(n), "Engineer") for n in numbers)
                yield e.PeoplePage(offset=offset, total=view.audience, people=people)
            case c.MakeInvite():
                yield e.InviteMade(invite="fresh-invite", expires_at=time.time() + 86400)
            case c.EndRoom():
                yield from self._close("left")
                yield e.RoomEnded(reason="ended", by=you)
                yield local.Left(code="ended", text="The room was ended", exit_code=0)
            case c.Leave():
                yield from self._close("left")
                yield local.Left(code="left", text="", exit_code=0)

    def _close(self, reason: str) -> Iterator[local.ChannelEvent]:
        if self.open:
            self.open = False
            yield msgspec.convert(
                {"event": "microphone", "open": False, "reason": reason}, local.Microphone
            )

    def _person(self, id: str) -> Person:
        return self.view.person(id) or Person(id, audience_name(int(id[1:])), "Engineer")

    def levels(self, at: float) -> local.Levels:
        """Meters at a time: the open microphones take turns."""
        talking = [id for id, each in self.view.stage.items() if not each.muted]
        turn = int(at / 3) % max(1, len(talking))
        speakers = {
            id: int(26 + 12 * math.sin(at * 9 + turn) + 4 * math.sin(at * 31))
            if index == turn
            else 90
            for index, id in enumerate(talking)
        }
        own = int(28 + 12 * math.sin(at * 7)) if self.open else 70
        return local.Levels(microphone=own, speakers=speakers)


def _device(kind: str, wanted: str | None, known: tuple[str, ...]) -> local.Device:
    fields = {"event": "device", "kind": kind, "name": wanted or known[0], "choices": known}
    return msgspec.convert(fields, local.Device)
