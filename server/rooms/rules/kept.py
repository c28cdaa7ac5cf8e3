"""What of a room itself outlives a restart.

Seats, chat, log, bans and silences are kept too, each by itself.
"""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.settings import RoomSettings

from .participants import KeptInvite, TurnedAway


class KeptRoom(Struct, frozen=True, kw_only=True):
    """A room as a new run of the server opens it again; the fields have a state's names.

    ``owner`` is the fingerprint of the key that opened the room, or was handed it; ``password`` is
    a salted hash, or empty. ``turned_away`` are those who knocked and were not let in, by key.
    """

    name: str
    access: str
    opened_at: float = 0.0
    owner: str = ""
    locked: bool = False
    settings: RoomSettings = RoomSettings()
    password: str = ""
    room_invites: dict[str, KeptInvite] = {}
    turned_away: dict[str, TurnedAway] = {}


def kept(room: KeptRoom) -> KeptRoom:
    """Return what is kept of a room, of which more may be known."""
    return KeptRoom(**{name: getattr(room, name) for name in KeptRoom.__struct_fields__})


def differs(before: KeptRoom, after: KeptRoom) -> bool:
    """Whether something of this is not as it was."""
    pairs = ((getattr(before, name), getattr(after, name)) for name in KeptRoom.__struct_fields__)
    return any(old is not new and old != new for old, new in pairs)
