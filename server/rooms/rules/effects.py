"""What has to be done when something happened in a room, as values. Whoever has the room does it.

Effects say what, never how. A save may name a fact that only the store can resolve, as "the seats
of this key become listeners" does.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from roomcli.protocol import events as e
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.moderation_log import LogEntry
from roomcli.protocol.people import BanNotice, Person, SilenceNotice

from .answered import KeptAnswer
from .participants import Participant
from .project import Delivery


class Save(Struct, frozen=True, kw_only=True):
    """The base of what has to be on disk.

    ``awaited`` is whether a restart must not undo it: then the command that caused it is
    acknowledged only when it is on disk.
    """

    awaited: bool = True


class SaveRoom(Save, frozen=True):
    """Save the room's own row as the room now is: its owner, doors, settings and invites."""


class ForgetRoom(Save, frozen=True):
    """Delete the closed room with its seats and chat; bans, silences, reports and the log stay."""


class SaveSeat(Save, frozen=True, kw_only=True):
    """Save somebody's seat, and the time and topic of their raised hand.

    ``ticket_hash`` stands for their new ticket; if it is empty, the seat keeps the ticket that it
    has, and without one nothing is saved. ``signer`` is the key by which they came to that ticket.
    """

    someone: Participant
    person: Person
    hand_at: float | None = None
    hand_topic: str = ""
    ticket_hash: str = ""
    signer: str = ""


class SavePerson(Save, frozen=True, kw_only=True):
    """Save how somebody is called who is here."""

    person: Person
    awaited: bool = False


class RenewSeat(Save, frozen=True, kw_only=True):
    """Make sure that the ticket of a seat is good for a while from now on."""

    id: str
    awaited: bool = False


class ForgetSeat(Save, frozen=True, kw_only=True):
    """Delete a seat, so that no ticket brings them back."""

    id: str
    awaited: bool = False


class LowerSeats(Save, frozen=True):
    """Let the seats of this key become those of listeners, also while their holder is away."""

    key: str


class EndSeats(Save, frozen=True):
    """Delete the seats of this key, also while their holder is away."""

    key: str


class SaveMessage(Save, frozen=True):
    """Save a chat message, or save it anew."""

    message: ChatMessage


class ForgetMessage(Save, frozen=True):
    """Delete a chat message but keep its number, which is never given again."""

    number: int


class AppendEntry(Save, frozen=True):
    """Append an entry to the moderation log."""

    entry: LogEntry


class SaveBan(Save, frozen=True):
    """Save a ban from the rooms of this name and owner."""

    owner: str
    ban: BanNotice


class ForgetBan(Save, frozen=True):
    """Delete the ban of a key from the rooms of this name and owner."""

    owner: str
    key: str


class SaveSilence(Save, frozen=True):
    """Save the silence of a person in the rooms of this name and owner."""

    owner: str
    silence: SilenceNotice


class ForgetSilence(Save, frozen=True):
    """Delete the silence of a person in the rooms of this name and owner."""

    owner: str
    key: str


class KeepAnswer(Save, frozen=True, kw_only=True):
    """Keep for a while that a command was carried out, so that given again it is done once.

    ``known_for`` is for how many seconds back all such commands are known.
    """

    answer: KeptAnswer
    known_for: float = 0.0
    awaited: bool = False


LASTING = (
    SaveRoom, ForgetRoom, LowerSeats, EndSeats, AppendEntry, SaveBan, ForgetBan, SaveSilence,
    ForgetSilence,
)  # fmt: skip
"""What the end of a server must not undo either, once it was acknowledged, or anybody saw it."""


class Dismissal(Struct, frozen=True):
    """End the visits of these people, or of everyone, with this last word to each.

    A goodbye ends their connections too.
    """

    last_word: e.RoomLeft | e.Goodbye
    to: Literal["everyone"] | frozenset[str] = "everyone"


class AnswerKnocker(Struct, frozen=True):
    """Tell the person who waited at the door that this is over; None for who went by themselves."""

    person: str
    answer: e.KnockAnswered | None


class FreeSlot(Struct, frozen=True):
    """Forget the voice in this slot: its holder has left the stage."""

    slot: int


class ClearTalkTime(Struct, frozen=True):
    """Count talk time anew: what was counted so far has been told."""


class ChargeRoom(Struct, frozen=True):
    """Charge the share of the rooms of this owner and name with an entry of the log."""

    owner: str
    entry: LogEntry


Effect = Save | Delivery | Dismissal | AnswerKnocker | FreeSlot | ClearTalkTime | ChargeRoom
"""Everything that may have to be done when something happened."""
