"""What participants may know: the view of each, and who is told of each event.

An event is projected once per class of receivers, never once per viewer: :func:`project_classes`
gives a few deliveries, each to be encoded once and sent to all its receivers as the same bytes.
:func:`project` is what one viewer gets of them. Whoever is in the room can follow it by
``evolve_view`` alone: gaining and losing the moderators' view comes as events too.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.people import MODERATORS, Knocker, Person, Role
from roomcli.protocol.times import KEEP_SEAT
from roomcli.protocol.view import RoomView

from . import journal as j
from .state import RoomState

Told = e.RoomEvent | e.AskedToUnmute
"""What an event of the journal can become for a viewer."""
_FACTS = {name for kind in get_args(e.RoomFactEvent) for name in kind.names()}
"""What everybody knows of the room, under the same name in the state and in a view."""


class Delivery(Struct, frozen=True):
    """An event and its receivers: ``everyone`` in the room, or the people with these ids."""

    event: Told
    to: Literal["everyone"] | frozenset[str] = "everyone"

    def reaches(self, id: str) -> bool:
        """Whether this participant is among the receivers."""
        return self.to == "everyone" or id in self.to


def view(state: RoomState, viewer: str) -> RoomView:
    """Return the room as this participant sees it; for ``joined``."""
    invites, someone = state.stage_invitations, state.participants.get(viewer)
    if viewer not in state.moderators:
        mine = state.invitation_of(viewer)
        invites = {viewer: mine} if mine is not None else {}
    seen = RoomView(
        name=state.name,
        you=viewer,
        me=someone.person if someone is not None else "",
        stage={id: state.speaker(id) for id in state.stage},
        hands=state.hands,
        front_row=state.front_row,
        audience=state.audience,
        stage_invitations=invites,
        knockers=state.knockers if viewer in state.moderators else {},
        settings=state.settings,
        password=bool(state.password),
        access=state.access,
        log=state.log_head,
        opened_at=state.opened_at,
        **{name: getattr(state, name) for name in _FACTS},
    )
    return replace(seen, people={id: state.people[id] for id in seen.named})


def project(state: RoomState, event: j.JournalEvent, viewer: str) -> list[Told]:
    """Return what this participant is told of ``event``; ``state`` is from before the event."""
    return [each.event for each in project_classes(state, event) if each.reaches(viewer)]


def project_classes(state: RoomState, event: j.JournalEvent) -> list[Delivery]:
    """Return what is told of ``event``, and to whom; ``state`` is from before the event.

    Everything told carries the moderation log's newest hash: whoever was in the room can prove
    later what the log said then.
    """
    head = event.entry.hash if isinstance(event, e.ModerationLogged) else state.log_head
    return [_complete(state, each, head) for each in _deliveries(state, event)]


def _complete(state: RoomState, delivery: Delivery, head: str) -> Delivery:
    """Return the delivery with the log's newest hash, and with the people whom it introduces."""
    event = delivery.event
    if isinstance(event, _INTRODUCING):
        event = replace(event, log=head, people=_introduced(state, event))
    elif isinstance(event, e.ViewEvent):
        event = replace(event, log=head)
    return Delivery(event, delivery.to)


_INTRODUCING = (
    e.ParticipantJoined, e.HandRaised, e.InvitedToStage, e.StageJoined, e.ChatPosted
)  # fmt: skip
"""The events that may name somebody whom their receivers have not in view."""


def _introduced(
    state: RoomState,
    event: e.ParticipantJoined | e.HandRaised | e.InvitedToStage | e.StageJoined | e.ChatPosted,
) -> dict[str, Person]:
    """Return those whom the event names and whom not everybody has in view already."""
    match event:
        case e.StageJoined(speaker=speaker):
            names = {speaker.person}
        case e.ChatPosted(message=message):
            names = {message.person}
        case e.InvitedToStage(person=guest, by=by):
            names = {guest, by}
        case _:
            names = {event.person}
    names -= {state.participants[id].person for id in state.stage}
    names -= {hand.person for hand in state.hands}
    names -= set(state.front_row.values())
    return {id: state.people[id] for id in names}


