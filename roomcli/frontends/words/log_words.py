"""Words for the moderation log: one line for each entry.

Pure. Names, details and reasons are other people's text and are never read as markup.
"""

from __future__ import annotations

from ...protocol.moderation_log import Action, FormerAction, LogEntry
from ...protocol.people import Person
from ...protocol.view import RoomView
from .names import written

_WORDS: dict[Action | FormerAction, str] = {
    "open_room": "{actor} opened the room",
    "end_room": "{actor} ended the room",
    "room_closed": "{actor} closed the room",
    "lock": "{actor} locked the room",
    "unlock": "{actor} unlocked the room",
    "change_settings": "{actor} changed the room",
    "set_password": "{actor} changed the password",
    "make_room_invite": "{actor} made an invite",
    "revoke_room_invite": "{actor} revoked an invite",
    "make_invite": "{actor} made an invite",
    "revoke_invite": "{actor} revoked an invite",
    "silence": "{actor} silenced {target}",
    "lift_silence": "{actor} let {target} speak again",
    "move_to_audience": "{actor} moved {target} to the audience",
    "turn_over": "{actor} moved {target} to the audience when the turn was over",
    "lower_all_hands": "{actor} lowered all hands",
    "remove": "{actor} removed {target}",
    "ban": "{actor} banned {target}",
    "unban": "{actor} lifted the ban of {target}",
    "remove_message": "{actor} removed a message by {target}",
    "let_in": "{actor} let {target} in, who knocked",
    "turn_away": "{actor} did not let {target} in, who knocked",
    "make_cohost": "{actor} made {target} co-host",
    "hand_over": "{actor} made {target} host",
    "succession": "{actor} made {target} host in place of the one who dropped",
    "host_returned": "{actor} made {target}, who is back, host again",
}


def entry_line(entry: LogEntry, view: RoomView | None = None) -> str:
    """Return who did what to whom and why; the user whose ``view`` is given is called "you"."""
    actor = _called(entry.actor, view, "You") if entry.actor else "The server"
    target = _called(entry.target, view, "you") if entry.target else ""
    if entry.action in _WORDS:
        line = _WORDS[entry.action].format(actor=actor, target=target or "somebody")
    else:
        line = f"{actor}: {entry.action.replace('_', ' ')} {target}".rstrip()
    line += f" ({entry.detail})" if entry.detail else ""
    return line + (f": {entry.reason}" if entry.reason else "")


def _called(person: Person, view: RoomView | None, word: str) -> str:
    return word if view is not None and person.id == view.me else written(person, view)
