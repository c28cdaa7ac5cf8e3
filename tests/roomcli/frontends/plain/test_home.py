"""Tests of home in lines: read once in sections, then what changes, and what can be typed."""

from __future__ import annotations

import asyncio
import time

from msgspec.structs import replace

from roomcli.errors import CommandRefused, ConnectionFailed
from roomcli.frontends.model.open_rooms import OpenRoom
from roomcli.frontends.plain.home import PlainHome
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge, OwnClaim
from roomcli.protocol.calendar import ListedOccurrence
from roomcli.protocol.community import CommunityCard
from roomcli.protocol.finding import HomeRoom
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import Person

ANN = Person("a" * 16, "Ann Lindqvist")
STANDUP = OpenRoom("standup", "Trains", "Ben Okafor", 2, 30)
TALKS = ListedOccurrence(
    event="00112233aabbccdd",
    title="Rust talks",
    starts_at=time.time() + 90_000,
    ends_at=time.time() + 93_600,
    zone="Europe/Paris",
    capacity=20,
)
BEES = CommunityCard(id="c0ffee00c0ffee00", name="Bee Folk", members=1, you="owner")
HOME = e.HomeShown(
    rooms=(HomeRoom(room=ListedRoom(name="standup", stage=2)),),
    occurrences=(TALKS,),
    communities=(BEES,),
    following=(ANN.id,),
    people={ANN.id: ANN},
)


class PlainListener:
    """Somebody at home in lines, whose server answers as ``answers`` says."""

    def __init__(self, answers: list[e.DeskEvent] | CommandRefused | None = None) -> None:
        self.heard: list[str] = []
        self.asked: list[c.DeskCommand] = []
        self.left: list[str] = []
        self.answers = answers or []
        self.home = PlainHome(self.ask, self.heard.append, self.left.append, self.sign_on)

    async def ask(self, command: c.DeskCommand) -> list[e.DeskEvent]:
        """Answer a command, as the script has it."""
        self.asked.append(command)
        if isinstance(self.answers, CommandRefused):
            raise self.answers
        return self.answers

    async def sign_on(self, issuer: str) -> str:
        """Begin a sign-on at the only issuer that there is."""
        if issuer != "https://sso.acme.example":
            raise CommandRefused("no_such_issuer", "there is no such issuer")
        return f"{issuer}/authorize"

    def types(self, line: str) -> list[str]:
        """Type a line, and return what is said then."""
        del self.heard[:]
        asyncio.run(self.home.obey(line))
        return self.heard


def test_home_is_read_once_and_then_what_changes() -> None:
    you = PlainListener()
    you.home.hear_news(ConnectionFailed("nobody listens there"))
    you.home.hear_news(ConnectionFailed("nobody listens there"))
    assert you.heard == ["Nobody listens there"], "once, however often it is tried"
    you.home.hear_news((STANDUP,))
    you.home.hear_news(HOME)
    told = "\n".join(you.heard)
    assert "Live: 1\nRoom standup, Trains. hosted by Ben Okafor. 2 on stage, 30 listening" in told
    assert "Event Rust talks. " in told
    assert "Bee Folk. 1 member, you own it. its id is c0ffee00c0ffee00" in told
    assert "You follow: 1\nAnn Lindqvist\n" in told
    del you.heard[:]
    you.home.hear_news(replace(HOME, rooms=(replace(HOME.rooms[0], followed=(ANN.id,)),)))
    assert you.heard == ["Ann Lindqvist is on stage in standup"]
    you.home.hear_news((STANDUP, OpenRoom("vienna")))
    assert you.heard[1].startswith("Open now: Room vienna")
    you.home.hear_news(())
    assert set(you.heard[2:]) == {"Room standup is closed", "Room vienna is closed"}, "at once"
    you.home.hear_news(replace(HOME, rooms=()))
    assert len(you.heard) == 4
    assert "·" not in "".join(you.heard), "a screen reader would name the sign"


def test_a_line_is_searched_for_and_commands_need_no_room() -> None:
    found = e.SearchResults(of="everything", text="rust", occurrences=(TALKS,))
    you = PlainListener([found])
    assert any("Event Rust talks" in line for line in you.types("rust"))
    assert you.asked == [c.Search(text="rust")]
    you.answers = [e.SearchResults(of="everything", text="zzz")]
    assert you.types("zzz") == ["Nothing fits zzz"]
    you.answers = CommandRefused("no_such_event", "there is no such event")
    assert you.types(f"/show_event {TALKS.event}") == ["There is no such event"]
    assert you.asked[-1] == c.ShowEvent(event=TALKS.event)
    asked = len(you.asked)
    assert you.types("/raise_hand") == ["That is for a room: /enter ROOM"]
    assert len(you.asked) == asked
    assert any("/enter ROOM" in line for line in you.types("/help"))


def test_one_proves_who_one_is_at_home() -> None:
    you = PlainListener([e.MailCodeSent(address="a@acme.example", attempt="0f", until=9e9)])
    (told,) = you.types("/claim_mail a@acme.example")
    assert told.startswith("A code goes to a@acme.example")
    you.answers = [e.ClaimsListed()]
    assert you.types("/list_claims") == ["Nothing is proven of you"]
    (told,) = you.types("/claim_sign_on https://sso.acme.example")
    assert told.endswith(": https://sso.acme.example/authorize")
    assert you.types("/sign_on_by_browser https://b.example") == ["There is no such issuer"]
    badge = Badge(kind="domain", subject="acme.example", proven_at=0, checked_at=9e9, until=9e9)
    del you.heard[:]
    you.home.hear(e.ClaimMade(claim=OwnClaim(id="1", badge=badge, key="0" * 32)))
    assert you.heard == ["Proven: domain acme.example, checked today"]


def test_one_goes_into_a_room_or_out() -> None:
    you = PlainListener()
    you.types("/enter standup")
    you.types("/quit")
    assert you.left == ["standup", ""]
