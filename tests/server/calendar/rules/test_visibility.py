"""Tests of who may know of a calendar event, and what they are shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.protocol import commands as c
from server.calendar.rules import is_of, may_know, part_of, visible_to

from .planning import PARIS, Planning

STRANGER = None
ALL = ["ann", "ben", "cat", "meg", "owner", STRANGER]


def planned(asker: str = "ann", **fields: Any) -> Planning:
    """Return something that is planned, with Ben invited."""
    it = Planning()
    fields = {"start": "2026-01-06T18:30", "zone": PARIS, "invited": ("ben",), **fields}
    it.give(asker, c.PlanEvent(title="Talks", **fields))
    return it


@pytest.mark.parametrize(
    ("fields", "hidden", "who"),
    [
        ({}, False, ["ann", "ben", "cat", "meg", "owner", STRANGER]),
        ({"visibility": "private"}, False, ["ann", "ben"]),
        ({"community": "rust"}, False, ["ann", "ben", "cat", "meg", "owner", STRANGER]),
        ({"community": "rust"}, True, ["ann", "ben", "meg", "owner"]),
        ({"community": "rust", "visibility": "community"}, False, ["ann", "ben", "meg", "owner"]),
    ],
)
def test_who_may_know_of_it(fields: dict[str, Any], hidden: bool, who: list[str | None]) -> None:
    it = Planning()
    it.communities.roles["ann", "rust"] = "moderator"
    wish = {"start": "2026-01-06T18:30", "zone": PARIS, "invited": ("ben",), **fields}
    it.give("ann", c.PlanEvent(title="Talks", **wish))
    del it.communities.roles["ann", "rust"]
    if hidden:
        it.communities.hidden.add("rust")
    assert [each for each in ALL if may_know(it.it, each, it.communities)] == who
    for each in ALL:
        assert (visible_to(it.it, each, it.communities) is not None) == (each in who)


def test_only_organisers_are_shown_who_was_asked_and_invited() -> None:
    it = planned(speakers=("cat", "dan"))
    it.answer("cat")
    shown = visible_to(it.it, "ann", it.communities)
    assert shown is not None
    assert (shown.speakers, shown.asked, shown.invited) == (("cat",), ("dan",), ("ben",))
    assert shown.may_change
    for person, asked, invited in (("ben", (), ("ben",)), ("dan", ("dan",), ()), ("eve", (), ())):
        shown = visible_to(it.it, person, it.communities)
        assert shown is not None
        assert (shown.speakers, shown.asked, shown.invited) == (("cat",), asked, invited)
        assert not shown.may_change
    stranger = visible_to(it.it, STRANGER, it.communities)
    assert stranger is not None
    assert (stranger.asked, stranger.invited, stranger.answer) == ((), (), None)


def test_what_is_hidden_from_some_by_a_change_is_remembered_as_it_was() -> None:
    it = planned("owner", community="rust")
    it.give("owner", c.ChangeEvent(**it.based(), visibility="community", title="Secrets"))
    gone = it.it.withdrawn["public"]
    assert (gone.start, gone.version) == ("2026-01-06T18:30", 2)
    assert not may_know(it.it, STRANGER, it.communities)
    it.replay()


def test_what_somebody_calls_theirs() -> None:
    it = planned(speakers=("cat",))
    assert [each for each in ("ann", "ben", "cat", "dan") if is_of(it.it, each)] == [
        "ann",
        "ben",
        "cat",
    ]
    it.answer("dan", "maybe")
    it.answer("ben", "no")
    assert is_of(it.it, "dan")
    assert not is_of(it.it, "ben")


texts = st.text("abc", min_size=1, max_size=10)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["private", "community", "hidden"]),
    texts,
    st.lists(st.sampled_from(["yes", "no", "maybe"]), max_size=3),
    st.integers(1, 3),
)
def test_to_a_stranger_what_is_hidden_is_as_if_it_were_not_there(
    how: str, title: str, replies: list[Any], capacity: int
) -> None:
    it = Planning()
    if how == "hidden":
        it.communities.hidden.add("rust")
    community = "" if how == "private" else "rust"
    visibility: Any = "public" if how == "hidden" else how
    wish = c.PlanEvent(
        title=title,
        start="2026-01-06T18:30",
        zone=PARIS,
        community=community,
        visibility=visibility,
        capacity=capacity,
        invited=("ben", "dan"),
    )
    it.give("owner", wish)
    for person, reply in zip(("ben", "dan", "owner"), replies, strict=False):
        it.answer(person, reply)
    for viewer in (STRANGER, "cat", "eve", "nobody"):
        assert visible_to(it.it, viewer, it.communities) is None
        for command in (
            c.AnswerEvent(event=it.it.id, answer="yes"),
            c.AnswerEvent(event=it.it.id, answer="yes", day="2026-01-06"),
            c.ChangeEvent(**it.based(), title=title),
            c.CancelEvent(event=it.it.id, version=7),
        ):
            event = it.it
            there = it.refused(viewer or "", command)
            it.event = None
            assert it.refused(viewer or "", command) == there == "no_such_event"
            it.event = event
    it.give("owner", c.CancelEvent(**it.based()))
    assert all(each.person in ("ben", "dan") for each in it.told)


def blocking(person: str, other: str) -> bool:
    """Ben and Cat block Ann."""
    return other == "ann" and person in ("ben", "cat")


def test_whoever_blocks_the_organiser_learns_nothing_of_being_asked() -> None:
    it = Planning()
    it.surroundings["blocks"] = blocking
    asked: Any = {"organisers": ("ben",), "speakers": ("cat", "dan"), "invited": ("eve",)}
    it.plan(visibility="private", **asked)
    assert it.news() == [("dan", "asked"), ("eve", "asked")]
    for person in ("ben", "cat"):
        assert visible_to(it.it, person, it.communities) is None
        assert it.refused(person, c.AnswerEvent(event=it.it.id, answer="yes")) == "no_such_event"
        assert not is_of(it.it, person)
        assert part_of(it.it, person) is None
    shown = visible_to(it.it, "ann", it.communities)
    assert shown is not None
    assert (shown.asked, shown.invited) == (("ben", "cat", "dan"), ("eve",))
    it.change(visibility="public", invited=("eve", "cat"))
    assert ("cat", "changed") not in it.news()
    it.answer("cat")  # of what everybody may see she is a guest, and no speaker
    assert visible_to(it.it, "cat", it.communities) is not None
    assert it.it.agreed == {"ann"}
    it.give("ann", c.CancelEvent(**it.based()))
    assert ("cat", "cancelled") in it.news()
    it.replay()


def test_an_organiser_whom_they_do_not_block_asks_them_anew() -> None:
    it = Planning()
    it.surroundings["blocks"] = blocking
    it.plan(organisers=("dan",), invited=("ben",))
    it.answer("dan")
    for invited in ((), ("ben",)):
        it.give("dan", c.ChangeEvent(**it.based(), invited=invited))
    assert it.news() == [("ann", "changed"), ("ben", "asked")]
    assert part_of(it.it, "ben") == "invited"


changes = st.fixed_dictionaries(
    {},
    optional={
        "speakers": st.sampled_from(((), ("cat",), ("ben", "dan"))),
        "invited": st.sampled_from(((), ("ben",), ("cat", "eve"))),
        "organisers": st.sampled_from((("ann",), ("ann", "ben"))),
        "visibility": st.sampled_from(("public", "private")),
        "capacity": st.integers(0, 2),
    },
)


@settings(max_examples=50, deadline=None)
@given(st.lists(changes, max_size=4), st.booleans())
def test_an_organiser_cannot_tell_who_blocks_them(lives: list[dict[str, Any]], hide: bool) -> None:
    plain, blocked = Planning(), Planning()
    blocked.surroundings["blocks"] = blocking
    for it in (plain, blocked):
        it.plan(
            speakers=("cat", "dan"), invited=("ben",), visibility="private" if hide else "public"
        )
        for fields in lives:
            it.change(**fields)
    for seen in (plain, blocked):
        assert visible_to(seen.it, "ann", seen.communities) == visible_to(
            plain.it, "ann", plain.communities
        )
    assert blocked.it.history == plain.it.history
