"""Tests of communities in lines of text."""

from __future__ import annotations

from roomcli.frontends.words.community_words import (
    STANDING_WORDS,
    answer_lines,
    application_line,
    community_lines,
    standing_line,
)
from roomcli.frontends.words.happenings import Moment, describe
from roomcli.protocol import events as e
from roomcli.protocol.community import CommunityCard, CommunityDetails, CommunityPerson
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import BanNotice, Person

ANN, BEN = Person("a1", "Ann"), Person("b1", "Ben")


def test_a_stranger_reads_what_it_is_and_its_rules() -> None:
    community = CommunityDetails(
        id="c1",
        name="Bee Folk",
        summary="All about bees",
        about=("We meet on Tuesdays.",),
        rules=("Be kind", "Listen"),
        rules_version=1,
        entry="application",
        members=2,
        owners=(ANN,),
    )
    assert list(community_lines(community)) == [
        "Bee Folk; 2 members; All about bees",
        "We meet on Tuesdays.",
        "Joining: one applies to join",
        "Owners: Ann",
        "Rules:",
        "  1. Be kind",
        "  2. Listen",
    ]


def test_a_member_reads_of_changed_rules_rooms_and_who_would_follow() -> None:
    community = CommunityDetails(
        id="c1",
        name="Bee Folk",
        members=1,
        hidden=True,
        you="moderator",
        rules=("Be kind",),
        rules_version=2,
        agreed=1,
        rooms=("hive",),
        successor=BEN,
        applications=3,
    )
    lines = list(community_lines(community))
    assert lines[0] == "Bee Folk; 1 member; you moderate it; hidden"
    assert lines[2:] == [
        "Rules (they have changed since you agreed):",
        "  1. Be kind",
        "Rooms: hive (moderators open them)",
        "If the owner goes, Ben becomes owner",
        "Waiting for an answer: 3",
    ]
    ban = BanNotice(key="", name="", at=0.0, reason="spam")
    banned = CommunityDetails(id="c1", name="Bee Folk", you="banned", ban=ban)
    assert "You are banned: spam" in list(community_lines(banned))


def test_answers_are_read_out() -> None:
    listed = e.CommunitiesListed(
        of="mine", communities=(CommunityCard(id="c1", name="Bee Folk", you="invited"),), total=1
    )
    assert list(answer_lines(listed)) == [
        "1 community",
        "Bee Folk; 0 members; you are invited (c1)",
    ]
    people = e.CommunityPeople(
        community="c1",
        of="members",
        people=(
            CommunityPerson(person=ANN, at=0.0, role="owner"),
            CommunityPerson(person=BEN, at=0.0, role="member"),
        ),
        total=2,
    )
    assert list(answer_lines(people)) == ["2 members", "Ann (a1); owner", "Ben (b1)"]
    entries = (
        LogEntry(
            number=3, at=0.0, action="ban", actor=ANN, target=BEN, detail="for good",
            reason="spam", previous="",
        ),
        LogEntry(number=4, at=0.0, action="succession", target=BEN, previous=""),
    )  # fmt: skip
    log = e.CommunityLog(
        community="c1", entries=entries, chained_to="community c1", founded_at=0.0, more=True
    )
    assert list(answer_lines(log)) == [
        "3. Ann: ban Ben (for good): spam",
        "4. The server: succession Ben",
        "It goes on after number 4",
    ]


def test_news_is_one_loud_line_wherever_one_is() -> None:
    news = e.StandingChanged(
        community="c1", name="Bee Folk", you="member", why="accepted", text="you are a member now"
    )
    assert standing_line(news) == "Bee Folk: you are a member now"
    applied = e.ApplicationMade(
        community="c1", name="Bee Folk", person=BEN, note="I keep bees", waiting=2
    )
    assert application_line(applied) == "Bee Folk: Ben would like to join: I keep bees (2 wait)"
    for event in (news, applied):
        line = describe(event, None, None, Moment())
        assert line is not None
        assert line.weight == "loud"


def test_every_standing_has_words() -> None:
    assert all(words for standing, words in STANDING_WORDS.items() if standing != "stranger")
