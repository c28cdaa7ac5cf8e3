"""The state after an event. Pure, total, and without judgement: what is in the journal happened."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from roomcli.protocol import events as e
from roomcli.protocol.chat import CHAT_KEPT
from roomcli.protocol.evolve_view import without
from roomcli.protocol.people import Hand, Speaker, StageInvitation
from roomcli.protocol.queue import with_hand, without_hand

from . import journal as j
from .participants import KeptInvite, KeptKnock, Participant, Slot, TurnedAway
from .people import forgetting, renamed, with_participant, without_participant
from .state import MAX_DEPARTED, MAX_LOWERED, MAX_TURNED_AWAY, MAX_WRITERS, RoomState

T = TypeVar("T")

HouseEvent = (
    e.RoomFactEvent
    | e.SettingsChanged
    | j.OwnerNamed
    | j.PasswordSet
    | j.Banned
    | j.Unbanned
    | j.RoomInviteKept
    | j.RoomInviteUsed
    | j.RoomInvitesRevoked
    | e.ChatPosted
    | e.ChatRemoved
    | e.ModerationLogged
)


def evolve(state: RoomState, event: j.JournalEvent) -> RoomState:
    """Return the state after ``event``. An event about somebody who is absent changes nothing."""
    return forgetting(state, _evolved(state, event))


def _evolved(state: RoomState, event: j.JournalEvent) -> RoomState:
    match event:
        case j.Entered(id=id, person=person, at=at, is_guest=is_guest):
            someone = Participant(id, person.id, at, is_guest=is_guest)
            return with_participant(state, someone, person)
        case j.GuestNoLonger(id=id):
            return _with(state, id, is_guest=False)
        case j.CameToDoor() | j.KnocksTold() | j.LeftDoor() | j.KeptAtDoor() | j.LetInUsed():
            return _at_door(state, event)
        case j.Dropped(id=id, at=at):
            if id not in state.participants:
                return state
            state = _with(state, id, muted=True, dropped_at=at)
            return replace(state, dropped=(*_but(state.dropped, id), id))
        case j.Returned(id=id):
            state = _with(state, id, muted=True, dropped_at=None)
            return replace(state, dropped=_but(state.dropped, id))
        case j.Departed():
            return _departed(state, event)
        case e.StageJoined(speaker=speaker):
            return _trusted(_on_stage(state, speaker), speaker.id)
        case j.SteppedDown(id=id, at=at):
            return _off_stage(state, id, at)
        case j.Lowered(key=key):
            return _lowered(state, key)
        case j.SeatsEnded(key=key):
            return _lowered(state, key, returns=False)
        case e.HandRaised(id=id, person=whose, at=at, topic=topic, spoken=spoken):
            hand = Hand(id, whose, at, topic, spoken)
            return replace(state, hands=with_hand(state.hands, hand, state.settings.order))
        case e.HandLowered(id=id):
            return replace(state, hands=without_hand(state.hands, id))
        case e.HandsLowered():
            return replace(state, hands=())
        case e.InvitedToStage(id=id, by=by) if id in state.vain_invitations:
            return replace(state, vain_invitations={**state.vain_invitations, id: by})
        case e.InvitedToStage(id=id, person=guest, by=by):
            return _invited(state, id, StageInvitation(guest, by))
        case j.InvitedInVain(id=id, person=guest, by=by):
            state = _invited(state, id, StageInvitation(guest, by))
            return replace(state, vain_invitations={**state.vain_invitations, id: ""})
        case e.StageInvitationSettled(id=id):
            return _not_invited(state, id)
        case e.Muted(id=id):
            return _with(state, id, muted=True)
        case e.Unmuted(id=id):
            return _with(state, id, muted=False)
        case j.SilenceSet(silence=silence):
            for each in state.here(silence.person):
                state = _with(state, each.id, muted=True)
            others = without(state.silences, silence.key)
            return replace(state, silences={**others, silence.key: silence})
        case j.SilenceEnded(key=key):
            return replace(state, silences=without(state.silences, key))
        case e.RoleChanged(id=id, role=role):
            return _trusted(_with(state, id, role=role), id)
        case e.TurnSet(id=id, ends_at=ends_at):
            return _with(state, id, turn_ends_at=ends_at, turn_told=False)
        case e.TurnEnding(id=id):
            return _with(state, id, turn_told=True)
        case j.Reacted(reaction=reaction):
            count = state.reactions.get(reaction, 0) + 1
            return replace(state, reactions={**state.reactions, reaction: count})
        case e.PersonChanged(person=person):
            return renamed(state, person)
        case e.ParticipantJoined(id=id, person=whose):
            return replace(state, front_row={**state.front_row, id: whose})
        case e.ParticipantLeft(id=id):
            return _off_front_row(state, id)
        case j.Pulsed(at=at, audience=audience, spoken=spoken):
            spoken = {**state.spoken, **spoken} if spoken else state.spoken
            return replace(state, pulsed_at=at, audience=audience, reactions={}, spoken=spoken)
        case e.RoomEnded():
            return replace(state, ended=True)
        case j.Asked():
            return state
        case _:
            return _house(state, event)


def _trusted(state: RoomState, id: str) -> RoomState:
    """Return the room in which whoever has the host's tools is a guest no longer."""
    someone = state.participants.get(id)
    if someone is None or not (someone.is_guest and someone.is_moderator):
        return state
    return _with(state, id, is_guest=False)


