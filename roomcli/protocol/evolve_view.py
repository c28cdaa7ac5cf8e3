"""How each event changes what a participant sees of a room.

Server and client advance a view with the same pure :func:`evolve_view`. The server's tests compare
its result with the server's own state.
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from . import events as e
from .people import Hand, Person, StageInvitation
from .queue import in_order, with_hand, without_hand
from .view import RoomView

T = TypeVar("T")

_NAMING = ("stage", "hands", "front_row", "stage_invitations")
"""The fields of a view that name people."""


def cut_off(view: RoomView) -> RoomView:
    """Return the view for a lost link: the viewer is muted and not connected.

    The server has it so too. About everybody else, the view keeps what was known last.
    """
    me = view.stage.get(view.you)
    if me is None:
        return view
    return replace(view, stage={**view.stage, view.you: replace(me, muted=True, connected=False)})


def evolve_view(view: RoomView, event: e.RoomEvent) -> RoomView:
    """Return the view after ``event``. Events about people who are not in view change nothing.

    Whom nothing names any more is dropped from ``people``.
    """
    changed = _with_people(_evolved(view, event), view, getattr(event, "people", {}))
    return replace(changed, log=event.log) if event.log not in ("", changed.log) else changed


def _evolved(view: RoomView, event: e.RoomEvent) -> RoomView:
    match event:
        case e.ParticipantJoined(id=id, person=person):
            return replace(view, front_row={**view.front_row, id: person})
        case e.ParticipantLeft(id=id, reason="moved"):
            return replace(view, front_row=without(view.front_row, id))
        case e.ParticipantLeft(id=id):
            return replace(
                view,
                stage=without(view.stage, id),
                hands=without_hand(view.hands, id),
                front_row=without(view.front_row, id),
                stage_invitations=without(view.stage_invitations, id),
            )
        case e.PersonChanged(person=person):
            if person.id not in view.people:
                return view
            return replace(view, people={**view.people, person.id: person})
        case e.HandRaised(id=id, person=whose, at=at, topic=topic, spoken=spoken):
            hand = Hand(id, whose, at, topic, spoken)
            return replace(view, hands=with_hand(view.hands, hand, view.settings.order))
        case e.HandLowered(id=id):
            return replace(view, hands=without_hand(view.hands, id))
        case e.HandsLowered():
            return replace(view, hands=())
        case e.InvitedToStage(id=id, person=guest, by=by):
            invitations = {**view.stage_invitations, id: StageInvitation(guest, by)}
            return replace(view, stage_invitations=invitations)
        case e.StageInvitationSettled(id=id):
            return replace(view, stage_invitations=without(view.stage_invitations, id))
        case e.StageJoined(speaker=speaker):
            id = speaker.id
            return replace(
                view,
                stage={**view.stage, id: speaker},
                hands=without_hand(view.hands, id),
                front_row=without(view.front_row, id),
                stage_invitations=without(view.stage_invitations, id),
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
        case e.FactEvent(facts=facts):
            return replace(view, **facts)
        case e.SettingsChanged(settings=settings):
            hands = in_order(view.hands, settings.order)
            return replace(view, settings=settings, hands=hands)
        case e.PasswordChanged(wanted=wanted):
            return replace(view, password=wanted)
        case e.Pulse(audience=audience, spoken=spoken):
            for id, seconds in spoken.items():
                view = _with_speaker(view, id, spoken=seconds)
            return replace(view, audience=audience)
        case e.ModerationLogged(entry=entry):
            return replace(view, log=entry.hash)
        case e.Knocked(knockers=knockers):
            return replace(view, knockers={**view.knockers, **knockers})
        case e.KnockSettled(person=id):
            return replace(view, knockers=without(view.knockers, id))
        case e.TurnEnding() | e.ChatPosted() | e.ChatRemoved() | e.RoomEnded():
            return view


def without(mapping: dict[str, T], id: str) -> dict[str, T]:
    """Return a copy without ``id``; the same object when ``id`` is not in it."""
    if id not in mapping:
        return mapping
    left = mapping.copy()  # several times faster than to leave one out
    del left[id]
    return left


def _with_speaker(view: RoomView, id: str, **changes: object) -> RoomView:
    speaker = view.stage.get(id)
    if speaker is None:
        return view
    return replace(view, stage={**view.stage, id: replace(speaker, **changes)})


def _with_people(view: RoomView, before: RoomView, brought: dict[str, Person]) -> RoomView:
    """Return the view with exactly those people whom it names, old ones and ``brought`` ones."""
    if not brought and all(getattr(view, name) is getattr(before, name) for name in _NAMING):
        return view
    people, named = {**view.people, **brought}, view.named
    return replace(view, people={id: people[id] for id in people if id in named})
