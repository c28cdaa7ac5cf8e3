"""What a participant may know of a room, and how each event changes it.

The server sends a whole :class:`RoomView` on joining and then events; both sides advance it with
the same pure :func:`evolve_view`. The server's tests hold that against its own state.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from .people import MODERATORS, Count, Hand, Person, Role, Seconds, Speaker
from .settings import HandOrder, RoomSettings

if TYPE_CHECKING:
    from .events import RoomEvent


T = TypeVar("T")


class RoomView(Struct, frozen=True):
    """A room as one participant sees it.

    ``stage`` is in order of coming on; ``hands`` is the queue, the next first; ``front_row`` are
    the first people of the audience as of the last pulse, ``audience`` how many there are in all.
    ``invites`` maps who is invited on stage to who asked: all of them for moderators, one's own
    for everybody else. ``closes_at`` is set while nobody is there who may moderate. ``password``
    says whether coming in takes one; ``log`` is the hash of the moderation log's newest entry.
    """

    name: str
    you: str
    stage: dict[str, Speaker] = {}
    hands: tuple[Hand, ...] = ()
    front_row: dict[str, Person] = {}
    audience: Count = 0
    invites: dict[str, str] = {}
    settings: RoomSettings = RoomSettings()
    locked: bool = False
    password: bool = False
    access: str = "open"
    closes_at: Seconds | None = None
    log: str = ""

    @property
    def role(self) -> Role:
        """The viewer's own role."""
        speaker = self.stage.get(self.you)
        return speaker.role if speaker else "listener"

    @property
    def is_moderator(self) -> bool:
        """Whether the viewer may moderate."""
        return self.role in MODERATORS

    @property
    def host(self) -> Speaker | None:
        """Whoever leads the room; None while nobody does."""
        return next((each for each in self.stage.values() if each.role == "host"), None)

    @property
    def successor(self) -> Speaker | None:
        """Who becomes host if the host drops: the co-host who has been on stage the longest."""
        return successor(self.stage.values())

    def place_in_queue(self, id: str) -> int | None:
        """1 for the next hand to be accepted; None without a hand."""
        for place, hand in enumerate(self.hands, 1):
            if hand.person.id == id:
                return place
        return None

    def person(self, id: str) -> Person | None:
        """Whoever of the visible people has this id."""
        if id in self.stage:
            return self.stage[id].person
        if id in self.front_row:
            return self.front_row[id]
        return next((hand.person for hand in self.hands if hand.person.id == id), None)


def cut_off(view: RoomView) -> RoomView:
    """The view when the link to the server is lost: the viewer is muted and not connected, as the
    server has it too; of everybody else it says what was known last."""
    me = view.stage.get(view.you)
    if me is None:
        return view
    return replace(view, stage={**view.stage, view.you: replace(me, muted=True, connected=False)})


def evolve_view(view: RoomView, event: RoomEvent) -> RoomView:
    """The view after ``event``. Events about people who are not in view change nothing."""
    changed = _evolved(view, event)
    return replace(changed, log=event.log) if event.log not in ("", changed.log) else changed


