"""Rules of the house: doors, invites, settings, the end."""

from __future__ import annotations

import base64

from msgspec.structs import replace

from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.entrance import PATTERN_FORMS, parse_pattern
from roomcli.protocol.people import ROLE_WORDS, Person, RoomInvite
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.text import MAX_TOPIC, checked

from . import journal as j
from .entrance import only_listens
from .knocking import everybody_sent_away
from .participants import KeptInvite, Participant
from .presence import enter, turn_end
from .record import LogDraft, reason_of, written
from .state import MAX_ROOM_INVITES, RoomState


def decide_house(
    state: RoomState,
    me: Participant,
    command: c.HouseCommand,
    now: float,
    entropy: bytes,
) -> list[j.JournalEvent]:
    """Return the events of a command about the room itself. Raises CommandRefused."""
    actor = me.person
    match command:
        case c.Lock():
            if state.locked:
                return []
            return [
                *written(state, now, LogDraft("lock", state.who(me))),
                e.RoomLocked(by=actor),
                *everybody_sent_away(state, f"{state.name} is locked now: nobody is let in"),
            ]
        case c.Unlock():
            if not state.locked:
                return []
            return [
                *written(state, now, LogDraft("unlock", state.who(me))),
                e.RoomUnlocked(by=actor),
            ]
        case c.ChangeSettings():
            return _change_settings(state, me, command, now)
        case c.SetPassword(password=password):
            if not password and not state.password:
                return []
            detail = "set" if password else "removed"
            line = LogDraft("set_password", state.who(me), detail=detail)
            return [*written(state, now, line), j.PasswordSet(password=password, by=actor)]
        case c.MakeRoomInvite():
            return _make_invite(state, me, command, now, entropy)
        case c.RevokeRoomInvite(id=id):
            ids = (
                tuple(state.room_invites)
                if id is None
                else (id,)
                if id in state.room_invites
                else ()
            )
            if not ids:
                return []
            line = LogDraft("revoke_room_invite", state.who(me), detail=", ".join(ids))
            return [*written(state, now, line), j.RoomInvitesRevoked(ids=ids)]
        case c.EndRoom():
            line = LogDraft("end_room", state.who(me), reason=reason_of(command))
            return [*written(state, now, line), e.RoomEnded(reason="ended", by=actor)]
        case c.ListPeople(of=of):
            if of == "left" and not me.is_moderator:
                raise CommandRefused("not_allowed", "only the host and co-hosts are told who left")
            return []
        case c.ReadLog() | c.ListBans() | c.ListSilenced() | c.ListRoomInvites():
            return []


def opening(
    state: RoomState, id: str, host: Person, now: float, entropy: bytes
) -> list[j.JournalEvent]:
    """Return the events when a host opens a room by taking the seat ``id`` in it.

    They have the log's first line, and an invite for friends if the room is by invitation.
    """
    events = enter(state, id, host, role="host", hand_at=None, now=now)
    events += written(state, now, LogDraft("open_room", host))
    if state.access == "invite":
        events.append(_room_invite_kept(c.MakeRoomInvite(), host, now, entropy))
    return events


def _change_settings(
    state: RoomState, me: Participant, command: c.ChangeSettings, now: float
) -> list[j.JournalEvent]:
    wanted = {
        name: getattr(command, name)
        for name in RoomSettings.__struct_fields__
        if getattr(command, name) is not None
    }
    try:
        if "topic" in wanted:
            wanted["topic"] = checked(wanted["topic"], MAX_TOPIC, "topic")
    except ProtocolError as error:
        raise CommandRefused(error.code, str(error)) from None
    for pattern in wanted.get("claimed", ()):
        if parse_pattern(pattern) is None:
            raise CommandRefused("bad_pattern", f"{pattern} is none of {PATTERN_FORMS}")
    for name in ("claimed", "allowed"):
        if name in wanted:
            wanted[name] = tuple(dict.fromkeys(wanted[name]))
    if "capacity" in wanted:
        wanted["capacity"] = min(wanted["capacity"], state.limits.people)
    before, after = state.settings, replace(state.settings, **wanted)
    changed = [name for name in wanted if getattr(after, name) != getattr(before, name)]
    if not changed:
        return []
    detail = ", ".join(f"{name}={_shown(name, getattr(after, name))}" for name in changed)
    events: list[j.JournalEvent] = [
        *written(state, now, LogDraft("change_settings", state.who(me), detail=detail)),
        e.SettingsChanged(settings=after, by=me.person),
    ]
    if after.hands == "invited" and state.hands:
        events.append(e.HandsLowered(by=me.person))
    if "knock" in changed and not after.knock:
        why = f"nobody answers knocks at {state.name} any longer: try to come in"
        events += everybody_sent_away(state, why)
    if "guests" in changed:
        events += _guests_listen(replace(state, settings=after), me, now)
    if "floor_seconds" in changed:
        timed = replace(state, settings=after)
        going = {each.id for each in events if isinstance(each, j.SteppedDown)}
        for id in state.stage:
            if id in going:
                continue
            ends_at = turn_end(timed, state.participants[id].role, now)
            if ends_at != state.participants[id].turn_ends_at:
                events.append(e.TurnSet(id=id, ends_at=ends_at))
    return events


def _make_invite(
    state: RoomState, me: Participant, command: c.MakeRoomInvite, now: float, entropy: bytes
) -> list[j.JournalEvent]:
    if command.role == "cohost" and me.role != "host":
        raise CommandRefused("not_allowed", "only the host makes invites for co-hosts")
    good = [each for each in state.room_invites.values() if each.invite.expires_at > now]
    over = tuple(id for id, each in state.room_invites.items() if each.invite.expires_at <= now)
    if len(good) >= MAX_ROOM_INVITES:
        raise CommandRefused(
            "too_many_invites", f"{MAX_ROOM_INVITES} invites are good already: revoke some"
        )
    uses = {None: "any number of uses", 1: "one use"}.get(command.uses, f"{command.uses} uses")
    detail = f"{ROLE_WORDS[command.role]}, {uses}"
    line = LogDraft("make_room_invite", state.who(me), detail=detail)
    forgotten: list[j.JournalEvent] = [j.RoomInvitesRevoked(ids=over)] if over else []
    made = _room_invite_kept(command, state.who(me), now, entropy)
    return [*written(state, now, line), *forgotten, made]


def _room_invite_kept(
    command: c.MakeRoomInvite, by: Person, now: float, entropy: bytes
) -> j.RoomInviteKept:
    link = RoomInvite(
        id=base64.b32encode(entropy[:10]).decode().lower(),
        role=command.role,
        expires_at=now + command.seconds,
        uses=command.uses,
        by=by.full_name,
    )
    return j.RoomInviteKept(link=KeptInvite(invite=link))


def _guests_listen(state: RoomState, me: Participant, now: float) -> list[j.JournalEvent]:
    """Return the events that bring guests into the audience where they only listen."""
    events: list[j.JournalEvent] = []
    for someone in state.participants.values():
        if not only_listens(state, someone):
            continue
        id = someone.id
        if state.has_hand(id) and state.settings.hands != "invited":
            events.append(e.HandLowered(id=id, reason="declined", by=me.person))
        if id in state.stage_invitations:
            events.append(e.StageInvitationSettled(id=id, answer="void"))
        if someone.on_stage:
            events.append(j.SteppedDown(id=id, at=now, by=me.person, reason="moved"))
    return events


def _shown(name: str, value: object) -> str:
    if isinstance(value, tuple):
        if not value:
            return "none"
        return f"{len(value)} people" if name == "allowed" else " or ".join(value)
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
