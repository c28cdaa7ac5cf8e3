"""What is written in one room, charged to whoever wrote it, to their network and to the room."""

from __future__ import annotations

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol.moderation_log import LogEntry

from .room_journal import RoomJournal
from .rules import RoomState
from .rules import journal as j
from .shares import Shares, Whose, bytes_of, is_filling, written_by


class RoomShares:
    """Charges the shares of everybody for one room; ``journal`` says whether it can be written."""

    def __init__(self, shares: Shares, journal: RoomJournal) -> None:
        self._shares = shares
        self._journal = journal

    def charge_command(
        self,
        state: RoomState,
        actor: str,
        network: str,
        command: c.RoomCommand,
        events: list[j.JournalEvent],
        now: float,
    ) -> None:
        """Charge what the command writes to its actor. Raises CommandRefused if that is too much.

        The room's own share is charged as events are applied, for the server's own entries too.
        """
        whose = _whose(state, actor, network)
        size = sum(written_by(each) for each in events)
        if is_filling(state, command, events):
            if self._journal.is_full:
                text = "the server cannot write anything down at the moment: try again later"
                raise CommandRefused("server_full", text)
            in_chat = isinstance(command, c.Chat)
            self._shares.refuse_excess(
                "written", whose._replace(room="") if in_chat else whose, now
            )
            self._shares.charge("written", whose._replace(room=""), size, now)
        elif size:
            self._shares.refuse_excess("protected", whose, now)
            self._shares.charge("protected", whose, 1, now)

    def may_take_evidence(self, state: RoomState, reporter: str, network: str, now: float) -> bool:
        """Charge a report that takes voice and chat along; return False if there were too many."""
        whose = _whose(state, reporter, network)
        if self._shares.seconds_until("evidence", whose, now) > 0:
            self._shares.tell_used_up("evidence", whose, now)
            return False
        self._shares.charge("evidence", whose, 1, now)
        return True

    def charge_room(self, state: RoomState, owner: str, entry: LogEntry, now: float) -> None:
        """Charge an entry of the log to the room, as its ``owner`` has it."""
        self._shares.charge("written", Whose(room=_share_name(state, owner)), bytes_of(entry), now)


def _whose(state: RoomState, actor: str, network: str) -> Whose:
    key = state.who(state.participants[actor]).key
    return Whose(key, network, _share_name(state, state.owner))


def _share_name(state: RoomState, owner: str) -> str:
    """Return the room's name among the shares: a new owner starts anew."""
    return f"{state.name} of {owner}"
