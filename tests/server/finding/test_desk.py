"""Tests of what home shows, and of what is found, and by whom."""

from __future__ import annotations

from roomcli.protocol import MAX_MESSAGE, codec
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.calendar import MAX_TITLE, ListedOccurrence
from roomcli.protocol.community import MAX_SUMMARY, CommunityCard
from roomcli.protocol.entrance import MAX_PATTERNS, EntranceRule
from roomcli.protocol.finding import (
    HOME_COMMUNITIES,
    HOME_DISCOVERABLE,
    HOME_FOLLOWED,
    HOME_OCCURRENCES,
    HOME_ROOMS,
    MAX_ON_STAGE,
    SEARCH_PAGE,
    HomeRoom,
)
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.people import BanNotice, Person
from roomcli.protocol.text import MAX_HEADLINE, MAX_NAME, MAX_TOPIC
from server.rooms.room import KEEPS
from server.store import EVERYWHERE

from .square import HOUR, played, square

DAY = 24 * HOUR


def test_home_shows_what_is_on_and_what_is_mine() -> None:
    async def play() -> None:
        async with square() as here:
            for name in ("ann", "ben", "cat"):
                here.meet(name)
            here.found("bees", "ann", "ben", rooms=("hive",))
            here.found("ants", "cat", name="Ants & co")
            here.found("wasps", "cat")
            for room in ("alpha", "beta", "hive"):
                here.open(room)
            here.open("secret", "invite")
            here.plan("soon", "ann", community="bees")
            here.plan("talk", "cat", 2 * DAY)
            here.plan("later", "cat", 8 * DAY)
            here.store.ties.tie("ann", "follows", "ben", 1.0)
            here.store.ties.tie("ann", "follows", "cat", 2.0)
            here.store.ties.tie("ann", "community", "wasps", 1.0)
            shown = await here.home("ann")
            assert [each.room.name for each in shown.rooms] == ["hive", "alpha", "beta"]
            assert (shown.rooms[0].community, shown.total_rooms) == ("bees", 3)
            assert [each.event for each in shown.occurrences] == ["soon", "talk"]
            assert [each.part for each in shown.occurrences] == ["organiser", None]
            assert [(each.id, each.you) for each in shown.communities] == [
                ("bees", "owner"),
                ("wasps", "stranger"),
            ]
            assert [each.id for each in shown.discoverable] == ["ants", "bees", "wasps"]
            assert (shown.total_discoverable, shown.total_communities) == (3, 2)
            assert shown.following == ("cat", "ben")
            assert {id: each.name for id, each in shown.people.items()} == {
                "ben": "Ben",
                "cat": "Cat",
            }
            assert shown.community_names == {"bees": "bees"}

    played(play)


def test_long_lists_are_cut_and_go_on_where_they_end() -> None:
    async def play() -> None:
        async with square() as here:
            here.meet("ann")
            for number in range(HOME_FOLLOWED + 5):
                here.meet(f"p{number}")
                here.store.ties.tie("ann", "follows", f"p{number}", float(number))
            for number in range(HOME_OCCURRENCES + 1):
                here.plan(f"e{number:02}", "ann", HOUR + 60 * number)
            shown = await here.home("ann")
            assert len(shown.following) == HOME_FOLLOWED
            assert (shown.following[0], shown.total_following) == (
                f"p{HOME_FOLLOWED + 4}",
                HOME_FOLLOWED + 5,
            )
            assert len(shown.occurrences) == HOME_OCCURRENCES
            week = c.ListEvents(of="week", after=shown.more)
            (rest,) = (await here.ask("ann", week)).occurrences
            assert rest.event == f"e{HOME_OCCURRENCES:02}"

    played(play)


def test_words_are_found_by_their_beginnings_the_best_first() -> None:
    async def play() -> None:
        async with square() as here:
            here.meet("ann", name="Zoë Álvarez", headline="bee keeper")
            here.meet("ben", name="Bea Ng", company="Hives & Co")
            here.meet("cat", name="Bee Larsen")
            here.found("c1", "ann", name="Bees of the north", summary="all about hives")
            here.open("bee-talk")
            here.plan("e1", "ann", title="Bee evening")
            found = await here.search("ben", "bee")
            assert [each.id for each in found.people] == ["cat", "ann"]
            assert [each.id for each in found.communities] == ["c1"]
            assert [each.title for each in found.occurrences] == ["Bee evening"]
            assert [each.name for each in found.rooms] == ["bee-talk"]
            assert [each.id for each in (await here.search("ben", "zoe alv")).people] == ["ann"]
            assert (await here.search("ben", "zoe ng")).people == ()
            assert [each.id for each in (await here.search("ann", "HIVES")).people] == ["ben"]
            only = await here.search("ben", "bee", of="communities")
            assert (len(only.communities), only.people, only.rooms) == (1, (), ())
            assert await here.search("ben", "…") == await here.search("cat", "…")

    played(play)


