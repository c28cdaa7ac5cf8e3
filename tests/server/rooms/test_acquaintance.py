"""Tests of rooms that ask for something: whom the server lets in, at the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.badges import Badge
from roomcli.protocol.entrance import EntranceRule
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import Person
from server.rooms.acquaintance import claims_at_door
from server.rooms.rules import CheckedClaim
from server.rooms.rules.knocking import PAUSE

from ...support.serving import Client, RunningServer, Turned, serving


class KnownHere:
    """What the server knows of people, as a test says it, by their ids."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self.profiles: set[str] = set()
        self.badges: dict[str, tuple[Badge, ...]] = {}
        self.hidden: dict[str, tuple[Badge, ...]] = {}
        self.blocked: set[tuple[str, str]] = set()
        server.hub.acquaintance = self

    def has_profile(self, person: Person) -> bool:
        return person.id in self.profiles

    def badges_of(self, person: Person) -> tuple[Badge, ...]:
        return self.badges.get(person.id, ())

    def proven_of(self, person: Person) -> tuple[Badge, ...]:
        return (*self.badges_of(person), *self.hidden.get(person.id, ()))

    def blocks(self, person: str, other: str) -> bool:
        return (person, other) in self.blocked

    def id_of(self, client: Client) -> str:
        """Return the id by which the server knows a client."""
        return self._server.store.people.id_of(key_of(client))


def badge(kind: Any, subject: str, **fields: Any) -> Badge:
    """Return a badge that was proven at 1000 s, and holds."""
    return Badge(
        kind=kind, subject=subject, proven_at=1000.0, checked_at=1000.0, until=9e9, **fields
    )


def test_a_badge_says_to_a_door_what_was_proven_and_no_more() -> None:
    for shown, claim in (
        (badge("forge", "git.example:8443/ada"), CheckedClaim("forge", "git.example:8443", 1000.0)),
        (
            badge("forge", "github.com/ada", account_since=5.0),
            CheckedClaim("forge", "github.com", 5.0, by_forge=True),
        ),
        (badge("domain", "ada.example"), CheckedClaim("domain", "ada.example", 1000.0)),
        (
            badge("mail", "acme.example", domain="acme.example"),
            CheckedClaim("organisation", "acme.example", 1000.0),
        ),
        (badge("sign_on", "login.example"), CheckedClaim("organisation", "", 1000.0)),
        (
            badge("sign_on", "login.example", domain="acme.example", by_device=True),
            CheckedClaim("organisation", "acme.example", 1000.0, by_device=True),
        ),
    ):
        assert claims_at_door([shown]) == (claim,)


def key_of(client: Client) -> str:
    return fingerprint(client.key.public_key().public_bytes_raw())


async def at_home(server: RunningServer, name: str = "Zoe", **where: object) -> Client:
    """Return a client that said hello, and is in no room."""
    client = await server.connected(**where)  # type: ignore[arg-type]
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name))
    return client


async def hosting(server: RunningServer, **settings: object) -> Client:
    """Return the host of a room with these settings."""
    host = await server.client(intent="host")
    await host.do(c.ChangeSettings(**settings))  # type: ignore[arg-type]
    return host


async def refused(client: Client, **wish: object) -> str:
    """Return the code with which somebody is not let in."""
    with pytest.raises(Turned) as turned:
        await client.go_into(**wish)
    return turned.value.code


def told_of(client: Client, kinds: Iterable[type]) -> list[object]:
    """Return the events of these kinds that a client was told."""
    return [each for each in client.got if isinstance(each, tuple(kinds))]


