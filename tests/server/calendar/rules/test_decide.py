"""Tests of who may plan, change, cancel and answer, and what follows."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.calendar import Recurrence
from server.calendar.rules.plans import MAX_OF_COMMUNITY, MAX_OF_PERSON, MAX_ON_SERVER

from .planning import DAY, PARIS, Planning, moment, monthly

WEEKLY = Recurrence(every="week")


def wish(**fields: Any) -> c.PlanEvent:
    """Return a command that plans something."""
    return c.PlanEvent(
        **{"title": "Talks", "start": "2026-01-06T18:30", "zone": PARIS, **fields},
    )


def test_who_plans_something_organises_it() -> None:
    it = Planning()
    it.plan(agenda=("Welcome", "Talks"), organisers=("ben", "ann", "ben"), speakers=("cat",))
    plan = it.it.plan
    assert (plan.organisers, plan.speakers) == (("ann", "ben"), ("cat",))
    assert it.it.organises("ann")
    assert not it.it.organises("ben"), "Ben was not asked yet"
    it.replay()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"start": "2025-11-24T16:00"}, "too_soon"),
        ({"start": "2031-01-06T18:30"}, "too_far"),
        ({"visibility": "community"}, "wrong_visibility"),
        ({"visibility": "private", "community": "rust"}, "wrong_visibility"),
        ({"community": "rust"}, "not_moderator"),
        ({"community": "nowhere"}, "no_such_community"),
        ({"speakers": ("nobody",)}, "no_such_person"),
        ({"title": "a\u202eb"}, "bad_text"),
        ({"title": " "}, "bad_text"),
        ({"agenda": ("fine", "not\nfine")}, "bad_text"),
    ],
)
def test_a_plan_that_is_not_possible_is_refused_by_its_code(
    fields: dict[str, Any], code: str
) -> None:
    assert Planning().refused("ann", wish(**fields)) == code


def test_moderators_plan_for_their_community_and_members_do_not() -> None:
    it = Planning()
    assert it.refused("meg", wish(community="rust")) == "not_moderator"
    it.give("owner", wish(community="rust", visibility="community"))
    assert it.it.organises("owner")


def test_only_who_may_open_rooms_publishes_outside_of_communities() -> None:
    it = Planning()
    it.surroundings = {"may_publish": False}
    assert it.refused("ann", wish()) == "may_not_publish"
    it.give("ann", wish(visibility="private"))
    opening = c.ChangeEvent(**it.based(), visibility="public")
    assert it.refused("ann", opening) == "may_not_publish"
    it.surroundings = {}
    it.give("ann", opening)
    it.surroundings = {"may_publish": False}
    it.change(title="Still public")


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("of_person", MAX_OF_PERSON),
        ("of_community", MAX_OF_COMMUNITY),
        ("on_server", MAX_ON_SERVER),
    ],
)
def test_only_so_much_can_be_planned(kind: str, most: int) -> None:
    it, command = Planning(), wish(community="rust")
    it.surroundings = {kind: most - 1}
    it.give("owner", command)
    it.surroundings = {kind: most}
    assert it.refused("owner", command) == "too_many_events"


def test_a_change_says_what_it_is_based_on_and_of_two_at_once_the_second_is_refused() -> None:
    it = Planning()
    it.plan(organisers=("ben",))
    it.answer("ben")
    based = it.based()
    it.change(start="2026-01-07T18:30", title="More talks")
    with pytest.raises(CommandRefused, match=r"\(title, start\)") as refused:
        it.give("ben", c.ChangeEvent(**based, title="Other talks"))
    assert refused.value.code == "changed_meanwhile"
    assert it.refused("ben", c.CancelEvent(**based)) == "changed_meanwhile"
    it.give("ben", c.ChangeEvent(**it.based(), title="Other talks"))
    assert (it.it.plan.title, it.it.plan.start) == ("Other talks", "2026-01-07T18:30")
    assert it.it.version == 3
    it.replay()


def test_an_answer_is_no_change_that_others_have_to_look_at() -> None:
    it = Planning()
    it.plan()
    based = it.based()
    it.answer("ben")
    it.give("ann", c.ChangeEvent(**based, title="More talks"))


def test_what_changes_nothing_is_no_error_and_no_new_version() -> None:
    it = Planning()
    it.plan(recurrence=monthly(1, "tu"))
    assert it.change(title="Talks", capacity=0) == []
    assert it.change(recurrence=monthly(1, "tu")) == []
    assert it.it.version == 1


def test_a_co_organiser_has_rights_when_they_agreed_and_the_planner_stays_one() -> None:
    it = Planning()
    it.plan(organisers=("ben",), speakers=("cat",))
    change = c.ChangeEvent(**it.based(), title="Ours")
    assert it.refused("ben", change) == "not_organiser"
    it.answer("ben")
    it.give("ben", change)
    usurp = c.ChangeEvent(**it.based(), organisers=("ben",))
    assert it.refused("ben", usurp) == "not_planner"
    it.answer("cat", "no")
    assert it.it.plan.speakers == ()
    assert "cat" in it.it.plan.invited, "who declines to speak may still come"
    it.answer("ann", "no")
    assert it.it.organises("ann"), "who planned it organises it, even if they cannot come"
    it.replay()


def test_moderators_of_a_community_may_cancel_what_it_planned() -> None:
    it = Planning()
    it.give("owner", wish(community="rust", organisers=("meg",)))
    it.communities.roles["ann", "rust"] = "moderator"
    it.give("ann", c.CancelEvent(**it.based(), notice="spam"))
    assert (it.it.cancelled, it.it.notice) == (True, "spam")


def test_what_is_hidden_is_refused_as_what_is_not_there() -> None:
    it = Planning()
    it.plan(visibility="private", invited=("ben",))
    for command in (
        c.AnswerEvent(event=it.it.id, answer="yes"),
        c.CancelEvent(**it.based()),
        c.ChangeEvent(**it.based(), title="Mine"),
        c.MoveOccurrence(**it.based(), day="2026-01-06", start="2026-01-07T18:30"),
    ):
        assert it.refused("cat", command) == "no_such_event"
    event, it.event = it.event, None
    assert event is not None
    assert it.refused("cat", c.AnswerEvent(event=event.id, answer="yes")) == "no_such_event"


def test_what_is_over_or_cancelled_changes_no_more() -> None:
    it = Planning()
    it.plan()
    answer = c.AnswerEvent(event=it.it.id, answer="yes")
    it.now = moment("2026-01-06T19:29")
    it.give("ben", answer)
    it.now += 60
    assert it.refused("cat", answer) == "event_over"
    it = Planning()
    it.plan()
    it.give("ann", c.CancelEvent(**it.based()))
    assert it.refused("ben", answer) == "event_cancelled"
    assert it.refused("ann", c.ChangeEvent(**it.based(), title="New")) == "event_cancelled"


def test_of_a_series_one_answers_the_whole_or_one_time() -> None:
    it = Planning()
    it.plan(recurrence=WEEKLY)
    it.answer("ben")
    it.answer("ben", "no", "2026-01-13")
    assert [it.seats(day)[0] for day in ("2026-01-06", "2026-01-13", "2026-01-20")] == [
        "ben",
        "",
        "ben",
    ]
    it.answer("cat", "yes", "2026-01-13")
    assert it.seats("2026-01-13")[0] == "cat"
    it.answer("ben", "yes")
    assert it.seats("2026-01-13")[0] == "cat ben", "all of it means the day that was given up too"
    assert it.seats("2026-01-20")[0] == "ben"
    answer = c.AnswerEvent(event=it.it.id, answer="yes", day="2026-01-14")
    assert it.refused("ben", answer) == "no_such_day"
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-20"))
    answer = c.AnswerEvent(event=it.it.id, answer="yes", day="2026-01-20")
    assert it.refused("ben", answer) == "event_cancelled"
    it.now = moment("2026-01-06T19:30")
    answer = c.AnswerEvent(event=it.it.id, answer="yes", day="2026-01-06")
    assert it.refused("ben", answer) == "event_over"
    it.replay()


def test_a_series_that_changes_its_days_keeps_what_still_fits() -> None:
    it = Planning()
    it.plan("2026-01-05T18:30", recurrence=Recurrence(every="week", weekdays=("mo", "tu")))
    it.answer("ben", "yes", "2026-01-05")
    it.answer("ben", "yes", "2026-01-13")
    it.answer("cat")
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-12"))
    it.change(start="2026-01-05T20:00")
    assert it.it.answers.keys() == {"", "2026-01-05", "2026-01-13"}, "another hour drops nothing"
    it.change(recurrence=Recurrence(every="week", weekdays=("tu",)))
    assert it.it.plan.start == "2026-01-06T20:00"
    assert it.it.answers.keys() == {"", "2026-01-13"}
    assert not it.it.exceptions
    it.change(once=True)
    assert it.it.plan.recurrence is None
    assert it.seats() == ("cat", "")
    it.replay()


def test_a_series_is_not_changed_so_that_it_is_over() -> None:
    it = Planning()
    it.plan(recurrence=WEEKLY)
    it.now += 60 * DAY
    change = c.ChangeEvent(**it.based(), recurrence=Recurrence(every="week", until="2026-01-14"))
    assert it.refused("ann", change) == "no_occurrence"
    it.change(title="Old start, new title", recurrence=Recurrence(every="week", until="2026-02-18"))


def test_one_person_does_not_answer_so_many_single_times_that_others_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("server.calendar.rules.decide"), "MAX_OWN_DAYS", 2)
    it = Planning()
    it.plan("2026-01-06T18:30", recurrence=WEEKLY)
    third = c.AnswerEvent(event=it.it.id, answer="no", day="2026-01-20")
    it.answer("ben", "no", "2026-01-06")
    it.answer("ben", "no", "2026-01-13")
    assert it.refused("ben", third) == "event_full"
    it.answer("ben", "yes", "2026-01-13")
    it.answer("ben", "yes")
    it.answer("cat", "yes", "2026-01-20")
    it.answer("cat", "yes", "2026-01-27")
    it.now = moment("2026-05-01T18:30")
    assert it.refused("cat", third) == "event_over"
    it.answer("cat", "no", "2026-05-05")
    it.answer("cat", "no", "2026-05-12")
    assert list(it.it.days_of("cat")) == ["2026-05-05", "2026-05-12"], "what is long past goes"


def test_only_so_many_times_of_a_series_are_changed_and_so_many_answers_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = import_module("server.calendar.rules.decide")
    monkeypatch.setattr(module, "MAX_EXCEPTIONS", 1)
    monkeypatch.setattr(module, "MAX_ANSWERS", 1)
    it = Planning()
    it.plan(recurrence=WEEKLY, invited=("dan",))
    it.give("ann", c.CancelEvent(**it.based(), day="2026-01-06"))
    second = c.CancelEvent(**it.based(), day="2026-01-13")
    assert it.refused("ann", second) == "too_many_changes"
    it.answer("ben")
    assert it.refused("cat", c.AnswerEvent(event=it.it.id, answer="yes")) == "event_full"
    it.answer("ben", "no")
    it.answer("dan")
