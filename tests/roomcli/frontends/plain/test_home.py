"""Tests of home in lines: read once in sections, then what changes, and what can be typed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from roomcli.errors import CommandRefused
from roomcli.frontends.model.open_rooms import HomeServer, OpenRoom, Unreached
from roomcli.frontends.plain.home import Entering, PlainHome
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


ROOMS = HomeServer("wss://rooms.example:7420", "wss://rooms.example:7420", str)
OTHER = HomeServer("wss://other.example:443", "wss://other.example:443", str)


class PlainListener:
    """Somebody at home in lines, whose server answers as ``answers`` says."""

    def __init__(
        self,
        answers: list[e.DeskEvent] | CommandRefused | None = None,
        servers: Sequence[HomeServer] = (ROOMS,),
    ) -> None:
        self.heard: list[str] = []
        self.asked: list[c.DeskCommand] = []
        self.left: list[Entering | None] = []
        self.at: list[str] = []
        self.answers = answers or []
        self.home = PlainHome(
            servers, self.ask, self.heard.append, self.left.append, sign_on=self.sign_on
        )

    async def ask(self, command: c.DeskCommand, server: str) -> list[e.DeskEvent]:
        """Answer a command, as the script has it."""
        self.asked.append(command)
        self.at.append(server)
        if isinstance(self.answers, CommandRefused):
            raise self.answers
        return self.answers

    async def sign_on(self, issuer: str, server: str) -> str:
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
    hear = partial(you.home.hear_news, ROOMS.name)
    hear(Unreached("nobody listens there", 0.3))
    hear(Unreached("nobody listens there", 2.0))
    words = "Cannot be reached: nobody listens there; tried again in 1 s"
    assert you.heard == [words], "once, however often it is tried"
    hear((STANDUP,))
    hear(HOME)
    told = "\n".join(you.heard)
    assert "Live: 1\nRoom standup, Trains. hosted by Ben Okafor. 2 on stage, 30 listening" in told
    assert "Event Rust talks. " in told
    assert "Bee Folk. 1 member, you own it. its id is c0ffee00c0ffee00" in told
    assert "You follow: 1\nAnn Lindqvist\n" in told
    del you.heard[:]
    hear(replace(HOME, rooms=(replace(HOME.rooms[0], followed=(ANN.id,)),)))
    assert you.heard == ["Ann Lindqvist is on stage in standup"]
    hear((STANDUP, OpenRoom("vienna")))
    assert you.heard[1].startswith("Open now: Room vienna")
    hear(())
    assert set(you.heard[2:]) == {"Room standup is closed", "Room vienna is closed"}, "at once"
    hear(replace(HOME, rooms=()))
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
    assert you.left == [Entering(ROOMS, "standup"), None]


def two_servers(answers: list[e.DeskEvent] | None = None) -> PlainListener:
    """Return somebody at home at two servers, of which one is told and one is not reached."""
    you = PlainListener(answers, (ROOMS, OTHER))
    you.home.hear_news(ROOMS.name, (STANDUP,))
    you.home.hear_news(ROOMS.name, e.HomeShown())
    you.home.hear_news(OTHER.name, Unreached("nobody listens there", 2.0))
    return you


def test_each_line_says_of_which_server_it_is() -> None:
    you = two_servers()
    assert you.heard[0] == f"Server {ROOMS.name}: 1 open room"
    assert you.heard[-1].startswith(f"{OTHER.name}: cannot be reached: nobody listens there")
    del you.heard[:]
    you.home.hear_news(OTHER.name, (OpenRoom("pond"),))
    you.home.hear_news(OTHER.name, e.HomeShown())
    assert you.heard[0] == f"Server {OTHER.name}: 1 open room"
    del you.heard[:]
    you.home.hear_news(ROOMS.name, ())
    assert you.heard == [f"{ROOMS.name}: Room standup is closed"]
    you.home.hear_news(OTHER.name, Unreached("it fell silent", 2.0))
    you.home.hear_news(OTHER.name, (OpenRoom("pond"),))
    assert you.heard[-1] == f"{OTHER.name}: reached again"
    assert len(you.types("/servers")) == 2
    you.home.hear(e.EventReminder(occurrence=TALKS, seconds=300), OTHER.name)
    assert you.heard[-1].startswith(f"{OTHER.name}: ")


def test_a_room_is_entered_on_the_server_that_has_it() -> None:
    you = two_servers()
    you.home.hear_news(OTHER.name, (OpenRoom("pond"), STANDUP))
    you.types("/enter pond")
    assert you.left == [Entering(OTHER, "pond")]
    (said,) = you.types("/enter standup")
    assert "/enter standup SERVER" in said
    you.types("/enter standup rooms")
    assert you.left[1:] == [Entering(ROOMS, "standup")]
    you.types("/enter unlisted other")
    assert you.left[2:] == [Entering(OTHER, "unlisted")]
    you.types("/enter unlisted nowhere")
    assert "No server here is named so" in you.heard[0]


def test_a_command_goes_to_a_server_and_a_search_to_all_that_answer() -> None:
    you = two_servers([e.SearchResults(of="everything", text="rust", occurrences=(TALKS,))])
    assert f"On {ROOMS.name}" in you.types("rust")
    assert you.at == [ROOMS.name], "one that is not reached is not waited for"
    you.home.hear_news(OTHER.name, ())
    you.types("rust")
    assert you.at[1:] == [ROOMS.name, OTHER.name]
    you.answers = []
    assert you.types("/at other /list_events") == [f"{OTHER.name}: Done"]
    you.types("/at other.example:443")
    you.types("/list_events")
    assert you.at[3:] == [OTHER.name, OTHER.name]


def test_servers_are_added_and_forgotten() -> None:
    you = two_servers()
    assert you.types("/forget_server other") == [f"{OTHER.name} is forgotten"]
    assert you.home.servers == (ROOMS,)
    assert you.types("/add_server wss://third.example") == ["Servers are not kept here"]
