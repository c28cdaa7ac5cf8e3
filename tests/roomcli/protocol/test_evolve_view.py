"""Tests of how each event changes what a participant sees of a room."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import REACTIONS, Hand, Person, Role, Speaker
from roomcli.protocol.queue import in_order
from roomcli.protocol.settings import HandOrder, RoomSettings
from roomcli.protocol.view import RoomView
from tests.roomcli.protocol.test_codec import FEW, instances

HOST, GUEST, HANDY, QUIET, NEW = (
    Person(id, id.title()) for id in ("host", "guest", "handy", "quiet", "new")
)
ON_STAGE = {
    "host": Speaker(HOST, "host", 0, 3, muted=False),
    "guest": Speaker(GUEST, "speaker", 1, 7, muted=False),
}
FIRST, SECOND = Hand(HANDY, 10.0), Hand(QUIET, 20.0)
VIEW = RoomView(
    name="standup",
    you="quiet",
    stage=ON_STAGE,
    hands=(FIRST, SECOND),
    front_row={"handy": HANDY, "quiet": QUIET},
    audience=2,
    stage_invitations={"quiet": "host"},
)


def guest(**changes: Any) -> dict[str, Any]:
    """Return the stage with changes of the guest."""
    return {"stage": {**ON_STAGE, "guest": Speaker(**{**asdict(ON_STAGE["guest"]), **changes})}}


ARRIVAL = Speaker(QUIET, "speaker", 2, 1, turn_ends_at=75.0)
HEAD = "0123456789abcdef" * 2
ENTRY = LogEntry(number=1, at=1.0, action="lock", previous="", hash=HEAD)
EFFECTS: list[tuple[e.RoomEvent, dict[str, Any]]] = [
    (
        e.ParticipantJoined(person=NEW),
        {"front_row": {"handy": HANDY, "quiet": QUIET, "new": NEW}},
    ),
    (
        e.ParticipantLeft(id="quiet", reason="removed", by="host"),
        {"hands": (FIRST,), "front_row": {"handy": HANDY}, "stage_invitations": {}},
    ),
    (e.ParticipantLeft(id="guest"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.ParticipantLeft(id="quiet", reason="moved"), {"front_row": {"handy": HANDY}}),
    (e.HandRaised(person=NEW, at=30.0), {"hands": (FIRST, SECOND, Hand(NEW, 30.0))}),
    (e.HandRaised(person=NEW, at=15.0), {"hands": (FIRST, Hand(NEW, 15.0), SECOND)}),
    (e.HandRaised(person=NEW, at=20.0), {"hands": (FIRST, SECOND, Hand(NEW, 20.0))}),
    (e.HandRaised(person=HANDY, at=30.0), {"hands": (SECOND, Hand(HANDY, 30.0))}),
    (
        e.HandRaised(person=HANDY, at=10.0, topic="brakes", spoken=3.5),
        {"hands": (Hand(HANDY, 10.0, "brakes", 3.5), SECOND)},
    ),
    (e.HandLowered(id="handy"), {"hands": (SECOND,)}),
    (e.HandsLowered(by="host"), {"hands": ()}),
    (
        e.InvitedToStage(id="handy", by="host"),
        {"stage_invitations": {"quiet": "host", "handy": "host"}},
    ),
    (e.StageInvitationSettled(id="quiet", answer="declined"), {"stage_invitations": {}}),
    (
        e.StageJoined(speaker=ARRIVAL),
        {
            "stage": {**ON_STAGE, "quiet": ARRIVAL},
            "hands": (FIRST,),
            "front_row": {"handy": HANDY},
            "stage_invitations": {},
        },
    ),
    (e.StageLeft(id="guest", by="host"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.Muted(id="guest"), guest(muted=True)),
    (e.Silenced(id="guest", by="host"), guest(silenced=True, muted=True)),
    (
        e.SpeakerDropped(id="guest", kept_until=40.0),
        guest(connected=False, muted=True, kept_until=40.0),
    ),
    (e.SpeakerReturned(id="guest"), guest(muted=True)),
    (e.TurnSet(id="guest", ends_at=75.0), guest(turn_ends_at=75.0)),
    (e.TurnEnding(id="guest", ends_at=75.0), {}),
    (e.RoleChanged(id="guest", role="cohost"), guest(role="cohost")),
    (e.RoomLocked(by="host"), {"locked": True}),
    (e.SettingsChanged(settings=RoomSettings(topic="Brakes"), by="host"),
     {"settings": RoomSettings(topic="Brakes")}),
    (e.PasswordChanged(wanted=True, by="host"), {"password": True}),
    (e.ChatPosted(message=ChatMessage(number=1, person=QUIET, text="hi", at=1.0)), {}),
    (e.ChatRemoved(number=1, by="host"), {}),
    (e.ModerationLogged(entry=ENTRY), {"log": HEAD}),
    (e.Muted(id="guest", log=HEAD), {**guest(muted=True), "log": HEAD}),
    (e.HostAbsent(closes_at=99.0), {"closes_at": 99.0}),
    (e.Pulse(audience=40, reactions={"👏": 3}), {"audience": 40}),
    (
        e.Pulse(audience=2, spoken={"guest": 12.5, "quiet": 3.0, "nobody": 1.0}),
        guest(spoken=12.5),
    ),
    (e.RoomEnded(reason="ended"), {}),
]  # fmt: skip


@pytest.mark.parametrize(("event", "changes"), EFFECTS, ids=lambda each: type(each).__name__)
def test_what_an_event_changes(event: e.RoomEvent, changes: dict[str, Any]) -> None:
    before = asdict(VIEW)
    after = evolve_view(VIEW, event)
    assert asdict(after) == {**before, **changes}
    assert list(after.stage) == list(changes.get("stage", VIEW.stage))
    assert list(after.front_row) == list(changes.get("front_row", VIEW.front_row))
    assert asdict(VIEW) == before


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (e.Muted(id="guest"), e.Unmuted(id="guest")),
        (e.RoomLocked(by="host"), e.RoomUnlocked(by="host")),
        (e.TurnSet(id="guest", ends_at=75.0), e.TurnSet(id="guest")),
        (
            e.PasswordChanged(wanted=True, by="host"),
            e.PasswordChanged(wanted=False, by="host"),
        ),
        (
            e.SettingsChanged(settings=RoomSettings(order="fair"), by="host"),
            e.SettingsChanged(settings=RoomSettings(), by="host"),
        ),
        (e.HostAbsent(closes_at=9.0), e.HostPresent()),
        (e.InvitedToStage(id="new", by="host"), e.StageInvitationSettled(id="new", answer="void")),
        (e.HandRaised(person=NEW, at=11.0), e.HandLowered(id="new")),
        (e.ParticipantJoined(person=NEW), e.ParticipantLeft(id="new")),
    ],
)
def test_there_and_back(there: e.RoomEvent, back: e.RoomEvent) -> None:
    assert evolve_view(evolve_view(VIEW, there), back) == VIEW


def test_what_lifts_leaves_the_microphone_muted() -> None:
    silenced = evolve_view(VIEW, e.Silenced(id="guest", by="host"))
    lifted = evolve_view(silenced, e.SilenceLifted(id="guest", by="host"))
    assert asdict(lifted) == {**asdict(VIEW), **guest(muted=True, silenced=False)}
    dropped = evolve_view(VIEW, e.SpeakerDropped(id="guest", kept_until=40.0))
    returned = evolve_view(dropped, e.SpeakerReturned(id="guest"))
    assert asdict(returned) == {**asdict(VIEW), **guest(muted=True, connected=True)}


@pytest.mark.parametrize(
    "event",
    [
        e.ParticipantLeft(id="nobody"),
        e.ParticipantLeft(id="nobody", reason="moved"),
        e.HandLowered(id="nobody"),
        e.StageInvitationSettled(id="nobody", answer="void"),
        e.StageLeft(id="nobody"),
        e.Muted(id="nobody"),
        e.Unmuted(id="nobody"),
        e.Silenced(id="nobody", by="host"),
        e.SilenceLifted(id="nobody", by="host"),
        e.SpeakerDropped(id="nobody", kept_until=40.0),
        e.SpeakerReturned(id="nobody"),
        e.RoleChanged(id="nobody", role="host"),
        e.TurnSet(id="nobody", ends_at=75.0),
        e.TurnSet(id="handy", ends_at=75.0),
        e.Unmuted(id="handy"),
        e.RoleChanged(id="handy", role="host"),
        e.StageLeft(id="handy"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_people_who_are_not_there_change_nothing(event: e.RoomEvent) -> None:
    assert evolve_view(VIEW, event) == VIEW


@pytest.mark.parametrize("event", get_args(e.RoomEvent), ids=lambda each: each.__name__)
def test_every_event_gives_a_view(event: type[Any]) -> None:
    @FEW
    @given(instances(event), st.sampled_from([VIEW, RoomView("empty", "a")]))
    def gives(news: Any, view: RoomView) -> None:
        after = evolve_view(view, news)
        assert isinstance(after, RoomView)
        assert (after.name, after.you, after.access) == (view.name, view.you, view.access)
        assert evolve_view(after, news) == after
        assert after.hands == in_order(after.hands, after.settings.order)
        told = news.entry.hash if isinstance(news, e.ModerationLogged) else ""
        assert after.log == (news.log or told)

    gives()


@pytest.mark.parametrize(
    ("you", "role", "moderates"),
    [("host", "host", True), ("guest", "speaker", False), ("quiet", "listener", False)],
)
def test_who_one_is(you: str, role: Role, moderates: bool) -> None:
    view = RoomView(**{**asdict(VIEW), "you": you})
    assert (view.role, view.is_moderator) == (role, moderates)


def test_a_cohost_moderates() -> None:
    view = evolve_view(VIEW, e.RoleChanged(id="guest", role="cohost"))
    assert RoomView(**{**asdict(view), "you": "guest"}).is_moderator


def test_places_in_the_queue() -> None:
    assert [VIEW.place_in_queue(id) for id in ("handy", "quiet", "host")] == [1, 2, None]


@pytest.mark.parametrize(
    ("order", "queue"), [("fifo", ["handy", "quiet", "new"]), ("fair", ["quiet", "new", "handy"])]
)
def test_a_change_of_order_and_every_hand_after_it_sorts_the_queue(
    order: HandOrder, queue: list[str]
) -> None:
    view = RoomView("standup", "quiet")
    raised: list[e.RoomEvent] = [
        e.HandRaised(person=HANDY, at=10.0, spoken=61.0),
        e.HandRaised(person=QUIET, at=20.0, spoken=2.9),
        e.HandRaised(person=NEW, at=30.0, spoken=2.1),
    ]
    change = e.SettingsChanged(settings=RoomSettings(order=order), by="host")
    for position in range(4):
        after = view
        for event in [*raised[:position], change, *raised[position:]]:
            after = evolve_view(after, event)
        assert [hand.person.id for hand in after.hands] == queue
        assert [after.place_in_queue(id) for id in queue] == [1, 2, 3]


def test_the_first_cohost_who_is_there_succeeds() -> None:
    assert VIEW.successor is None
    assert VIEW.host == ON_STAGE["host"]
    stage = {
        "host": ON_STAGE["host"],
        "new": Speaker(NEW, "cohost", 2, 1, connected=False, kept_until=40.0),
        "guest": Speaker(GUEST, "cohost", 1, 7),
        "quiet": Speaker(QUIET, "cohost", 3, 1),
    }
    view = RoomView("standup", "quiet", stage=stage)
    assert view.successor == stage["guest"]
    returned = evolve_view(view, e.SpeakerReturned(id="new"))
    assert returned.successor == returned.stage["new"]
    assert evolve_view(view, e.ParticipantLeft(id="host")).host is None


def test_who_is_in_view() -> None:
    view = evolve_view(VIEW, e.HandRaised(person=NEW, at=30.0))
    assert [view.person(id) for id in ("host", "quiet", "new")] == [HOST, QUIET, NEW]
    assert view.person("nobody") is None


def test_reactions_are_text_that_fits_a_command() -> None:
    assert all(0 < len(each) <= 16 for each in REACTIONS)
    assert len(set(REACTIONS)) == len(REACTIONS)