def _at_door(
    state: RoomState,
    event: j.CameToDoor | j.KnocksTold | j.LeftDoor | j.KeptAtDoor | j.LetInUsed,
) -> RoomState:
    """Return the state after an event about those who knock."""
    knocks = state.knocks
    match event:
        case j.CameToDoor(person=person, at=at, network=network, is_hidden=hidden):
            knock = KeptKnock(person=person, at=at, network=network, is_hidden=hidden)
            return replace(state, knocks={**knocks, person.id: knock})
        case j.KnocksTold(at=at):
            told = {id: replace(each, is_told=not each.is_hidden) for id, each in knocks.items()}
            return replace(state, knocks=told, knocks_told_at=at)
        case j.LetInUsed(key=key):
            return replace(state, let_in=without(state.let_in, key))
        case j.KeptAtDoor(key=key, until=until, times=times):
            turned = TurnedAway(times, until)
            away = _newest(state.turned_away, key, turned, MAX_TURNED_AWAY)
            return replace(state, turned_away=away)
        case j.LeftDoor(person=id):
            return _left_door(state, event) if id in knocks else state


def _left_door(state: RoomState, event: j.LeftDoor) -> RoomState:
    key, until = state.knocks[event.person].person.key, event.until
    state = replace(state, knocks=without(state.knocks, event.person))
    match event.answer:
        case "let_in":
            still = {each: end for each, end in state.let_in.items() if end > event.at}
            away = without(state.turned_away, key)
            return replace(state, let_in={**still, key: until}, turned_away=away)
        case "refused":
            turned = TurnedAway(event.times, until)
            away = _newest(state.turned_away, key, turned, MAX_TURNED_AWAY)
            return replace(state, turned_away=away)
        case "gone":
            return state


def _house(state: RoomState, event: HouseEvent) -> RoomState:
    """Return the state after an event about the room itself: doors, settings, chat, log."""
    match event:
        case e.FactEvent(facts=facts):
            return replace(state, **facts)
        case e.SettingsChanged(settings=settings):
            state = replace(state, settings=settings)
            return replace(state, hands=state.sorted_hands(state.hands))
        case j.OwnerNamed(key=key):
            return replace(state, owner=key)
        case j.PasswordSet(password=password):
            return replace(state, password=password)
        case j.Banned(ban=ban):
            still = {key: each for key, each in state.bans.items() if each.holds(ban.at)}
            return replace(state, bans={**still, ban.key: ban})
        case j.Unbanned(key=key):
            return replace(state, bans=without(state.bans, key))
        case j.RoomInviteKept(link=made):
            return replace(state, room_invites={**state.room_invites, made.invite.id: made})
        case j.RoomInviteUsed(id=id, key=key):
            used = state.room_invites[id]
            counted = replace(used.invite, used=used.invite.used + 1)
            one_more = replace(used, invite=counted, used_by=(*used.used_by, key))
            return replace(state, room_invites={**state.room_invites, id: one_more})
        case j.RoomInvitesRevoked(ids=ids):
            return replace(
                state,
                room_invites={id: each for id, each in state.room_invites.items() if id not in ids},
            )
        case e.ChatPosted(message=message):
            return replace(
                state,
                chat=(*state.chat, message)[-CHAT_KEPT:],
                chat_count=message.number,
                wrote_at=_newest(state.wrote_at, message.person, message.at, MAX_WRITERS),
            )
        case e.ChatRemoved(number=number):
            return replace(state, chat=tuple(each for each in state.chat if each.number != number))
        case e.ModerationLogged(entry=entry):
            return replace(state, log_head=entry.hash, log_count=entry.number)


