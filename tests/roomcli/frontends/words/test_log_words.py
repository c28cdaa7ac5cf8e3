"""Tests of the moderation log in words; it and its events say a thing only once."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from roomcli.frontends.words.log_words import entry_line
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.moderation_log import Action, FormerAction, LogEntry, root, sealed
from roomcli.protocol.people import Person

from ....support.fake_room import OPENED_AT, WALL, YOU, entered
from ....support.seats import stage_joined
from .test_happenings import ANN, BEN, ME, ZED, lines


def logged(
    action: str,
    *,
    actor: Person | None = None,
    target: Person | None = None,
    detail: str = "",
    reason: str = "",
    after: e.ModerationLogged | None = None,
) -> e.ModerationLogged:
    """Make the event with an entry of the log, which comes before the events it speaks of."""
    entry = LogEntry(
        number=after.entry.number + 1 if after else 1,
        at=WALL,
        action=action,
        actor=actor,
        target=target,
        detail=detail,
        reason=reason,
        previous=after.entry.hash if after else root("standup", OPENED_AT),
    )
    return e.ModerationLogged(entry=sealed(entry))


def test_succession_tells_who_dropped_and_who_is_back() -> None:
    dropped = e.SpeakerDropped(id="ann1", kept_until=WALL + 30)
    succession = logged("succession", target=BEN)
    assert lines(
        entered("listener"),
        dropped,
        e.ParticipantLeft(id="ann1", reason="lost"),
        succession,
        e.RoleChanged(id="ben1", role="host"),
        logged("host_returned", target=ANN, after=succession),
        e.RoleChanged(id="ben1", role="cohost"),
        stage_joined(ANN, "host", 0, 1),
    ) == [
        "Ann Lindqvist (host) lost the connection",
        "Ann Lindqvist (host) lost the connection and is gone",
        "Ann Lindqvist dropped: Ben Okafor is host now",
        "The server made Ann Lindqvist, who is back, host again",
        "Ben Okafor is co-host again",
        "Ann Lindqvist (host) came on stage",
    ]


@pytest.mark.parametrize(("reason", "how"), [("left", "left"), ("lost", "dropped")])
def test_an_heir_hears_what_became_of_the_host(reason: str, how: str) -> None:
    left = msgspec.convert(
        {"event": "participant_left", "id": "ann1", "reason": reason}, e.ParticipantLeft
    )
    assert lines(entered("cohost"), left, e.RoleChanged(id=YOU, role="host"))[-1] == (
        f"You are host now: Ann Lindqvist {how}"
    )


def test_a_guest_who_leaves_is_not_the_host() -> None:
    events = (e.ParticipantLeft(id="cho1"), e.RoleChanged(id="ben1", role="host"))
    told = lines(entered("listener"), *events)
    assert told == ["Cho Min-seo left", "Ann Lindqvist dropped: Ben Okafor is host now"]


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (
            (
                logged("silence", actor=ANN, target=BEN, reason="too loud"),
                e.Silenced(id="ben1", by="ANN1"),
            ),
            ["Ann Lindqvist (host) silenced Ben Okafor (co-host): too loud"],
        ),
        (
            (
                logged("silence", actor=ANN, target=BEN, reason="too loud"),
                e.Silenced(id="cho1", by="ANN1"),
            ),
            ["Ann Lindqvist (host) silenced Cho Min-seo"],
        ),
        (
            (
                logged("move_to_audience", actor=ANN, target=ME, reason="thanks"),
                e.StageLeft(id=YOU, by="ANN1", reason="moved"),
            ),
            ["Ann Lindqvist (host) moved you to the audience: thanks"],
        ),
        (
            (
                logged("ban", actor=ANN, target=BEN, detail="for 3 days", reason="spam"),
                e.ParticipantLeft(id="ben1", reason="banned", by="ANN1"),
            ),
            ["Ann Lindqvist (host) banned Ben Okafor (co-host) (for 3 days): spam"],
        ),
        ((logged("remove", actor=ANN, target=ME, reason="spam"),), []),
        ((logged("unban", actor=ANN, target=ZED),), ["Ann Lindqvist (host) lifted the ban of Zed"]),
        # Of who is away nothing else tells.
        (
            (logged("lift_silence", actor=ANN, target=ZED),),
            ["Ann Lindqvist (host) let Zed speak again"],
        ),
        (
            (logged("move_to_audience", actor=ANN, target=ZED),),
            ["Ann Lindqvist (host) moved Zed to the audience"],
        ),
        (
            (logged("make_room_invite", actor=ME, detail="speaker"),),
            ["You made an invite (speaker)"],
        ),
        ((logged("tidy_up {actor.key}", target=ZED),), ["The server: tidy up {actor.key} Zed"]),
        (
            (
                logged("end_room", actor=ANN, reason="thank you"),
                e.RoomEnded(reason="ended", by="ANN1"),
            ),
            ["The room was ended: thank you"],
        ),
        (
            (
                logged("silence", actor=ANN, target=BEN, reason="too loud"),
                e.RoomEnded(reason="ended", by="ANN1"),
            ),
            ["The room was ended"],
        ),
    ],
)
def test_the_log_and_its_events_say_a_thing_once(
    events: tuple[local.ChannelEvent, ...], told: list[str]
) -> None:
    assert lines(entered("speaker"), *events) == told


@pytest.mark.parametrize("action", [*get_args(Action), *get_args(FormerAction)])
def test_every_action_has_words_of_its_own(action: str) -> None:
    entry = LogEntry(number=1, at=WALL, action=action, actor=BEN, target=ZED, previous="")
    plain = LogEntry(number=1, at=WALL, action="tidy_up", actor=BEN, target=ZED, previous="")
    assert entry_line(plain).startswith("Ben Okafor: tidy up")
    assert entry_line(entry).startswith("Ben Okafor ")
