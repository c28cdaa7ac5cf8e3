"""Tests of who may know of a calendar event, and what they are shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.protocol import commands as c
from server.calendar.rules import is_of, may_know, visible_to

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
