"""Properties of a community's rules, over random lives of one."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcli.errors import CommandRefused
from roomcli.protocol.community import PeopleList
from server.communities import rules
from server.communities.rules import journal as j
from server.communities.rules.state import Community

from .play import Troupe, check

PEOPLE = ("ann", "ben", "cat", "dan", "eve")
person = st.sampled_from(PEOPLE)
verb = st.sampled_from(
    ("accepts", "declines", "invites", "withdraws", "removes", "hands-over", "lifts", "bans")
)
role = st.sampled_from(("owner", "moderator", "member"))
lines = st.one_of(
    st.tuples(person, st.sampled_from(("joins", "leaves"))),
    st.tuples(person, verb, person),
    st.tuples(person, st.just("makes"), person, role),
    st.tuples(st.sampled_from(("ann", "dan")), st.just("makes"), person, role),
    st.tuples(person, st.just("bans"), person, st.just("for"), st.just("2")),
    st.tuples(person, st.just("rules"), st.sampled_from(("kind", "calm"))),
    st.tuples(person, st.just("describes"), st.sampled_from(("hidden", "found"))),
    st.tuples(person, st.just("describes"), st.sampled_from(("open", "application"))),
    st.tuples(person, st.just("adds"), st.sampled_from(("standup", "folk"))),
    st.tuples(st.just("SERVER"), st.just("forgets"), person),
    st.tuples(st.just("SERVER"), st.just("unites"), person, st.just("into"), person),
    st.tuples(st.just("1"), st.just("days"), st.just("pass")),
)
lives = st.lists(lines, max_size=25)
openings = st.sampled_from(("open", "application", "hidden open", "hidden invitation"))


def begun(how: str) -> Troupe:
    """Return a community of Ann's, with a room, another owner and two moderators."""
    troupe = Troupe()
    troupe.speak(["ann", "founds", *how.split()])
    for person, role in (("ben", "moderator"), ("cat", "moderator"), ("dan", "owner")):
        for line in (f"ann invites {person}", f"{person} joins", f"ann makes {person} {role}"):
            troupe.speak(line.split())
    troupe.speak(["ann", "adds", "standup"])
    return troupe


@settings(max_examples=60, deadline=None)
@given(openings, lives)
def test_it_is_never_without_an_owner_and_who_is_banned_is_never_a_member(
    how: str, life: list[tuple[str, ...]]
) -> None:
    troupe = begun(how)
    for line in life:
        troupe.speak(line)
        check(troupe.state, troupe.now)
    troupe.check_replay()


@settings(max_examples=60, deadline=None)
@given(openings, lives)
def test_nobody_does_anything_to_whom_they_do_not_outrank(
    how: str, life: list[tuple[str, ...]]
) -> None:
    troupe = begun(how)
    for line in life:
        before = troupe.state
        troupe.speak(line)
        if troupe.state is not before and line[0] in PEOPLE:
            compare(before, troupe.state, line[0])


def compare(before: Community, after: Community, actor: str) -> None:
    """Check that what changed was the actor's to change."""
    mine = before.rank_of(actor)
    if after.closed:
        assert before.role_of(actor) == "owner"
        return
    if rules.kept(before) != rules.kept(after):
        assert before.role_of(actor) in ("owner", "moderator")
    for each in PEOPLE:
        was, now = before.rank_of(each), after.rank_of(each)
        if now < was and each != actor:
            assert mine > was
        if now > was >= 0:  # raised: by an owner, or since no other one is left
            assert before.role_of(actor) == "owner"
        if now > was and was < 0 and each != actor:  # let in
            assert mine >= 1
        if now > 0 and was < 0:
            assert after.with_role("owner") == [each]
        if isinstance(before.relation(each), rules.CommunityBan) != isinstance(
            after.relation(each), rules.CommunityBan
        ):
            assert mine >= 1 or each == actor


@settings(max_examples=60, deadline=None)
@given(lives, person)
def test_nothing_of_a_hidden_one_reaches_who_may_not_know_of_it(
    life: list[tuple[str, ...]], viewer: str
) -> None:
    troupe = begun("hidden open")
    told: list[str] = []
    for line in life:
        before = troupe.state
        could = rules.visible_to(before, viewer, troupe.now) is not None
        heard = [each for each in troupe.speak(line) if each.startswith(f"<< told {viewer}:")]
        can = rules.visible_to(troupe.state, viewer, troupe.now) is not None
        if not could and not can:
            assert heard == []
        told += heard
        if not can:
            with pytest.raises(CommandRefused) as refused:
                troupe.ask(viewer, troupe.command(["joins"]))
            assert refused.value.code == "no_such_community"
            assert str(refused.value) == str(rules.no_such_community())


@settings(max_examples=40, deadline=None)
@given(openings, lives)
def test_what_somebody_is_shown_says_no_more_than_they_may_know(
    how: str, life: list[tuple[str, ...]]
) -> None:
    troupe = begun(how)
    for line in life:
        troupe.speak(line)
    state = troupe.state
    for viewer in (*PEOPLE, rules.STRANGER):
        shown = rules.visible_to(state, viewer, troupe.now)
        standing = state.standing_of(viewer, troupe.now)
        if state.closed or (state.hidden and standing in ("stranger", "banned")):
            assert shown is None
            continue
        assert shown is not None
        details = shown.details(troupe.who)
        assert details.you == standing
        assert bool(details.rooms) <= (viewer in state.members)
        assert bool(details.applications) <= (standing in ("owner", "moderator"))
        assert (details.ban is not None) == (standing == "banned")
        members, total = shown.people("members", 0, troupe.who)
        assert (total, len(members)) == (
            (len(state.members),) * 2 if viewer in state.members else (0, 0)
        )
        for of in ("applications", "invitations", "bans"):
            page, total = shown.people(of, 0, troupe.who)
            assert not page or standing in ("owner", "moderator")
            assert len(page) == total


def test_the_journal_has_every_kind_of_event() -> None:
    troupe = begun("application")
    seen = set()
    for line in (
        "ann rules kind", "ben agrees 1", "eve joins", "ann declines eve", "ann invites eve",
        "ann withdraws eve", "ann makes ben member", "ann bans cat", "ann lifts cat",
        "eve joins", "ann accepts eve", "ann removes eve", "ann closes",
    ):  # fmt: skip
        seen |= {each.split()[1] for each in troupe.speak(line.split())}
    kinds = {str(kind.__struct_config__.tag) for kind in j.CommunityFact.__subclasses__()}
    assert kinds - seen == {"community_logged"}
    troupe.check_replay()


def seen_by(troupe: Troupe, viewer: str) -> object:
    """Return all that somebody may know of the community."""
    seen = rules.visible_to(troupe.state, viewer, troupe.now)
    if seen is None:
        return None
    people = [seen.people(of, 0, troupe.who) for of in get_args(PeopleList)]
    return seen.card(), seen.details(troupe.who), people, troupe.state.log_head


@settings(max_examples=60, deadline=None)
@given(openings, lives)
def test_whoever_is_blocked_cannot_tell_it_from_what_they_are_told(
    how: str, life: list[tuple[str, ...]]
) -> None:
    plain, blocking = begun(how), begun(how)
    blocking.speak(["eve", "blocks", "ann"])
    for line in life:
        if line[0] == "eve" and line[1] in ("joins", "leaves"):
            continue  # what she does of what she knows is her own
        answers = [troupe.speak(line) for troupe in (plain, blocking)]
        if line[0] == "ann":
            told = [[each for each in lines if "told eve" not in each] for lines in answers]
            assert told[0] == told[1]
        assert seen_by(plain, "ann") == seen_by(blocking, "ann")
