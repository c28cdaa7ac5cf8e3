"""The state after events, and what has to be done: who is told, who is dismissed, what is saved.

Pure: nothing is done here. Replaying a journal with ``evolve`` gives the same state and no
effects.
"""

from __future__ import annotations

from collections.abc import Iterable

from roomcli.protocol import events as e
from roomcli.protocol.people import Speaker

from . import effects as f
from . import journal as j
from .evolve import evolve
from .kept import differs
from .knocking import answer_to_knocker, everybody_sent_away
from .project import project_classes
from .state import RoomState

_ENDINGS = {
    "no_host": "the room is closed: nobody was there to host it",
    "closed_by_admin": "the room is closed by the server's admin",
}


def apply(state: RoomState, events: Iterable[j.JournalEvent]) -> tuple[RoomState, list[f.Effect]]:
    """Return the state after these events and their effects, in order.

    All saves among the effects belong together: they are written as one transaction.
    """
    effects: list[f.Effect] = []
    for event in events:
        before, state = state, evolve(state, event)
        effects += saves_of(before, state, event)
        effects += project_classes(before, event)
        effects += _consequences(before, event)
    return state, effects


def seat(
    state: RoomState, id: str, ticket_hash: str = "", signer: str = "", *, awaited: bool = False
) -> f.SaveSeat:
    """Return the effect that saves the seat of somebody who is here."""
    hand = next((hand for hand in state.hands if hand.id == id), None)
    return f.SaveSeat(
        someone=state.participants[id],
        person=state.who(state.participants[id]),
        hand_at=hand.at if hand else None,
        hand_topic=hand.topic if hand else "",
        ticket_hash=ticket_hash,
        signer=signer,
        awaited=awaited,
    )


def saves_of(before: RoomState, state: RoomState, event: j.JournalEvent) -> list[f.Save]:
    """Return what has to be on disk of an event, which lies between these two states."""
    room = differs(before, state) or isinstance(event, j.OwnerNamed)
    return [*_others(before, state, event), *([f.SaveRoom()] if room else [])]


def _others(before: RoomState, state: RoomState, event: j.JournalEvent) -> list[f.Save]:
    """Return what has to be on disk beside the room's own row."""
    match event:
        case j.Departed(id=id, reason="lost"):
            return [f.RenewSeat(id=id)]
        case j.Departed(id=id):
            return [f.ForgetSeat(id=id)]
        case j.Entered(person=person):
            return [f.SavePerson(person=person)]
        case e.HandRaised(id=id) | e.HandLowered(id=id):
            return _seats(state, id)
        case e.HandsLowered():
            return _seats(state, *(hand.id for hand in before.hands))
        case e.StageJoined(speaker=Speaker(id=id)) | j.SteppedDown(id=id) | e.RoleChanged(id=id):
            return _seats(state, id, awaited=True)
        case e.PersonChanged(person=person):
            shown_anew = set(state.chat) - set(before.chat)
            return [
                *([f.SavePerson(person=person)] if person.id in state.seats else []),
                *_seats(state, *state.seats.get(person.id, ())),
                *(f.SaveMessage(message=each) for each in state.chat if each in shown_anew),
            ]
        case j.Lowered(key=key):
            return [f.LowerSeats(key=key)]
        case j.SeatsEnded(key=key):
            return [f.EndSeats(key=key)]
        case e.ChatPosted(message=message):
            return [f.SaveMessage(message=message)]
        case e.ChatRemoved(number=number):
            return [f.ForgetMessage(number=number)]
        case e.ModerationLogged(entry=entry):
            return [f.AppendEntry(entry=entry)]
        case j.Banned(ban=ban):
            return [f.SaveBan(owner=state.owner, ban=ban)]
        case j.Unbanned(key=key):
            return [f.ForgetBan(owner=state.owner, key=key)]
        case j.SilenceSet(silence=silence):
            return [f.SaveSilence(owner=state.owner, silence=silence)]
        case j.SilenceEnded(key=key):
            return [f.ForgetSilence(owner=state.owner, key=key)]
        case j.OwnerNamed(key=owner):
            # Bans and silences are kept under the owner's key.
            bans = [f.SaveBan(owner=owner, ban=each) for each in state.bans.values()]
            silences = state.silences.values()
            return [*bans, *(f.SaveSilence(owner=owner, silence=each) for each in silences)]
        case e.RoomEnded():
            return [f.ForgetRoom()]
    return []


def _seats(state: RoomState, *ids: str, awaited: bool = False) -> list[f.Save]:
    return [seat(state, id, awaited=awaited) for id in ids if id in state.participants]


def _consequences(before: RoomState, event: j.JournalEvent) -> list[f.Effect]:
    """Return what follows for connections, slots, talk time and the room's share."""
    match event:
        case j.Departed(id=id):
            return [_dismissal(before, event), *_freed_slot(before, id)]
        case j.SteppedDown(id=id):
            return _freed_slot(before, id)
        case e.RoomEnded(reason=reason):
            text = _ENDINGS.get(reason, "the room is closed")
            knocks = everybody_sent_away(before, text)
            answers = [each for left in knocks for each in _consequences(before, left)]
            return [f.Dismissal(e.RoomLeft(reason="ended", text=text)), *answers]
        case j.LeftDoor(person=id) if id in before.knocks:
            return [f.AnswerKnocker(id, answer_to_knocker(before, event))]
        case j.Pulsed():
            return [f.ClearTalkTime()]
        case e.ModerationLogged(entry=entry):
            return [f.ChargeRoom(before.owner, entry)]
    return []


def _dismissal(before: RoomState, event: j.Departed) -> f.Dismissal:
    to = frozenset({event.id})
    if event.by_community and event.reason != "banned":
        return f.Dismissal(e.RoomLeft(reason="removed", text=event.note), to)
    if event.reason == "left" or event.reason == "lost":
        return f.Dismissal(e.RoomLeft(reason="left", text="you left"), to)
    who = before.people.get(event.by or "")
    nobody = "the room's community" if event.by_community else "the server's admin"
    text = f"{who.full_name if who else nobody} {event.reason} you"
    text = f"{text}: {event.note}" if event.note else text
    if who is None and not event.by_community:
        return f.Dismissal(e.Goodbye(code="banned", text=text), to)
    return f.Dismissal(e.RoomLeft(reason=event.reason, text=text), to)


def _freed_slot(before: RoomState, id: str) -> list[f.Effect]:
    someone = before.participants.get(id)
    return [] if someone is None or someone.slot is None else [f.FreeSlot(someone.slot)]
