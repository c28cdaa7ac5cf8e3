"""Sections 5 and 6 of docs/protocol.md: what is told of rooms and of the connection.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

from typing import Any

from .fields import (
    Check,
    Field,
    array,
    boolean,
    choice,
    digits,
    expect,
    identity,
    integer,
    maybe,
    moment,
    needed,
    nonce,
    octets,
    record,
    seconds,
    table,
    text,
)

BADGE = record(
    kind=needed(choice("forge", "domain", "mail", "sign_on")),
    subject=needed(text),
    proven_at=needed(moment),
    checked_at=needed(moment),
    until=needed(moment),
    domain=(text, ""),
    account_since=(maybe(moment), None),
    by_device=(boolean, False),
)


def person(id: Check) -> Check:
    """Check a person as they are shown."""
    return record(
        id=needed(id),
        name=needed(text),
        headline=(text, ""),
        key=(text, ""),
        tail=(text, ""),
        badges=(array(BADGE), []),
        lookalike=(boolean, False),
    )


PERSON = person(identity)
ROLE = choice("host", "cohost", "speaker")
PEOPLE: Field = (table(identity, PERSON), {})
SPEAKER = record(
    id=needed(identity),
    person=needed(identity),
    role=needed(ROLE),
    slot=needed(integer(255)),
    generation=needed(integer(255)),
    muted=(boolean, True),
    silenced=(boolean, False),
    connected=(boolean, True),
    kept_until=(maybe(moment), None),
    spoken=(seconds, 0.0),
    turn_ends_at=(maybe(moment), None),
)
HAND = record(
    id=needed(identity),
    person=needed(identity),
    at=needed(moment),
    topic=(text, ""),
    spoken=(seconds, 0.0),
)
STAGE_INVITATION = record(person=needed(identity), by=needed(identity))
KNOCKER = record(person=needed(PERSON), at=needed(moment))
GUESTS = choice("on", "listen", "off")
ENTRANCE = record(
    guests=(GUESTS, "on"),
    members=(boolean, False),
    claimed=(array(text), []),
    by_device=(boolean, True),
    by_list=(boolean, False),
    knock=(boolean, False),
)
SETTINGS = record(
    topic=(text, ""),
    hands=(choice("on", "off", "invited"), "on"),
    order=(choice("fifo", "fair"), "fifo"),
    floor_seconds=(integer(3600), 0),
    chat=(boolean, True),
    slow_seconds=(integer(3600), 0),
    capacity=(integer(1000000, 1), 10000),
    listed=(boolean, True),
    low_delay=(boolean, True),
    guests=(GUESTS, "on"),
    members=(boolean, False),
    claimed=(array(text), []),
    by_device=(boolean, True),
    allowed=(array(identity), []),
    knock=(boolean, False),
    max_bitrate=(integer(96, 12), 96),
)
CHAT_MESSAGE = record(
    number=needed(integer(least=1)),
    person=needed(identity),
    name=needed(text),
    tail=(text, ""),
    text=needed(text),
    at=needed(moment),
    reply_to=(maybe(integer(least=1)), None),
)
BAN = record(
    person=(text, ""),
    key=needed(text),
    name=needed(text),
    at=needed(moment),
    until=(maybe(moment), None),
    reason=(text, ""),
    by=(text, ""),
)
SILENCE_NOTICE = record(
    person=needed(identity),
    key=needed(text),
    name=needed(text),
    at=needed(moment),
    reason=(text, ""),
    by=(text, ""),
)
HEARER_IN_TROUBLE = record(
    id=needed(identity),
    person=needed(identity),
    why=needed(choice("behind", "late", "deaf")),
    delay_ms=(integer(), 0),
)
INVITE = record(
    id=needed(identity),
    role=(choice("host", "cohost", "speaker", "listener"), "listener"),
    expires_at=needed(moment),
    uses=(maybe(integer()), None),
    used=(integer(), 0),
    by=(text, ""),
)
# Of who is known by key and name alone the id is empty.
NAMED = person(text)
ENTRY = record(
    number=needed(integer(least=1)),
    at=needed(moment),
    action=needed(text),
    actor=(maybe(NAMED), None),
    target=(maybe(NAMED), None),
    detail=(text, ""),
    reason=(text, ""),
    previous=needed(digits),
    hash=(digits, ""),
)
VIEW = record(
    name=needed(text),
    you=needed(identity),
    me=needed(identity),
    people=PEOPLE,
    stage=(table(identity, SPEAKER), {}),
    hands=(array(HAND), []),
    front_row=(table(identity, identity), {}),
    audience=(integer(), 0),
    stage_invitations=(table(identity, STAGE_INVITATION), {}),
    knockers=(table(identity, KNOCKER), {}),
    settings=(SETTINGS, {}),
    locked=(boolean, False),
    password=(boolean, False),
    access=(text, "open"),
    closes_at=(maybe(moment), None),
    opened_at=(moment, 0.0),
    log=(digits, ""),
)
ID = BY = needed(identity)
MAYBE_BY: Field = (maybe(identity), None)
REF: Field = (maybe(integer()), None)
PAGE: dict[str, Field] = {"offset": (integer(), 0), "total": (integer(), 0)}
LINES: Field = (array(text), [])
LISTED_ROOM = record(
    name=needed(text),
    topic=(text, ""),
    host=(text, ""),
    stage=(integer(), 0),
    audience=(integer(), 0),
    access=(text, "open"),
    password=(boolean, False),
    locked=(boolean, False),
    keeps=LINES,
    entrance=(ENTRANCE, {}),
    asks=LINES,
)


def four_ids(value: Any) -> Any:
    expect(isinstance(value, list) and len(value) == 4, "four ids")
    return [octets(4)(each) for each in value]


UDP = record(
    port=needed(integer(65535, 1)),
    host=(maybe(text), None),
    secret=needed(octets(32)),
    ids=needed(four_ids),
)


def told(**fields: Field) -> Check:
    """Check an event of the room, each of which has the newest hash of the moderation log."""
    return record(**fields, log=(digits, ""))


EVENTS: dict[str, Check] = {
    "challenge": record(nonce=needed(nonce), features=LINES),
    "welcome": record(
        you=needed(PERSON),
        server_time=needed(moment),
        hosting=(choice("everybody", "token"), "token"),
        features=LINES,
        blocked=(array(identity), []),
    ),
    "room_left": record(
        reason=needed(choice("left", "removed", "banned", "ended")), text=needed(text)
    ),
    "rooms_listed": record(rooms=(array(LISTED_ROOM), []), gone=LINES, more=(boolean, False)),
    "joined": record(
        visit=(integer(255, 1), 1),
        room=needed(text),
        you=needed(identity),
        view=needed(VIEW),
        server_time=needed(moment),
        resumed=(boolean, False),
        moved=(boolean, False),
        cut_short=(boolean, False),
        ticket=(maybe(text), None),
        invite=(maybe(text), None),
        chat=(array(CHAT_MESSAGE), []),
        people=PEOPLE,
        keeps=LINES,
        udp=(maybe(UDP), None),
        remembers=(maybe(seconds), None),
    ),
    "participant_joined": told(id=ID, person=ID, people=PEOPLE),
    "person_changed": told(person=needed(PERSON)),
    "participant_left": told(
        id=ID, reason=(choice("left", "lost", "removed", "banned", "moved"), "left"), by=MAYBE_BY
    ),
    "hand_raised": told(
        id=ID,
        person=ID,
        at=needed(moment),
        topic=(text, ""),
        spoken=(seconds, 0.0),
        people=PEOPLE,
    ),
    "hand_lowered": told(
        id=ID, reason=(choice("lowered", "accepted", "declined", "left"), "lowered"), by=MAYBE_BY
    ),
    "hands_lowered": told(by=BY),
    "invited_to_stage": told(id=ID, person=ID, by=BY, people=PEOPLE),
    "stage_invitation_settled": told(id=ID, answer=needed(choice("accepted", "declined", "void"))),
    "knocked": told(knockers=needed(table(identity, KNOCKER))),
    "knock_settled": told(
        person=ID, answer=needed(choice("let_in", "refused", "gone")), by=MAYBE_BY
    ),
    "knock_answered": record(
        room=needed(text),
        answer=needed(choice("let_in", "refused", "over")),
        text=needed(text),
        until=(maybe(moment), None),
        retry_after=(maybe(seconds), None),
    ),
    "stage_joined": told(speaker=needed(SPEAKER), people=PEOPLE),
    "stage_left": told(id=ID, by=MAYBE_BY, reason=(choice("left", "moved", "time"), "left")),
    "muted": told(id=ID),
    "unmuted": told(id=ID),
    "silenced": told(id=ID, by=BY),
    "silence_lifted": told(id=ID, by=BY),
    "speaker_dropped": told(id=ID, kept_until=needed(moment)),
    "speaker_returned": told(id=ID),
    "role_changed": told(id=ID, role=needed(ROLE), by=MAYBE_BY),
    "turn_set": told(id=ID, ends_at=(maybe(moment), None)),
    "turn_ending": told(id=ID, ends_at=needed(moment)),
    "room_locked": told(by=BY),
    "room_unlocked": told(by=BY),
    "settings_changed": told(settings=needed(SETTINGS), by=BY),
    "password_changed": told(wanted=needed(boolean), by=BY),
    "chat_posted": told(message=needed(CHAT_MESSAGE), people=PEOPLE),
    "chat_removed": told(number=needed(integer()), by=BY),
    "moderation_logged": told(entry=needed(ENTRY)),
    "host_absent": told(closes_at=needed(moment)),
    "host_present": told(),
    "pulse": told(
        audience=needed(integer()),
        reactions=(table(text, integer()), {}),
        spoken=(table(identity, seconds), {}),
    ),
    "room_ended": told(
        reason=needed(choice("ended", "no_host", "server_closing", "closed_by_admin")),
        by=MAYBE_BY,
    ),
    "asked_to_unmute": record(by=BY),
    "heard_by": record(
        listeners=needed(integer()),
        hearing=needed(integer()),
        worst_ms=(integer(), 0),
        troubled=(integer(), 0),
        trouble=(array(HEARER_IN_TROUBLE), []),
        people=PEOPLE,
    ),
    "people_page": record(
        offset=needed(integer()),
        total=needed(integer()),
        seats=needed(table(identity, identity)),
        people=PEOPLE,
        of=(choice("audience", "left"), "audience"),
        ref=REF,
    ),
    "chat_page": record(
        messages=needed(array(CHAT_MESSAGE)), people=PEOPLE, more=(boolean, False), ref=REF
    ),
    "log_page": record(
        entries=needed(array(ENTRY)), opened_at=needed(moment), more=(boolean, False), ref=REF
    ),
    "ban_list": record(bans=needed(array(BAN)), **PAGE, ref=REF),
    "silence_list": record(silences=needed(array(SILENCE_NOTICE)), **PAGE, ref=REF),
    "room_invite_list": record(invites=needed(array(INVITE)), ref=REF),
    "room_invite_made": record(
        invite=needed(text), expires_at=needed(moment), id=(text, ""), ref=REF
    ),
    "done": record(ref=needed(integer())),
    "refused": record(
        command=needed(text),
        code=needed(text),
        text=needed(text),
        ref=REF,
        retry_after=(maybe(seconds), None),
    ),
    "server_stopping": record(stops_at=needed(moment)),
    "other_servers": record(addresses=(array(text), [])),
    "servers_apart": record(apart=needed(boolean)),
    "goodbye": record(
        code=needed(text), text=needed(text), retry=(boolean, False), elsewhere=(boolean, False)
    ),
}