def _evolved(view: RoomView, event: RoomEvent) -> RoomView:
    from . import events as e

    match event:
        case e.ParticipantJoined(person=person):
            return replace(view, front_row={**view.front_row, person.id: person})
        case e.ParticipantLeft(id=id, reason="moved"):
            return replace(view, front_row=without(view.front_row, id))
        case e.ParticipantLeft(id=id):
            return replace(
                view,
                stage=without(view.stage, id),
                hands=without_hand(view.hands, id),
                front_row=without(view.front_row, id),
                invites=without(view.invites, id),
            )
        case e.PersonChanged(person=person):
            return _with_person(view, person)
        case e.HandRaised(person=person, at=at, line=line, spoken=spoken):
            hand = Hand(person, at, line, spoken)
            return replace(view, hands=with_hand(view.hands, hand, view.settings.order))
        case e.HandLowered(id=id):
            return replace(view, hands=without_hand(view.hands, id))
        case e.HandsLowered():
            return replace(view, hands=())
        case e.InvitedToStage(id=id, by=by):
            return replace(view, invites={**view.invites, id: by})
        case e.InviteSettled(id=id):
            return replace(view, invites=without(view.invites, id))
        case e.StageJoined(speaker=speaker):
            id = speaker.person.id
            return replace(
                view,
                stage={**view.stage, id: speaker},
                hands=without_hand(view.hands, id),
                front_row=without(view.front_row, id),
                invites=without(view.invites, id),
            )
        case e.StageLeft(id=id):
            return replace(view, stage=without(view.stage, id))
        case e.Muted(id=id):
            return _with_speaker(view, id, muted=True)
        case e.Unmuted(id=id):
            return _with_speaker(view, id, muted=False)
        case e.Silenced(id=id):
            return _with_speaker(view, id, silenced=True, muted=True)
        case e.SilenceLifted(id=id):
            return _with_speaker(view, id, silenced=False)
        case e.SpeakerDropped(id=id, kept_until=until):
            return _with_speaker(view, id, connected=False, muted=True, kept_until=until)
        case e.SpeakerReturned(id=id):
            return _with_speaker(view, id, connected=True, muted=True, kept_until=None)
        case e.RoleChanged(id=id, role=role):
            return _with_speaker(view, id, role=role)
        case e.TurnSet(id=id, ends_at=ends_at):
            return _with_speaker(view, id, turn_ends_at=ends_at)
        case e.RoomLocked():
            return replace(view, locked=True)
        case e.RoomUnlocked():
            return replace(view, locked=False)
        case e.SettingsChanged(settings=settings):
            hands = in_order(view.hands, settings.order)
            return replace(view, settings=settings, hands=hands)
        case e.PasswordChanged(wanted=wanted):
            return replace(view, password=wanted)
        case e.HostAbsent(closes_at=closes_at):
            return replace(view, closes_at=closes_at)
        case e.HostPresent():
            return replace(view, closes_at=None)
        case e.Pulse(audience=audience, spoken=spoken):
            for id, seconds in spoken.items():
                view = _with_speaker(view, id, spoken=seconds)
            return replace(view, audience=audience)
        case e.ModerationLogged(entry=entry):
            return replace(view, log=entry.hash)
        case e.TurnEnding() | e.ChatPosted() | e.ChatRemoved() | e.RoomEnded():
            return view


def without(mapping: dict[str, T], id: str) -> dict[str, T]:
    """A copy lacking ``id``; the same object when it is not in there."""
    if id not in mapping:
        return mapping
    return {key: value for key, value in mapping.items() if key != id}


def in_order(hands: Iterable[Hand], order: HandOrder) -> tuple[Hand, ...]:
    """The queue as the room wants it: by time of raising, or by time spoken and then of raising.

    Whole seconds are compared, so that a cough costs nobody a place.
    """
    if order == "fair":
        return tuple(sorted(hands, key=lambda hand: (int(hand.spoken), hand.at)))
    return tuple(sorted(hands, key=lambda hand: hand.at))


def with_hand(hands: tuple[Hand, ...], hand: Hand, order: HandOrder) -> tuple[Hand, ...]:
    """The queue with one more hand; a person has one hand, and another line keeps its place."""
    here = tuple(hand if each.person.id == hand.person.id else each for each in hands)
    return in_order(here if hand in here else (*here, hand), order)


def without_hand(hands: tuple[Hand, ...], id: str) -> tuple[Hand, ...]:
    """The queue without this person's hand."""
    if all(hand.person.id != id for hand in hands):
        return hands
    return tuple(hand for hand in hands if hand.person.id != id)


def renewed(hands: tuple[Hand, ...], person: Person) -> tuple[Hand, ...]:
    """The queue with this person as they are shown now."""
    if all(hand.person.id != person.id for hand in hands):
        return hands
    return tuple(
        replace(hand, person=person) if hand.person.id == person.id else hand for hand in hands
    )


def successor(stage: Iterable[Speaker]) -> Speaker | None:
    """The first co-host on a stage who is there; succession is never by chance."""
    return next((each for each in stage if each.role == "cohost" and each.connected), None)


def _with_speaker(view: RoomView, id: str, **changes: object) -> RoomView:
    speaker = view.stage.get(id)
    if speaker is None:
        return view
    return replace(view, stage={**view.stage, id: replace(speaker, **changes)})


def _with_person(view: RoomView, person: Person) -> RoomView:
    view = _with_speaker(view, person.id, person=person)
    hands, front_row = renewed(view.hands, person), view.front_row
    if person.id in front_row:
        front_row = {**front_row, person.id: person}
    return replace(view, hands=hands, front_row=front_row)