async def test_who_has_a_profile_or_a_claim_is_no_guest(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        known = KnownHere(server)
        await hosting(server, guests="off")
        zoe, dee = await at_home(server), await at_home(server, "Dee")
        assert await refused(zoe) == "no_guests"
        known.profiles.add(known.id_of(zoe))
        await zoe.go_into()
        known.badges[known.id_of(dee)] = (badge("domain", "acme.example"),)
        await dee.go_into()


async def test_a_claim_lets_in_who_has_it_and_no_word_of_the_clients_does(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        known = KnownHere(server)
        host = await hosting(server, claimed=("anyone@acme.example",))
        made = await host.question(c.MakeRoomInvite(role="speaker"), e.RoomInviteMade)
        zoe = await at_home(server, "Zoe (mail at acme)")
        for wish in ({}, {"invite": made.invite}, {"ticket": host.joined.ticket}):
            assert await refused(zoe, **wish) == "claim_needed"
        assert await refused(zoe, intent="host") == "room_taken"
        known.badges[known.id_of(zoe)] = (badge("mail", "acme.example", domain="acme.example"),)
        await zoe.go_into()


async def test_what_somebody_hides_opens_the_door_and_is_shown_to_nobody(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        known = KnownHere(server)
        host = await hosting(server, claimed=("anyone@acme.example",), guests="off")
        zoe = await at_home(server)
        known.hidden[known.id_of(zoe)] = (badge("mail", "acme.example", domain="acme.example"),)
        await zoe.go_into()
        await host.do(c.Chat(text="after they came"))
        assert host.view.people[known.id_of(zoe)].badges == ()
        assert zoe.view.people[known.id_of(zoe)].badges == ()


async def test_a_seat_is_taken_back_and_a_seat_that_was_left_is_not(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        KnownHere(server)
        host = await server.client(intent="host")
        zoe = await server.client(name="Zoe")
        dee = await server.client(name="Dee")
        await host.do(c.ChangeSettings(members=True))
        await zoe.go()
        back = await server.client(key=zoe.key, name="Zoe", ticket=zoe.joined.ticket)
        assert back.joined.resumed
        await dee.do(c.LeaveRoom())
        assert await refused(dee, ticket=dee.joined.ticket) == "members_only"
        await host.do(c.Remove(id=back.id))
        assert await refused(back, ticket=back.joined.ticket) == "members_only"


async def test_who_was_handed_the_room_comes_back_and_who_handed_it_over_does_not(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as server:
        KnownHere(server)
        host = await server.client(intent="host")
        zoe = await server.client(name="Zoe")
        await host.do(c.ChangeSettings(guests="off"), c.HandOver(id=zoe.id), c.LeaveRoom())
        assert await refused(host) == "no_guests"
        assert await refused(host, intent="host") == "room_taken"
        await zoe.do(c.LeaveRoom())
        await zoe.go_into(intent="host")


async def test_the_rule_is_told_before_one_comes_in(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await hosting(server, guests="off", claimed=("any",), allowed=("p1",), knock=True)
        zoe = await at_home(server)
        await zoe.do(c.WatchRooms())
        (room,) = (await zoe.until(e.RoomsListed)).rooms
        assert room.entrance == EntranceRule(
            guests="off", claimed=("any",), by_list=True, knock=True
        )
        assert room.asks == (
            "for people with a checked claim",
            "not for guests (have a profile or a checked claim)",
            "and for people on its list",
            "others knock",
        )
        answer = await server.exchange(b"GET /rooms HTTP/1.1\r\nHost: x\r\n\r\n")
        (listed,) = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert listed["entrance"]["guests"] == "off"
        assert listed["asks"] == list(room.asks)
        assert b"p1" not in answer


async def test_one_knocks_is_let_in_and_comes_in_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        zoe = await at_home(server)
        assert await refused(zoe) == "knock_needed"
        await zoe.do(c.Knock(room="standup"))
        (id,) = (await host.until(e.Knocked)).knockers
        assert host.view.knockers[id].person.name == "Zoe"
        await host.do(c.AnswerKnock(id=id))
        answer = await zoe.until(e.KnockAnswered)
        assert (answer.room, answer.answer) == ("standup", "let_in")
        await zoe.go_into()
        assert host.view.knockers == {}
        await zoe.do(c.LeaveRoom())
        assert await refused(zoe) == "knock_needed"


async def test_a_no_holds_for_a_while_also_after_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        zoe = await at_home(server)
        await zoe.do(c.Knock(room="standup"))
        (id,) = (await host.until(e.Knocked)).knockers
        await host.do(c.AnswerKnock(id=id, let_in=False))
        answer = await zoe.until(e.KnockAnswered)
        assert (answer.answer, answer.retry_after) == ("refused", PAUSE)
        assert await refused(zoe) == "knock_needed"
        again = await zoe.ask(c.Knock(room="standup"))
        assert isinstance(again, e.Refused)
        assert again.code == "turned_away"
    async with serving(tmp_path) as server:
        again = await (await at_home(server, key=zoe.key)).ask(c.Knock(room="standup"))
        assert isinstance(again, e.Refused)
        assert again.code == "turned_away"
        server.pass_time(PAUSE)
        await (await at_home(server, key=zoe.key)).do(c.Knock(room="standup"))


async def test_the_rule_and_its_seats_outlive_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host")
        zoe = await server.client(name="Zoe")
        await host.do(c.ChangeSettings(members=True, knock=True))
    async with serving(tmp_path) as server:
        dee = await at_home(server, "Dee")
        assert await refused(dee) == "knock_needed"
        back = await server.client(key=zoe.key, name="Zoe", ticket=zoe.joined.ticket)
        assert back.joined.resumed


@pytest.mark.parametrize("way", ["on", "other room", "another knock", "lost"])
async def test_who_goes_from_the_door_waits_no_longer(tmp_path: Path, way: str) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        other = await server.client(server.room("other"), intent="host")
        await other.do(c.ChangeSettings(knock=way == "another knock"))
        zoe = await at_home(server)
        await zoe.do(c.Knock(room="standup"))
        await host.until(e.Knocked)
        match way:
            case "on":
                await zoe.do(c.Knock(room="standup", on=False))
            case "other room":
                await zoe.go_into(room="other")
            case "another knock":
                await zoe.do(c.Knock(room="other"))
            case "lost":
                await zoe.go()
        settled = await host.until(e.KnockSettled)
        assert settled.answer == "gone"
        assert host.view.knockers == {}
        assert told_of(zoe, [e.KnockAnswered]) == []


async def test_to_knock_again_while_one_waits_changes_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        zoe = await at_home(server)
        await zoe.do(c.Knock(room="standup"), c.Knock(room="standup"))
        await host.until(e.Knocked)
        elsewhere = await (await at_home(server, key=zoe.key)).ask(c.Knock(room="standup"))
        assert isinstance(elsewhere, e.Refused)
        assert elsewhere.code == "knocking"
        await host.do(c.Chat(text="one"))
        assert told_of(host, [e.KnockSettled]) == []


async def test_one_can_knock_from_another_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        zoe = await server.client(server.room("other"), intent="host")
        await zoe.do(c.Knock(room="standup"))
        (id,) = (await host.until(e.Knocked)).knockers
        await host.do(c.AnswerKnock(id=id))
        await zoe.until(e.KnockAnswered)
        await zoe.do(c.Chat(text="still here"))


async def test_a_blocked_person_is_answered_as_one_whom_nobody_answers(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        known = KnownHere(server)
        host = await hosting(server, knock=True)
        zoe, dee = await at_home(server), await at_home(server, "Dee")
        known.blocked.add((known.id_of(host), known.id_of(zoe)))
        for client in (zoe, dee):
            await client.do(c.Knock(room="standup"))
            await client.do(c.Knock(room="standup"))
        knocked = await host.until(e.Knocked)
        assert [each.person.name for each in knocked.knockers.values()] == ["Dee"]
        unanswered = await host.ask(c.AnswerKnock(id=known.id_of(zoe)))
        assert isinstance(unanswered, e.Refused)
        await host.do(c.Lock())
        (told, same) = [await each.until(e.KnockAnswered) for each in (zoe, dee)]
        assert told == same
        assert [type(each) for each in zoe.got] == [type(each) for each in dee.got]


async def test_the_door_of_a_room_by_invitation_is_there_for_who_has_one(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await server.client(intent="host", access="invite")
        await host.do(c.ChangeSettings(knock=True))
        zoe = await at_home(server)
        answers = [await zoe.ask(c.Knock(room=name)) for name in ("standup", "not-there")]
        codes = {(each.code, each.text) for each in answers if isinstance(each, e.Refused)}
        assert len(codes) == 1
        made = await host.question(c.MakeRoomInvite(), e.RoomInviteMade)
        await zoe.do(c.Knock(room="standup", invite=made.invite))
        (id,) = (await host.until(e.Knocked)).knockers
        await host.do(c.AnswerKnock(id=id))
        await zoe.until(e.KnockAnswered)
        assert await refused(zoe) == "no_such_room"
        await zoe.go_into(invite=made.invite)


async def test_the_end_of_a_room_is_told_at_its_door(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        zoe = await at_home(server)
        await zoe.do(c.Knock(room="standup"))
        await host.do(c.EndRoom())
        assert (await zoe.until(e.KnockAnswered)).answer == "over"
        again = await zoe.ask(c.Knock(room="standup"))
        assert isinstance(again, e.Refused)
        assert again.code == "no_such_room"


async def test_who_is_let_in_has_other_doors_before_them_still(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        host = await hosting(server, knock=True)
        await host.do(c.SetPassword(password="sesame"))
        zoe = await at_home(server)
        await zoe.do(c.Knock(room="standup"))
        (id,) = (await host.until(e.Knocked)).knockers
        await host.do(c.AnswerKnock(id=id))
        assert await refused(zoe) == "password_needed"
        await zoe.go_into(password="sesame")
