"""Tests of how each event changes what a participant sees of a room."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from roomcli.protocol import events as e
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import REACTIONS, Hand, Person, Role, Speaker, StageInvitation
from roomcli.protocol.queue import in_order
from roomcli.protocol.settings import HandOrder, RoomSettings
from roomcli.protocol.view import RoomView
from tests.roomcli.protocol.test_codec import FEW, instances
from tests.support.seats import chat_posted

PEOPLE = HOST, GUEST, HANDY, QUIET, NEW = [
    Person(id.upper(), id.title()) for id in ("host", "guest", "handy", "quiet", "new")
]
BROUGHT = {NEW.id: NEW}
ON_STAGE = {
    "host": Speaker("host", "HOST", "host", 0, 3, muted=False),
    "guest": Speaker("guest", "GUEST", "speaker", 1, 7, muted=False),
}
FIRST, SECOND = Hand("handy", "HANDY", 10.0), Hand("quiet", "QUIET", 20.0)
VIEW = RoomView(
    name="standup",
    you="quiet",
    me="QUIET",
    people={each.id: each for each in PEOPLE[:-1]},
    stage=ON_STAGE,
    hands=(FIRST, SECOND),
    front_row={"handy": "HANDY", "quiet": "QUIET"},
    audience=2,
    stage_invitations={"quiet": StageInvitation("QUIET", "HOST")},
)


def hand_up(person: Person, **fields: Any) -> e.HandRaised:
    """Return the event of a hand, which brings somebody new."""
    people = BROUGHT if person == NEW else {}
    return e.HandRaised(id=person.id.lower(), person=person.id, people=people, **fields)


def guest(**changes: Any) -> dict[str, Any]:
    """Return the stage with changes of the guest."""
    return {"stage": {**ON_STAGE, "guest": Speaker(**{**asdict(ON_STAGE["guest"]), **changes})}}


ARRIVAL = Speaker("quiet", "QUIET", "speaker", 2, 1, turn_ends_at=75.0)
HEAD = "0123456789abcdef" * 2
ENTRY = LogEntry(number=1, at=1.0, action="lock", previous="", hash=HEAD)
EFFECTS: list[tuple[e.RoomEvent, dict[str, Any]]] = [
    (
        e.ParticipantJoined(id="new", person="NEW", people=BROUGHT),
        {"front_row": {"handy": "HANDY", "quiet": "QUIET", "new": "NEW"}},
    ),
    (
        e.ParticipantLeft(id="quiet", reason="removed", by="HOST"),
        {"hands": (FIRST,), "front_row": {"handy": "HANDY"}, "stage_invitations": {}},
    ),
    (e.ParticipantLeft(id="guest"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.ParticipantLeft(id="quiet", reason="moved"), {"front_row": {"handy": "HANDY"}}),
    (hand_up(NEW, at=30.0), {"hands": (FIRST, SECOND, Hand("new", "NEW", 30.0))}),
    (hand_up(NEW, at=15.0), {"hands": (FIRST, Hand("new", "NEW", 15.0), SECOND)}),
    (hand_up(NEW, at=20.0), {"hands": (FIRST, SECOND, Hand("new", "NEW", 20.0))}),
    (hand_up(HANDY, at=30.0), {"hands": (SECOND, Hand("handy", "HANDY", 30.0))}),
    (
        hand_up(HANDY, at=10.0, topic="brakes", spoken=3.5),
        {"hands": (Hand("handy", "HANDY", 10.0, "brakes", 3.5), SECOND)},
    ),
    (e.HandLowered(id="handy"), {"hands": (SECOND,)}),
    (e.HandsLowered(by="HOST"), {"hands": ()}),
    (
        e.InvitedToStage(id="handy", person="HANDY", by="HOST"),
        {
            "stage_invitations": {
                "quiet": StageInvitation("QUIET", "HOST"),
                "handy": StageInvitation("HANDY", "HOST"),
            }
        },
    ),
    (e.StageInvitationSettled(id="quiet", answer="declined"), {"stage_invitations": {}}),
    (
        e.StageJoined(speaker=ARRIVAL),
        {
            "stage": {**ON_STAGE, "quiet": ARRIVAL},
            "hands": (FIRST,),
            "front_row": {"handy": "HANDY"},
            "stage_invitations": {},
        },
    ),
    (e.StageLeft(id="guest", by="HOST"), {"stage": {"host": ON_STAGE["host"]}}),
    (e.Muted(id="guest"), guest(muted=True)),
    (e.Silenced(id="guest", by="HOST"), guest(silenced=True, muted=True)),
    (
        e.SpeakerDropped(id="guest", kept_until=40.0),
        guest(connected=False, muted=True, kept_until=40.0),
    ),
    (e.SpeakerReturned(id="guest"), guest(muted=True)),
    (e.TurnSet(id="guest", ends_at=75.0), guest(turn_ends_at=75.0)),
    (e.TurnEnding(id="guest", ends_at=75.0), {}),
    (e.RoleChanged(id="guest", role="cohost"), guest(role="cohost")),
    (e.RoomLocked(by="HOST"), {"locked": True}),
    (e.SettingsChanged(settings=RoomSettings(topic="Brakes"), by="HOST"),
     {"settings": RoomSettings(topic="Brakes")}),
    (e.PasswordChanged(wanted=True, by="HOST"), {"password": True}),
    (chat_posted(QUIET, 1, "hi", 1.0), {}),
    (e.ChatRemoved(number=1, by="HOST"), {}),
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
    expected = {**before, **changes}
    expected["people"] = {each.id: each for each in PEOPLE if each.id in after.named}
    assert asdict(after) == expected
    assert list(after.stage) == list(changes.get("stage", VIEW.stage))
    assert list(after.front_row) == list(changes.get("front_row", VIEW.front_row))
    assert asdict(VIEW) == before


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (e.Muted(id="guest"), e.Unmuted(id="guest")),
        (e.RoomLocked(by="HOST"), e.RoomUnlocked(by="HOST")),
        (e.TurnSet(id="guest", ends_at=75.0), e.TurnSet(id="guest")),
        (
            e.PasswordChanged(wanted=True, by="HOST"),
            e.PasswordChanged(wanted=False, by="HOST"),
        ),
        (
            e.SettingsChanged(settings=RoomSettings(order="fair"), by="HOST"),
            e.SettingsChanged(settings=RoomSettings(), by="HOST"),
        ),
        (e.HostAbsent(closes_at=9.0), e.HostPresent()),
        (
            e.InvitedToStage(id="new", person="NEW", by="HOST", people=BROUGHT),
            e.StageInvitationSettled(id="new", answer="void"),
        ),
        (hand_up(NEW, at=11.0), e.HandLowered(id="new")),
        (e.ParticipantJoined(id="new", person="NEW", people=BROUGHT), e.ParticipantLeft(id="new")),
    ],
)
def test_there_and_back(there: e.RoomEvent, back: e.RoomEvent) -> None:
    assert evolve_view(evolve_view(VIEW, there), back) == VIEW


def test_what_lifts_leaves_the_microphone_muted() -> None:
    silenced = evolve_view(VIEW, e.Silenced(id="guest", by="HOST"))
    lifted = evolve_view(silenced, e.SilenceLifted(id="guest", by="HOST"))
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
        e.Silenced(id="nobody", by="HOST"),
        e.SilenceLifted(id="nobody", by="HOST"),
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
        hand_up(HANDY, at=10.0, spoken=61.0),
        hand_up(QUIET, at=20.0, spoken=2.9),
        hand_up(NEW, at=30.0, spoken=2.1),
    ]
    change = e.SettingsChanged(settings=RoomSettings(order=order), by="HOST")
    for position in range(4):
        after = view
        for event in [*raised[:position], change, *raised[position:]]:
            after = evolve_view(after, event)
        assert [hand.id for hand in after.hands] == queue
        assert [after.place_in_queue(id) for id in queue] == [1, 2, 3]


def test_the_first_cohost_who_is_there_succeeds() -> None:
    assert VIEW.successor is None
    assert VIEW.host == ON_STAGE["host"]
    stage = {
        "host": ON_STAGE["host"],
        "new": Speaker("new", "NEW", "cohost", 2, 1, connected=False, kept_until=40.0),
        "guest": Speaker("guest", "GUEST", "cohost", 1, 7),
        "quiet": Speaker("quiet", "QUIET", "cohost", 3, 1),
    }
    view = RoomView("standup", "quiet", stage=stage)
    assert view.successor == stage["guest"]
    returned = evolve_view(view, e.SpeakerReturned(id="new"))
    assert returned.successor == returned.stage["new"]
    assert evolve_view(view, e.ParticipantLeft(id="host")).host is None


def test_who_is_in_view() -> None:
    view = evolve_view(VIEW, hand_up(NEW, at=30.0))
    for id in ("host", "quiet", "new"):
        person = view.person(id)
        assert person == view.people[id.upper()] == view.person(id.upper())
    assert view.person("nobody") is None


def test_a_view_has_whom_it_names_and_nobody_else() -> None:
    assert VIEW.people.keys() == VIEW.named
    gone = evolve_view(VIEW, e.ParticipantLeft(id="guest"))
    assert gone.people.keys() == VIEW.people.keys() - {"GUEST"}
    fewer = evolve_view(gone, e.ParticipantLeft(id="host"))
    assert "HOST" in fewer.people  # who invites somebody, though they left
    declined = evolve_view(fewer, e.StageInvitationSettled(id="quiet", answer="declined"))
    assert "HOST" not in declined.people
    me = evolve_view(
        evolve_view(declined, e.HandLowered(id="quiet")), e.ParticipantLeft(id="quiet")
    )
    assert "QUIET" in me.people  # oneself


def test_who_changes_is_shown_anew_everywhere_at_once() -> None:
    changed = Person("HANDY", "Handyman", "mends things", tail="b7e1")
    view = evolve_view(VIEW, e.PersonChanged(person=changed))
    assert view.person("handy") == view.shown(view.hands[0]) == changed
    assert (view.hands, view.front_row) == (VIEW.hands, VIEW.front_row)
    assert evolve_view(VIEW, e.PersonChanged(person=NEW)) == VIEW


def test_whom_a_server_never_named_is_shown_by_the_id() -> None:
    view = evolve_view(VIEW, e.HandRaised(id="x", person="nobody", at=1.0))
    assert view.shown(view.hands[0]).name == "nobody"
    assert view.people.keys() == VIEW.people.keys()


def test_reactions_are_text_that_fits_a_command() -> None:
    assert all(0 < len(each) <= 16 for each in REACTIONS)
    assert len(set(REACTIONS)) == len(REACTIONS)
