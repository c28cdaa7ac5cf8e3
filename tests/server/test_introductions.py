"""Tests of how people, communities and events are introduced outside of rooms."""

from __future__ import annotations

from typing import Any

from roomcli.protocol import commands as c
from roomcli.protocol.badges import Badge, OwnClaim
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.introductions import told_apart
from server.people.claims.state import OwnDomain
from server.people.verified_names import VerifiedNames

from .finding.square import Square, played, square

ACME = Badge(kind="domain", subject="acme.example", proven_at=0.0, checked_at=0.0, until=9e9)
ZOE = Person("zoe", "Zoe Waits", key="z" * 32, badges=(ACME,))
DOUBLE = Person("eve", "Zoe W\u0430its", key="e" * 32)  # with a Cyrillic letter
BEN = Person("ben", "Ben Okafor", key="b" * 32)


def test_whoever_reads_like_somebody_verified_is_marked_beside_them() -> None:
    marks = {each.id: each.lookalike for each in told_apart([DOUBLE, ZOE, BEN])}
    assert marks == {"eve": True, "zoe": False, "ben": False}
    assert told_apart([DOUBLE, BEN]) == (DOUBLE, BEN)
    unseen = Person("eve", "Zoe\u200bWaits")
    assert told_apart([ZOE, unseen])[1].lookalike
    other = Person("zoe2", "Zoe Waits", badges=(ACME,))
    assert not any(each.lookalike for each in told_apart([ZOE, other]))


def test_a_verified_name_is_read_as_long_as_it_is_noted() -> None:
    names = VerifiedNames()
    names.note("zoe", ["Zoe Waits", "acme.example"])
    names.note("ben", ["Ben", "acme.example"])
    assert names.reads_like_another("Acme Example", ())
    assert not names.reads_like_another("Acme Example", {"ben"}), "one of them has part in it"
    assert names.reads_like_another("ZOE W\u0430ITS", {"ben"})
    names.note("zoe", ["Zoe Moor"])
    assert not names.reads_like_another("Zoe Waits", ())
    assert names.reads_like_another("acme.example", ())
    names.note("ben", ())
    names.note("zoe", ())
    assert not names.reads_like_another("acme.example", ())


def prove(here: Square, id: str, domain: str) -> OwnClaim:
    """Prove a domain of somebody."""
    person = here.store.people.find(id)
    claim: OwnClaim = here.desks.claims.book.record(person, OwnDomain(domain), person.key)
    return claim


def test_people_have_badges_wherever_they_are_listed() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("zoe", "ben"):
                here.meet(name)
            here.meet("eve", name="Z\u043ee")
            here.found("bees", "zoe", "eve", "ben")
            here.plan("talk", "ben", speakers=("zoe",))
            claim = prove(here, "zoe", "acme.example")
            for id in ("zoe", "eve"):
                await here.desks.all.carry_out(here.store.people.find("ben"), c.Follow(person=id))
            asked: list[tuple[Any, Any]] = [
                (c.ShowHome(), lambda told: told.people.values()),
                (c.Search(text="zoe"), lambda told: told.people),
                (c.ListTies(), lambda told: told.people),
                (c.ShowProfile(person="zoe"), lambda told: [told.person]),
                (c.ShowCommunity(community="bees"), lambda told: told.community.owners),
                (
                    c.ListCommunityPeople(community="bees"),
                    lambda told: [each.person for each in told.people],
                ),
                (c.ShowEvent(event="talk"), lambda told: told.people.values()),
            ]
            for hidden in (False, True):
                for command, people_of in asked:
                    told = {each.id: each for each in people_of(await here.ask("ben", command))}
                    shown = [each.subject for each in told["zoe"].badges]
                    assert shown == ([] if hidden else ["acme.example"]), command
                    if "eve" in told:
                        assert told["eve"].lookalike == (not hidden), command
                zoe = here.store.people.find("zoe")
                await here.desks.all.carry_out(zoe, c.HideClaim(claim=claim.id))

    played(play)


def test_names_that_read_like_somebody_elses_are_marked() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("zoe", "ben", "eve"):
                here.meet(name)
            prove(here, "zoe", "acme.example")
            here.found("bees", "ben", name="Bee Folk")
            here.found("acme", "eve", name="ACM\u0415 Example")
            prove(here, "ben", "ben.example")
            here.found("ours", "ben", name="ben.example")
            here.found("zoe", "eve", name="Zoe", hidden=True)
            here.plan("of zoe", "eve", title="Z\u043ee")
            here.plan("with zoe", "zoe", title="Zoe")
            here.plan("like bees", "eve", title="Bee\u200b Folk")
            here.plan("bees", "ben", title="Bee Folk", community="bees")
            home = await here.home("eve")
            cards = {each.id: each.lookalike for each in (*home.communities, *home.discoverable)}
            assert cards == {"bees": False, "acme": True, "ours": False, "zoe": True}
            times = {each.event: each.lookalike for each in home.occurrences}
            assert times == {"of zoe": True, "with zoe": False, "like bees": True, "bees": False}
            shown = (await here.ask("eve", c.ShowEvent(event="of zoe"))).shown
            assert shown.lookalike
            found = await here.search("eve", "example", of="communities")
            assert {each.id for each in found.communities if each.lookalike} == {"acme"}
            # A new name, and a claim that is withdrawn, count at once.
            here.store.profiles.save("zoe", Profile(name="Zoe Moor"))
            assert not (await here.ask("eve", c.ShowEvent(event="of zoe"))).shown.lookalike

    played(play)