def _on_stage(state: RoomState, speaker: Speaker) -> RoomState:
    id = speaker.id
    if id not in state.participants:
        return state
    state = _with(
        state,
        id,
        role=speaker.role,
        muted=speaker.muted,
        slot=speaker.slot,
        generation=speaker.generation,
        turn_ends_at=speaker.turn_ends_at,
        turn_told=False,
    )
    state = _not_invited(_off_front_row(state, id), id)
    return replace(
        state,
        stage=(*_but(state.stage, id), id),
        hands=without_hand(state.hands, id),
        slots=_with_slot(state.slots, speaker.slot, Slot(speaker.generation, holder=id)),
    )


def _invited(state: RoomState, id: str, invitation: StageInvitation) -> RoomState:
    return replace(state, stage_invitations={**state.stage_invitations, id: invitation})


def _not_invited(state: RoomState, id: str) -> RoomState:
    if id not in state.stage_invitations:
        return state
    return replace(
        state,
        stage_invitations=without(state.stage_invitations, id),
        vain_invitations=without(state.vain_invitations, id),
    )


def _off_stage(state: RoomState, id: str, at: float) -> RoomState:
    someone = state.participants.get(id)
    if someone is None or someone.slot is None:
        return state
    listener = replace(
        someone,
        role="listener",
        muted=True,
        slot=None,
        generation=None,
        turn_ends_at=None,
        turn_told=False,
    )
    # Last in the audience, so that nobody is pushed off the front row by those who come down.
    others = without(state.participants, id)
    return replace(
        state,
        participants={**others, id: listener},
        stage=_but(state.stage, id),
        slots=_freed(state.slots, someone.slot, at),
    )


def _departed(state: RoomState, event: j.Departed) -> RoomState:
    id = event.id
    someone = state.participants.get(id)
    if someone is None:
        return state
    if someone.slot is not None:
        state = replace(state, slots=_freed(state.slots, someone.slot, event.at))
    if someone.on_stage or state.has_hand(id):
        state = _off_front_row(state, id)
    elif id in state.front_row:
        farewell = e.ParticipantLeft(id=id, reason=event.reason, by=event.by)
        state = replace(state, left_front_row={**state.left_front_row, id: farewell})
    if someone.role == "host" and state.who(someone).key != state.owner:
        # Whoever stood in for the host comes back as a co-host.
        someone = replace(someone, role="cohost")
    someone = replace(someone, returns=event.reason == "lost")
    state = _not_invited(state, id)
    return replace(
        without_participant(state, someone),
        stage=_but(state.stage, id),
        dropped=_but(state.dropped, id),
        hands=without_hand(state.hands, id),
        departed=_newest(_with_place(state.departed), id, someone, MAX_DEPARTED),
    )


def _with_place(departed: dict[str, Participant]) -> dict[str, Participant]:
    """Return the departed with room for one more; those who can return with a role stay longest."""
    if len(departed) < MAX_DEPARTED:
        return departed
    plain = (id for id, each in departed.items() if not (each.returns and each.on_stage))
    return without(departed, next(plain, next(iter(departed))))


def _lowered(state: RoomState, key: str, **changes: object) -> RoomState:
    """Return the state in which this person can come back as a listener only."""
    departed = {
        id: replace(each, role="listener", **changes) if state.who(each).key == key else each
        for id, each in state.departed.items()
    }
    links = {id: _not_for(each, key) for id, each in state.room_invites.items()}
    return replace(state, departed=departed, room_invites=links)


def _not_for(link: KeptInvite, key: str) -> KeptInvite:
    if link.invite.role == "listener" or key in link.lowered:
        return link
    return replace(link, lowered=(*link.lowered, key)[-MAX_LOWERED:])


def _newest(entries: dict[str, T], key: str, entry: T, most: int) -> dict[str, T]:
    """Return the entries with this one last, and only the newest of them."""
    others = without(entries, key)
    while len(others) >= most:
        others = without(others, next(iter(others)))
    return {**others, key: entry}


def _off_front_row(state: RoomState, id: str) -> RoomState:
    if id not in state.front_row:
        return state
    return replace(
        state,
        front_row=without(state.front_row, id),
        left_front_row=without(state.left_front_row, id),
    )


def _with(state: RoomState, id: str, **changes: object) -> RoomState:
    someone = state.participants.get(id)
    if someone is None:
        return state
    changed = replace(someone, **changes)
    return replace(state, participants={**state.participants, id: changed})


def _but(ids: tuple[str, ...], id: str) -> tuple[str, ...]:
    return tuple(each for each in ids if each != id)


def _freed(slots: tuple[Slot, ...], number: int, at: float) -> tuple[Slot, ...]:
    return _with_slot(slots, number, Slot(slots[number].generation, freed_at=at))


def _with_slot(slots: tuple[Slot, ...], number: int, slot: Slot) -> tuple[Slot, ...]:
    return (*slots[:number], slot, *slots[number + 1 :])
