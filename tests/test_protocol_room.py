"""How each event changes what a participant sees of a room."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from roomcli.protocol import events as e
from roomcli.protocol.people import REACTIONS, Hand, Person, Role, Speaker
from roomcli.protocol.room import RoomView, evolve_view
from tests.test_protocol_codec import instances

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
    invites={"quiet": "host"},
)


def guest(**changes: Any) -> dict[str, Any]:
    """The stage with the guest changed."""
    return {"stage": {**ON_STAGE, "guest": Speaker(**{**asdict(ON_STAGE["guest"]), **changes})}}


ARRIVAL = Speaker(QUIET, "speaker", 2, 1)
EFFECTS: list[tuple[e.RoomEvent, dict[str, Any]]] = [
    (
        e.ParticipantJoined(person=NEW),
        {"front_row": {"handy": HANDY, "quiet": QUIET, "new": NEW}},
    ),
    (
        e.ParticipantLeft(id="quiet", reason="removed", by="host"),
        {"hands": (FIRST,), "front_row": {"handy": HANDY}, "invites": {}},
    ),
    (e.ParticipantLeft(id="guest"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.ParticipantLeft(id="quiet", reason="moved"), {"front_row": {"handy": HANDY}}),
    (e.HandRaised(person=NEW, at=30.0), {"hands": (FIRST, SECOND, Hand(NEW, 30.0))}),
    (e.HandRaised(person=NEW, at=15.0), {"hands": (FIRST, Hand(NEW, 15.0), SECOND)}),
    (e.HandRaised(person=NEW, at=20.0), {"hands": (FIRST, SECOND, Hand(NEW, 20.0))}),
    (e.HandRaised(person=HANDY, at=30.0), {"hands": (SECOND, Hand(HANDY, 30.0))}),
    (e.HandLowered(id="handy"), {"hands": (SECOND,)}),
    (e.InvitedToStage(id="handy", by="host"), {"invites": {"quiet": "host", "handy": "host"}}),
    (e.InviteSettled(id="quiet", answer="declined"), {"invites": {}}),
    (
        e.StageJoined(speaker=ARRIVAL),
        {
            "stage": {**ON_STAGE, "quiet": ARRIVAL},
            "hands": (FIRST,),
            "front_row": {"handy": HANDY},
            "invites": {},
        },
    ),
    (e.StageLeft(id="guest", by="host"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.Muted(id="guest"), guest(muted=True)),
    (e.Silenced(id="guest", by="host"), guest(silenced=True, muted=True)),
    (e.SpeakerDropped(id="guest"), guest(connected=False, muted=True)),
    (e.SpeakerReturned(id="guest"), guest(muted=True)),
    (e.RoleChanged(id="guest", role="cohost"), guest(role="cohost")),
    (e.RoomLocked(by="host"), {"locked": True}),
    (e.HostAbsent(closes_at=99.0), {"closes_at": 99.0}),
    (e.Pulse(audience=40, reactions={"👏": 3}), {"audience": 40}),
    (e.RoomEnded(reason="ended"), {}),
]


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
        (e.HostAbsent(closes_at=9.0), e.HostPresent()),
        (e.InvitedToStage(id="new", by="host"), e.InviteSettled(id="new", answer="void")),
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
    dropped = evolve_view(VIEW, e.SpeakerDropped(id="guest"))
    returned = evolve_view(dropped, e.SpeakerReturned(id="guest"))
    assert asdict(returned) == {**asdict(VIEW), **guest(muted=True, connected=True)}


@pytest.mark.parametrize(
    "event",
    [
        e.ParticipantLeft(id="nobody"),
        e.ParticipantLeft(id="nobody", reason="moved"),
        e.HandLowered(id="nobody"),
        e.InviteSettled(id="nobody", answer="void"),
        e.StageLeft(id="nobody"),
        e.Muted(id="nobody"),
        e.Unmuted(id="nobody"),
        e.Silenced(id="nobody", by="host"),
        e.SilenceLifted(id="nobody", by="host"),
        e.SpeakerDropped(id="nobody"),
        e.SpeakerReturned(id="nobody"),
        e.RoleChanged(id="nobody", role="host"),
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
    @given(instances(event), st.sampled_from([VIEW, RoomView("empty", "a")]))
    def gives(news: Any, view: RoomView) -> None:
        after = evolve_view(view, news)
        assert isinstance(after, RoomView)
        assert (after.name, after.you, after.access) == (view.name, view.you, view.access)
        assert evolve_view(after, news) == after
        assert [each.at for each in after.hands] == sorted(each.at for each in after.hands)

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


def test_who_is_in_view() -> None:
    view = evolve_view(VIEW, e.HandRaised(person=NEW, at=30.0))
    assert [view.person(id) for id in ("host", "quiet", "new")] == [HOST, QUIET, NEW]
    assert view.person("nobody") is None


def test_reactions_are_text_that_fits_a_command() -> None:
    assert all(0 < len(each) <= 16 for each in REACTIONS)
    assert len(set(REACTIONS)) == len(REACTIONS)
