"""Property: to a stranger, what is hidden differs in nothing from what is not there.

Two servers have the same people, rooms, communities and calendar events; one has hidden things
besides, with words that are searched for. All answers and news of the two are compared as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.protocol import codec
from roomcli.protocol import commands as c
from roomcli.protocol.people import BanNotice
from server.communities.rules import CommunityBan
from server.finding import composing, desk

from .square import HOUR, Square, played, square

STRANGER = "eve"
WORDS = ("bee", "hive", "ant")


@pytest.fixture(autouse=True, scope="module")
def short_pages() -> Iterator[None]:
    """Let pages be full with little, so that what is hidden could push others from them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk, "SEARCH_PAGE", 2)
        patched.setattr(composing, "HOME_ROOMS", 2)
        patched.setattr(composing, "HOME_OCCURRENCES", 2)
        patched.setattr(composing, "HOME_DISCOVERABLE", 2)
        yield


class Hidden(NamedTuple):
    """Something that the stranger may know nothing of."""

    kind: str
    word: str
    hours: int


HIDDEN = st.builds(
    Hidden,
    st.sampled_from(
        ("community", "of a community", "private", "its public", "invite", "unlisted", "banned")
    ),
    st.sampled_from(WORDS),
    st.integers(1, 150),
)


def furnish(here: Square, seen: list[Hidden]) -> None:
    """Put what everybody may know of into a server; the numbers make room for more between."""
    for name in ("ann", "ben", STRANGER):
        here.meet(name, headline="bee hive ant")
    here.store.ties.tie(STRANGER, "follows", "ann", 1.0)
    for number, each in enumerate(seen):
        here.found(f"c{number}", "ann", name=f"{each.word} {number}", rooms=(f"r{number}",))
        here.open(f"r{number}")
        here.plan(f"e{number}", "ann", HOUR * each.hours, title=each.word, community=f"c{number}")
    here.open("of-nobody")


def hide(here: Square, hidden: list[Hidden]) -> None:
    """Put what the stranger may not know of into a server."""
    here.found("secret", "ann", "ben", hidden=True, name="bee hive ant", rooms=("of-nobody",))
    here.store.ties.tie(STRANGER, "community", "secret", 1.0)
    for number, (kind, word, hours) in enumerate(hidden):
        id, ahead = f"h{number}", hours * HOUR
        match kind:
            case "community":
                here.found(id, "ann", hidden=True, name=word, summary=word)
            case "banned":
                ban = BanNotice(person=STRANGER, key="e" * 32, name="Eve", at=1.0)
                bans = {STRANGER: CommunityBan(notice=ban)}
                here.found(id, "ann", hidden=True, name=word, bans=bans)
            case "of a community":
                here.plan(id, "ann", ahead, title=word, community="secret", visibility="community")
            case "its public":
                here.plan(id, "ann", ahead, title=word, community="secret")
            case "private":
                here.plan(id, "ann", ahead, title=word, visibility="private", invited=("ben",))
            case "invite":
                here.open(f"{word}-{number}", "invite")
            case "unlisted":
                here.open_unlisted(f"{word}-{number}")


async def answers(here: Square) -> list[bytes]:
    """Return all that the stranger can ask for, as bytes."""
    asked: list[c.FindingCommand] = [c.ShowHome()]
    for text in (*WORDS, "b", "bee h", "h0", "e"):
        asked += [c.Search(text=text), c.Search(text=text, offset=1), c.Search(text=text, offset=3)]
    return [codec.encode(await here.ask(STRANGER, each)) for each in asked]


@settings(max_examples=25)
@given(st.lists(HIDDEN, max_size=3), st.lists(HIDDEN, max_size=6))
def test_no_answer_differs_by_what_is_hidden(seen: list[Hidden], hidden: list[Hidden]) -> None:
    async def play() -> None:
        async with square() as bare, square() as full:
            for here in (bare, full):
                furnish(here, seen)
            # One follows a community that is not there as one that is hidden.
            bare.store.ties.tie(STRANGER, "community", "secret", 1.0)
            hide(full, hidden)
            assert await answers(bare) == await answers(full)

    played(play)


@settings(max_examples=15)
@given(st.lists(HIDDEN, min_size=1, max_size=4))
def test_no_news_come_of_what_is_hidden(hidden: list[Hidden]) -> None:
    async def play() -> None:
        async with square() as bare, square() as full:
            ears = []
            for here in (bare, full):
                furnish(here, [])
                here.store.ties.tie(STRANGER, "community", "secret", 1.0)
                ears.append(here.watch(STRANGER)[1])
            await trio.sleep(10)
            hide(full, hidden)
            await trio.sleep(10)
            for here in (bare, full):
                here.found("seen", "ben", name="Everybody's")
            await trio.sleep(10)
            assert len(ears[0].frames) == 2
            assert ears[0].frames == ears[1].frames

    played(play)


def test_who_belongs_to_it_finds_what_is_hidden_from_others() -> None:
    async def play() -> None:
        async with square() as here:
            furnish(here, [])
            hide(here, [Hidden("of a community", "bee", 1), Hidden("private", "bee", 2)])
            found = await here.search("ben", "bee")
            assert {each.event for each in found.occurrences} == {"h0", "h1"}
            assert [each.id for each in found.communities] == ["secret"]
            shown = await here.home("ben")
            assert shown.rooms[0].community == "secret"
            assert shown.community_names == {"secret": "bee hive ant"}
            assert {each.event for each in shown.occurrences} == {"h0", "h1"}

    played(play)
