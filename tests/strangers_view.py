"""Sections 2, 5 and 6 of docs/protocol.md: what may be said, and a room followed event by event.

It imports nothing of roomcli on purpose: see strangers_client.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

Message = dict[str, Any]
Check = Callable[[Any], Any]
Field = tuple[Check, Any]

REQUIRED = object()


class Malformed(ValueError):
    """A message that section 2, 7, 8 or 9 does not allow."""


# -- section 2: types ---------------------------------------------------------------------------


def expect(ok: bool, what: str) -> None:
    if not ok:
        raise Malformed(what)


def text(value: Any) -> Any:
    expect(isinstance(value, str), "text")
    return value


def identity(value: Any) -> Any:
    expect(isinstance(value, str) and 1 <= len(value) <= 32, "id")
    return value


def boolean(value: Any) -> Any:
    expect(isinstance(value, bool), "bool")
    return value


def moment(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value <= 253402300799, "time")
    return value


def seconds(value: Any) -> Any:
    expect(type(value) in (int, float) and 0 <= value < float("inf"), "seconds")
    return value


def integer(limit: int = 2**53 - 1) -> Check:
    def check(value: Any) -> Any:
        expect(type(value) is int and 0 <= value <= limit, "int")
        return value

    return check


def nonce(value: Any) -> Any:
    expect(isinstance(value, bytes) and len(value) == 32, "nonce")
    return value


def choice(*values: str) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, str) and value in values, "one of " + ", ".join(values))
        return value

    return check


def maybe(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def array(inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, list), "array")
        return [inner(item) for item in value]

    return check


def table(key: Check, inner: Check) -> Check:
    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        return {key(name): inner(item) for name, item in value.items()}

    return check


def record(**fields: Field) -> Check:
    """A map with these fields: what is unknown goes, what is left out gets its default."""

    def check(value: Any) -> Any:
        expect(isinstance(value, dict), "map")
        found = {}
        for name, (inner, default) in fields.items():
            expect(name in value or default is not REQUIRED, f"{name} is missing")
            # Defaults go through the check too, which copies the maps and arrays among them.
            found[name] = inner(value.get(name, default))
        return found

    return check


def needed(check: Check) -> Field:
    return check, REQUIRED


# -- sections 5 and 6: events and the view ------------------------------------------------------

PERSON = record(id=needed(identity), name=needed(text), headline=(text, ""), key=(text, ""))
ROLE = choice("host", "cohost", "speaker")
SPEAKER = record(
    person=needed(PERSON),
    role=needed(ROLE),
    slot=needed(integer(255)),
    generation=needed(integer(255)),
    muted=(boolean, True),
    silenced=(boolean, False),
    connected=(boolean, True),
)
VIEW = record(
    name=needed(text),
    you=needed(identity),
    stage=(table(identity, SPEAKER), {}),
    hands=(array(record(person=needed(PERSON), at=needed(moment))), []),
    front_row=(table(identity, PERSON), {}),
    audience=(integer(), 0),
    invites=(table(identity, identity), {}),
    locked=(boolean, False),
    access=(text, "open"),
    closes_at=(maybe(moment), None),
)
ID = BY = needed(identity)
MAYBE_BY: Field = (maybe(identity), None)
REF: Field = (maybe(integer()), None)
FEATURES: Field = (array(text), [])
EVENTS: dict[str, Check] = {
    "challenge": record(nonce=needed(nonce), features=FEATURES),
    "joined": record(
        room=needed(text),
        you=needed(identity),
        view=needed(VIEW),
        server_time=needed(moment),
        resumed=(boolean, False),
        ticket=(maybe(text), None),
        invite=(maybe(text), None),
        features=FEATURES,
    ),
    "participant_joined": record(person=needed(PERSON)),
    "participant_left": record(
        id=ID, reason=(choice("left", "lost", "removed", "moved"), "left"), by=MAYBE_BY
    ),
    "hand_raised": record(person=needed(PERSON), at=needed(moment)),
    "hand_lowered": record(
        id=ID, reason=(choice("lowered", "accepted", "declined", "left"), "lowered"), by=MAYBE_BY
    ),
    "invited_to_stage": record(id=ID, by=BY),
    "invite_settled": record(id=ID, answer=needed(choice("accepted", "declined", "void"))),
    "stage_joined": record(speaker=needed(SPEAKER)),
    "stage_left": record(id=ID, by=MAYBE_BY),
    "muted": record(id=ID),
    "unmuted": record(id=ID),
    "silenced": record(id=ID, by=BY),
    "silence_lifted": record(id=ID, by=BY),
    "speaker_dropped": record(id=ID),
    "speaker_returned": record(id=ID),
    "role_changed": record(id=ID, role=needed(ROLE), by=MAYBE_BY),
    "room_locked": record(by=BY),
    "room_unlocked": record(by=BY),
    "host_absent": record(closes_at=needed(moment)),
    "host_present": record(),
    "pulse": record(audience=needed(integer()), reactions=(table(text, integer()), {})),
    "room_ended": record(reason=needed(choice("ended", "no_host", "server_closing")), by=MAYBE_BY),
    "asked_to_unmute": record(by=BY),
    "people_page": record(
        offset=needed(integer()), total=needed(integer()), people=needed(array(PERSON)), ref=REF
    ),
    "invite_made": record(invite=needed(text), expires_at=needed(moment), ref=REF),
    "done": record(ref=needed(integer())),
    "refused": record(
        command=needed(text),
        code=needed(text),
        text=needed(text),
        ref=REF,
        retry_after=(maybe(seconds), None),
    ),
    "goodbye": record(code=needed(text), text=needed(text), retry=(boolean, False)),
}


def encode_command(command: str, **fields: Any) -> bytes:
    return b"\0" + bytes(msgpack.packb({"command": command, **fields}))


def no_extensions(code: int, data: bytes) -> Any:
    raise Malformed(f"extension type {code}")


def decode_event(data: bytes) -> Message | None:
    """The event with all its fields; None for one that version 1 does not know."""
    expect(data[:1] == b"\0", "not a control message")
    try:
        body = msgpack.unpackb(
            data[1:],
            ext_hook=no_extensions,
            max_str_len=4096,
            max_bin_len=256,
            max_array_len=1024,
            max_map_len=1024,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException) as error:
        raise Malformed(str(error)) from error
    expect(isinstance(body, dict) and isinstance(body.get("event"), str), "no event")
    check = EVENTS.get(body["event"])
    return None if check is None else {"event": body["event"], **check(body)}


def follow(view: Message, event: Message) -> None:
    """Section 6: what the event changes in the view."""
    stage, invites, who = view["stage"], view["invites"], event.get("id")

    def out_of_hands(gone: str | None) -> None:
        view["hands"] = [hand for hand in view["hands"] if hand["person"]["id"] != gone]

    match event["event"]:
        case "participant_joined":
            view["front_row"].pop(event["person"]["id"], None)
            view["front_row"][event["person"]["id"]] = event["person"]
        case "participant_left":
            view["front_row"].pop(who, None)
            if event["reason"] != "moved":
                out_of_hands(who)
                stage.pop(who, None)
                invites.pop(who, None)
        case "hand_raised":
            out_of_hands(event["person"]["id"])
            view["hands"].append({"person": event["person"], "at": event["at"]})
            view["hands"].sort(key=lambda hand: hand["at"])
        case "hand_lowered":
            out_of_hands(who)
        case "invited_to_stage":
            invites[who] = event["by"]
        case "invite_settled":
            invites.pop(who, None)
        case "stage_joined":
            who = event["speaker"]["person"]["id"]
            stage[who] = event["speaker"]
            out_of_hands(who)
            view["front_row"].pop(who, None)
            invites.pop(who, None)
        case "stage_left":
            stage.pop(who, None)
        case ("muted" | "unmuted") as name if who in stage:
            stage[who]["muted"] = name == "muted"
        case "silenced" if who in stage:
            stage[who].update(silenced=True, muted=True)
        case "silence_lifted" if who in stage:
            stage[who]["silenced"] = False
        case ("speaker_dropped" | "speaker_returned") as name if who in stage:
            stage[who].update(connected=name == "speaker_returned", muted=True)
        case "role_changed" if who in stage:
            stage[who]["role"] = event["role"]
        case ("room_locked" | "room_unlocked") as name:
            view["locked"] = name == "room_locked"
        case "host_absent":
            view["closes_at"] = event["closes_at"]
        case "host_present":
            view["closes_at"] = None
        case "pulse":
            view["audience"] = event["audience"]
