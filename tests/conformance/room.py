"""Sections 6 and 14 of docs/protocol.md: follow a room's events, its chat and its log.

It imports nothing of roomcli, as ``client`` explains.
"""

from __future__ import annotations

import hashlib

from .fields import Message


def put_in_order(view: Message) -> None:
    """Sort the queue as the room's settings want it (section 6)."""

    def place(hand: Message) -> tuple[float, ...]:
        if view["settings"]["order"] == "fair":
            return int(hand["spoken"]), hand["at"]
        return (hand["at"],)

    view["hands"].sort(key=place)


def follow(view: Message, event: Message) -> None:
    """Apply an event to the view (section 6)."""
    stage, invites, who = view["stage"], view["stage_invitations"], event.get("id")

    def out_of_hands(gone: str | None) -> None:
        view["hands"] = [hand for hand in view["hands"] if hand["id"] != gone]

    view["people"] |= event.get("people", {})

    match event["event"]:
        case "participant_joined":
            view["front_row"].pop(who, None)
            view["front_row"][who] = event["person"]
        case "person_changed":
            person = event["person"]
            if person["id"] in view["people"]:
                view["people"][person["id"]] = person
        case "participant_left":
            view["front_row"].pop(who, None)
            if event["reason"] != "moved":
                out_of_hands(who)
                stage.pop(who, None)
                invites.pop(who, None)
        case "hand_raised":
            out_of_hands(who)
            view["hands"].append(
                {name: event[name] for name in ("id", "person", "at", "topic", "spoken")}
            )
            put_in_order(view)
        case "hand_lowered":
            out_of_hands(who)
        case "hands_lowered":
            view["hands"] = []
        case "invited_to_stage":
            invites[who] = {name: event[name] for name in ("person", "by")}
        case "stage_invitation_settled":
            invites.pop(who, None)
        case "knocked":
            view["knockers"] |= event["knockers"]
        case "knock_settled":
            view["knockers"].pop(event["person"], None)
        case "stage_joined":
            who = event["speaker"]["id"]
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
            until = event.get("kept_until")
            stage[who].update(connected=name == "speaker_returned", muted=True, kept_until=until)
        case "role_changed" if who in stage:
            stage[who]["role"] = event["role"]
        case "turn_set" if who in stage:
            stage[who]["turn_ends_at"] = event["ends_at"]
        case ("room_locked" | "room_unlocked") as name:
            view["locked"] = name == "room_locked"
        case "settings_changed":
            view["settings"] = event["settings"]
            put_in_order(view)
        case "password_changed":
            view["password"] = event["wanted"]
        case "moderation_logged":
            view["log"] = event["entry"]["hash"]
        case "host_absent":
            view["closes_at"] = event["closes_at"]
        case "host_present":
            view["closes_at"] = None
        case "pulse":
            view["audience"] = event["audience"]
            for id, spoken in event["spoken"].items():
                if id in stage:
                    stage[id]["spoken"] = spoken
    view["log"] = event.get("log") or view["log"]
    named = named_by(view)
    assert named <= view["people"].keys(), "each id in a view is in its people"
    view["people"] = {id: each for id, each in view["people"].items() if id in named}


def named_by(view: Message) -> set[str]:
    """Return the ids of all persons that the view names."""
    named = {view["me"], *view["front_row"].values()}
    named |= {each["person"] for each in (*view["stage"].values(), *view["hands"])}
    for invitation in view["stage_invitations"].values():
        named |= {invitation["person"], invitation["by"]}
    return named


def follow_chat(chat: list[Message], event: Message) -> None:
    match event["event"]:
        case "chat_posted":
            chat.append(event["message"])
        case "person_changed":
            person = event["person"]
            for each in chat:
                if (each["person"], each["name"]) == (person["id"], person["name"]):
                    each["tail"] = person["tail"]
        case "chat_removed":
            chat[:] = [each for each in chat if each["number"] != event["number"]]


# -- section 14: the moderation log -------------------------------------------------------------


class Rewritten(ValueError):
    """The server contradicts what it said before about its log."""


def hashed(*texts: str) -> str:
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in texts)
    array = "[" + ",".join(f'"{each}"' for each in quoted) + "]"
    return hashlib.sha256(array.encode()).hexdigest()[:32]


def root_hash(room: str, opened_at: float) -> str:
    return hashed("roomcli moderation log v1", room, f"{opened_at:.3f}")


def entry_hash(entry: Message) -> str:
    def three(person: Message | None) -> list[str]:
        return [person[name] for name in ("id", "name", "key")] if person else ["", "", ""]

    return hashed(
        entry["previous"],
        str(entry["number"]),
        f"{entry['at']:.3f}",
        entry["action"],
        *three(entry["actor"]),
        *three(entry["target"]),
        entry["detail"],
        entry["reason"],
    )


class Witness:
    """Remembers every hash of the log that a client was told, and checks what follows."""

    def __init__(self, head: str) -> None:
        self.head = head
        self.told = [head]
        self.number: int | None = None

    def hears(self, event: Message) -> None:
        """Take in an event of the room. Raises Rewritten."""
        entry = event.get("entry")
        if event["event"] == "moderation_logged" and entry is not None:
            if entry["previous"] != self.head or entry["hash"] != entry_hash(entry):
                raise Rewritten(f"entry {entry['number']} does not follow")
            if self.number is not None and entry["number"] != self.number + 1:
                raise Rewritten(f"entry {entry['number']} after {self.number}")
            self.number, self.head = entry["number"], entry["hash"]
            self.told.append(self.head)
        if event.get("log") and event["log"] != self.head:
            raise Rewritten(f"{event['event']} speaks of another log")

    def reads(self, entries: list[Message], room: str, opened_at: float) -> None:
        """Check the whole log as it was just read. Raises Rewritten."""
        hashes = [root_hash(room, opened_at)]
        for number, entry in enumerate(entries, 1):
            right = (number, hashes[-1], entry_hash(entry))
            if (entry["number"], entry["previous"], entry["hash"]) != right:
                raise Rewritten(f"entry {number} is not what was written")
            hashes.append(entry["hash"])
        missing = set(self.told) - set(hashes)
        if missing:
            raise Rewritten(f"{len(missing)} entries that we were told of are gone")