def _deliveries(state: RoomState, event: j.JournalEvent) -> list[Delivery]:
    match event:
        case (
            j.Entered()
            | j.GuestNoLonger()
            | j.CameToDoor()
            | j.LetInUsed()
            | j.KeptAtDoor()
            | j.Reacted()
            | j.Banned()
            | j.Unbanned()
            | j.RoomInviteKept()
            | j.RoomInviteUsed()
        ):
            return []
        case j.RoomInvitesRevoked() | j.OwnerNamed() | j.Lowered() | j.SeatsEnded():
            return []
        case j.PasswordSet(password=password, by=by):
            return [Delivery(e.PasswordChanged(wanted=bool(password), by=by))]
        case j.Dropped(id=id, at=at):
            dropped = Delivery(e.SpeakerDropped(id=id, kept_until=at + KEEP_SEAT))
            return [dropped] if id in state.stage else []
        case j.Returned(id=id):
            return [Delivery(e.SpeakerReturned(id=id))] if id in state.stage else []
        case j.Departed(id=id, reason=reason, by=by):
            if id in state.stage or state.has_hand(id):
                return [Delivery(e.ParticipantLeft(id=id, reason=reason, by=by))]
            return []
        case j.SilenceSet(silence=silence, by=by):
            return [Delivery(e.Silenced(id=id, by=by)) for id in _on_stage(state, silence.key)]
        case j.SilenceEnded(key=key, by=by) if key in state.silences:
            return [Delivery(e.SilenceLifted(id=id, by=by)) for id in _on_stage(state, key)]
        case j.SilenceEnded():
            return []
        case j.SteppedDown(id=id, by=by, reason=reason):
            left = Delivery(e.StageLeft(id=id, by=by, reason=reason))
            return [left, *_change_of_insight(state, id, "listener")]
        case e.StageJoined(speaker=speaker):
            insight = _change_of_insight(state, speaker.id, speaker.role)
            return [Delivery(event), *insight]
        case e.RoleChanged(id=id, role=role):
            return [Delivery(event), *_change_of_insight(state, id, role)]
        case e.InvitedToStage(id=id) if id in state.vain_invitations:
            return [Delivery(event, to=frozenset({id}))]
        case j.InvitedInVain(id=id, person=guest, by=by):
            invited = e.InvitedToStage(id=id, person=guest, by=by)
            return [Delivery(invited, to=state.moderators)]
        case e.StageInvitationSettled(id=id) if state.vain_invitations.get(id) == "":
            return [Delivery(event, to=state.moderators)]
        case e.InvitedToStage(id=id) | e.StageInvitationSettled(id=id):
            return [Delivery(event, to=state.moderators | {id})]
        case j.KnocksTold():
            knocks = state.knocks.items()
            new = {
                id: Knocker(each.person, each.at)
                for id, each in knocks
                if not (each.is_told or each.is_hidden)
            }
            return [Delivery(e.Knocked(knockers=new), to=state.moderators)] if new else []
        case j.LeftDoor(person=id, answer=answer, by=by) if id in state.knockers:
            settled = e.KnockSettled(person=id, answer=answer, by=by)
            return [Delivery(settled, to=state.moderators)]
        case j.LeftDoor():
            return []
        case j.Asked(id=id, by=by):
            return [Delivery(e.AskedToUnmute(by=by), to=frozenset({id}))]
        case j.Pulsed(audience=audience, reactions=reactions, spoken=by_person):
            spoken = {}
            for id in state.stage:
                whose = state.participants[id].person
                if whose in by_person:
                    spoken[id] = by_person[whose]
            return [Delivery(e.Pulse(audience=audience, reactions=reactions, spoken=spoken))]
        case _:
            return [Delivery(event)]


def _on_stage(state: RoomState, key: str) -> list[str]:
    return [id for id in state.stage if state.who(state.participants[id]).key == key]


def _change_of_insight(state: RoomState, id: str, role: Role) -> list[Delivery]:
    """Return what somebody has to learn or forget as they become or stop being a moderator."""
    to = frozenset({id})
    others = {seat: each for seat, each in state.stage_invitations.items() if seat != id}
    before, after = id in state.moderators, role in MODERATORS
    knockers = state.knockers
    if after and not before:
        invited = [
            Delivery(e.InvitedToStage(id=seat, person=each.person, by=each.by), to)
            for seat, each in others.items()
        ]
        return [*invited, *([Delivery(e.Knocked(knockers=knockers), to)] if knockers else [])]
    if before and not after:
        void = [Delivery(e.StageInvitationSettled(id=seat, answer="void"), to) for seat in others]
        gone = [Delivery(e.KnockSettled(person=person, answer="gone"), to) for person in knockers]
        return [*void, *gone]
    return []