def test_what_changes_is_found_as_it_is_now() -> None:
    async def play() -> None:
        async with square() as here:
            here.meet("ann", name="Ann")
            here.open("old-name")
            assert len((await here.search("ben", "ann")).people) == 1
            here.meet("ann", name="Berta")
            assert (await here.search("ben", "ann")).people == ()
            assert [each.name for each in (await here.search("ben", "bert")).people] == ["Berta"]
            here.store.profiles.forget("ann")
            assert (await here.search("ben", "bert")).people == ()
            assert len((await here.search("ben", "old")).rooms) == 1
            here.hub.end_room("old-name")
            assert (await here.search("ben", "old")).rooms == ()

    played(play)


def test_a_long_list_is_read_page_by_page() -> None:
    async def play() -> None:
        async with square() as here:
            names = [f"n{number:03}" for number in range(2 * SEARCH_PAGE + 3)]
            for name in names:
                here.meet(name, name=f"Bee {name}")
            read: list[str] = []
            for offset in range(0, len(names), SEARCH_PAGE):
                page = await here.search("ann", "bee", of="people", offset=offset)
                read += [each.id for each in page.people]
                assert page.more == (("people",) if len(read) < len(names) else ())
            assert read == names

    played(play)


def test_who_is_banned_or_blocked_by_one_is_not_found_and_the_blocked_notice_nothing() -> None:
    async def play() -> None:
        async with square() as here:
            ann, ben = here.meet("ann"), here.meet("ben")
            before = await here.search("ben", "a"), await here.home("ben")
            here.store.ties.tie("ann", "blocks", "ben", 1.0)
            assert (await here.search("ben", "a"), await here.home("ben")) == before
            assert (await here.search("ann", "ben")).people == ()
            assert [each.id for each in (await here.search("cat", "ben")).people] == ["ben"]
            assert ben.key != ann.key

    played(play)


def test_who_is_banned_from_the_server_is_not_found() -> None:
    async def play() -> None:
        async with square() as here:
            ben = here.meet("ben")
            assert len((await here.search("ann", "ben")).people) == 1
            here.store.bans.save(EVERYWHERE, "", BanNotice(key=ben.key, name="Ben", at=1.0))
            assert (await here.search("ann", "ben")).people == ()

    played(play)


def test_the_longest_home_fits_into_a_message() -> None:
    wide = "\U00020000"
    someone = Person("f" * 16, wide * MAX_NAME, wide * MAX_HEADLINE, "f" * 32, "f" * 8)
    card = CommunityCard(id="f" * 16, name=wide * MAX_NAME, summary=wide * MAX_SUMMARY)
    rule = ("a" * 80,) * MAX_PATTERNS
    room = ListedRoom(
        name="r" * 64,
        topic=wide * MAX_TOPIC,
        host=wide * MAX_NAME,
        keeps=KEEPS,
        entrance=EntranceRule(claimed=rule),
        asks=rule * 2,
    )
    row = ListedOccurrence(
        event="f" * 16,
        day="2027-03-02",
        title=wide * MAX_TITLE,
        starts_at=2e9,
        ends_at=2e9,
        zone="z" * 64,
        room="r" * 64,
        host=wide * MAX_NAME,
        community="f" * 64,
    )
    ids = [f"{number:016}" for number in range(HOME_FOLLOWED + HOME_ROOMS * MAX_ON_STAGE)]
    home = e.HomeShown(
        rooms=(HomeRoom(room=room, community="f" * 16, followed=("f" * 16,) * 10),) * HOME_ROOMS,
        occurrences=(row,) * HOME_OCCURRENCES,
        communities=(card,) * HOME_COMMUNITIES,
        discoverable=(card,) * HOME_DISCOVERABLE,
        following=tuple(ids[:HOME_FOLLOWED]),
        people=dict.fromkeys(ids, someone),
        community_names={id: wide * MAX_NAME for id in ids[: HOME_ROOMS + HOME_OCCURRENCES]},
    )
    assert len(codec.encode(home)) < MAX_MESSAGE
    assert codec.decode_from_server(codec.encode(home)) == home


def test_who_only_looks_around_is_not_kept() -> None:
    async def play() -> None:
        async with square() as here:
            here.open("busy")  # its writes come while others search
            for text in ("a", "b"):
                await here.search("passing", text)
                await here.home("passing")
            assert here.store.people.find("passing") is None

    played(play)
