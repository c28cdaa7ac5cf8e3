"""Tests of who is told what when something planned changes."""

from __future__ import annotations

from typing import Any

from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from server.calendar.rules import evolve, news_of
from server.calendar.rules.journal import PersonForgotten, SightLost

from .planning import Planning


def come(**fields: Any) -> Planning:
    """Plan something that Ben comes to, Cat perhaps, Dan not."""
    it = Planning()
    it.plan(**fields)
    for person, reply in (("ben", "yes"), ("cat", "maybe"), ("dan", "no")):
        it.answer(person, reply)  # type: ignore[arg-type]
    return it


def test_who_is_asked_is_told() -> None:
    it = Planning()
    it.plan(speakers=("ben",), invited=("cat",))
    assert it.news() == [("ben", "asked"), ("cat", "asked")]
    it.change(speakers=("ben", "dan"))
    assert ("dan", "asked") in it.news()
    assert ("ben", "asked") not in it.news()


def test_who_comes_is_told_of_a_move_with_the_notice_and_who_declined_is_not() -> None:
    it = come()
    it.change(start="2026-01-07T18:30", notice="the hall is taken")
    assert it.news() == [("ben", "moved"), ("cat", "moved")]
    assert {each.notice for each in it.told} == {"the hall is taken"}
    it.change(title="More talks")
    assert it.news() == [("ben", "changed"), ("cat", "changed")]
    it.give("ann", c.CancelEvent(**it.based(), notice="no speaker"))
    assert it.news() == [("ben", "cancelled"), ("cat", "cancelled")]
    assert all(each.occurrence.cancelled for each in it.told)


def test_of_one_time_of_a_series_the_news_says_which() -> None:
    it = come(recurrence=Recurrence(every="week"))
    it.give("ann", c.MoveOccurrence(**it.based(), day="2026-01-13", start="2026-01-14T09:00"))
    assert {(each.kind, each.occurrence.day, each.occurrence.moved) for each in it.told} == {
        ("moved", "2026-01-13", True)
    }
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-20"))
    assert {(each.kind, each.occurrence.day) for each in it.told} == {("cancelled", "2026-01-20")}


def test_what_nobody_organises_any_more_is_cancelled_and_nothing_of_them_is_left() -> None:
    it = come(organisers=("eve",))
    entry = PersonForgotten(id=it.it.id, by="ann", at=it.now)
    after = evolve(it.it, entry)
    assert after.cancelled, "Eve never agreed"
    assert "'ann'" not in repr(after)
    told = news_of(it.it, after, [entry], it.communities)
    assert [(each.person, each.kind) for each in told] == [
        ("ben", "cancelled"),
        ("cat", "cancelled"),
        ("eve", "cancelled"),
    ]
    it.answer("eve")
    assert not evolve(it.it, entry).cancelled


def test_for_whom_it_goes_out_of_sight_it_is_cancelled_and_the_others_keep_their_seats() -> None:
    it = come(capacity=1)
    it.answer("eve")
    entry = SightLost(id=it.it.id, by="cat", at=it.now, people=("ben", "cat", "dan"))
    after = evolve(it.it, entry)
    assert {who for each in after.answers.values() for who in each} == {"eve"}
    assert after.hidden_from.keys() == {"ben", "cat"}, "Dan did not come"
    assert {each.version for each in after.hidden_from.values()} == {after.version}
    told = news_of(it.it, after, [entry], it.communities)
    assert [(each.person, each.kind, each.out_of_sight) for each in told] == [
        ("ben", "cancelled", True),
        ("eve", "seat", False),
    ]
    gone = evolve(it.it, SightLost(id=it.it.id, by="", at=it.now, people=("cat",)))
    assert gone.answers[""].keys() == {"ben", "dan", "eve"}


def test_what_is_hidden_by_a_change_says_no_more_than_that_it_is_cancelled() -> None:
    it = come(visibility="public")
    it.change(visibility="private", title="Secret", notice="hush")
    assert [(each.person, each.kind, each.notice) for each in it.told] == [
        ("ben", "cancelled", ""),
        ("cat", "cancelled", ""),
    ]
    assert all(each.out_of_sight for each in it.told)
    assert it.it.hidden_from.keys() == {"ben", "cat"}
    it.replay()
