"""Shares of the server's memory and disk, for each person, network and room.

Keys cost nothing, and networks little: so each has a share, and no share is taken from another. A
used share comes back with time. Pure: time is an argument, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.address import is_loopback
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.durations import rounded_up
from roomcli.protocol.moderation_log import LogEntry

from ..limits import DAY, DailyShare, ServerLimits, ShareLimits
from .rules import RoomState
from .rules import journal as j

Thing = Literal["written", "protected", "rooms", "evidence"]
Holder = Literal["key", "network", "room"]
HOLDERS: tuple[Holder, ...] = ("key", "network", "room")

KIB = 1024
TOLD_AGAIN = 3600.0
"""Seconds until the admin is told again that the same share is used up."""
MAX_KEPT = 20_000


class Portion(NamedTuple):
    """The size of a share: the amount at once, and the amount that comes back in a day."""

    at_once: float
    a_day: float


def portions_of(thing: Thing, limits: ShareLimits) -> dict[Holder, Portion]:
    """Return the sizes of all shares of a thing: of ``written`` in bytes, of the rest in numbers.

    ``evidence`` is reports that take voice and chat along.
    """
    match thing:
        case "written":
            return {
                "key": _portion(limits.written_kib_per_person, KIB),
                "network": _portion(limits.written_kib_per_address, KIB),
                "room": _portion(limits.written_kib_per_room, KIB),
            }
        case "protected":
            return {"key": _portion(limits.protected_per_person)}
        case "rooms":
            return {
                "key": _portion(limits.rooms_per_person),
                "network": _portion(limits.rooms_per_address),
            }
        case "evidence":
            return {
                "key": _portion(limits.reports_per_person),
                "network": _portion(limits.reports_per_address),
                "room": _portion(limits.reports_per_room),
            }


def _portion(share: DailyShare, unit: float = 1) -> Portion:
    return Portion(share.at_once * unit, share.a_day * unit)


EVERYBODY = 10
"""How many times another network's share loopback and proxies have in what is written and reported,
since everybody may be behind them."""

ALWAYS = (
    c.Remove,
    c.Ban,
    c.Silence,
    c.MoveToAudience,
    c.RemoveMessage,
    c.RevokeRoomInvite,
    c.EndRoom,
)
"""Commands that protect a room, or take back what was counted."""
_ROW = 100
"""Bytes that a row takes besides its content."""


class Share:
    """What is left of one portion; an action that is carried out anyway may overdraw it."""

    def __init__(self, portion: Portion, now: float) -> None:
        self.portion = portion
        self.told_at = float("-inf")
        self._left = portion.at_once
        self._at = now

    def left(self, now: float) -> float:
        """Return how much of the share is left."""
        back = max(0.0, now - self._at) * self.portion.a_day / DAY
        return min(self.portion.at_once, self._left + back)

    def seconds_until(self, now: float) -> float:
        """Return the seconds until at least one unit is left; 0.0 if one is."""
        return max(0.0, 1 - self.left(now)) * DAY / self.portion.a_day

    def charge(self, amount: float, now: float) -> None:
        """Take an amount from the share."""
        # The debt has a limit, so that nobody who overdraws a share owes for ever.
        self._left = max(self.left(now) - amount, -self.portion.at_once)
        self._at = max(now, self._at)


class Whose(NamedTuple):
    """The holders whose shares are charged: a key, a network, a room. An empty field is none."""

    key: str = ""
    network: str = ""
    room: str = ""


def is_from_here(network: str) -> bool:
    """Whether this network is loopback, from which clients of an untrusted proxy come too."""
    return is_loopback(network.partition("/")[0])


class Shares:
    """The shares of everybody; ``tell`` gets a line for the admin when one is used up.

    ``is_everybody`` tells whether a network may stand for everybody who comes by a proxy. The sizes
    are those of ``limits`` at the moment.
    """

    def __init__(
        self,
        tell: Callable[[str], None] = lambda text: None,
        is_everybody: Callable[[str], bool] = is_from_here,
        limits: ServerLimits | None = None,
    ) -> None:
        self._limits = limits or ServerLimits()
        self.is_everybody = is_everybody
        self._tell = tell
        self._shares: dict[tuple[Thing, Holder, str], Share] = {}
        self._most = MAX_KEPT

    def seconds_until(self, thing: Thing, whose: Whose, now: float) -> float:
        """Return the seconds until the shares allow one more; 0.0 if they do now."""
        return max((share.seconds_until(now) for share in self._of(thing, whose, now)), default=0.0)

    def charge(self, thing: Thing, whose: Whose, amount: float, now: float) -> None:
        """Charge an amount, whether there is as much left or not."""
        for share in self._of(thing, whose, now):
            share.charge(amount, now)

    def refuse_excess(self, thing: Thing, whose: Whose, now: float) -> None:
        """Raise CommandRefused, and let the admin know, if a share is used up."""
        wait = self.seconds_until(thing, whose, now)
        if wait:
            self.tell_used_up(thing, whose, now)
            text = f"{_REFUSALS[thing]}: try again in {rounded_up(wait)}"
            raise CommandRefused("share_used_up", text, retry_after=wait)

    def tell_used_up(self, thing: Thing, whose: Whose, now: float) -> None:
        """Let the admin know whose share is used up, once an hour."""
        for holder in HOLDERS:
            who = getattr(whose, holder)
            share = self._shares.get((thing, holder, who))
            if share and share.seconds_until(now) and now - share.told_at >= TOLD_AGAIN:
                share.told_at = now
                self._tell(f"the {holder} {who} has used up its share of {_THINGS[thing]}")

    def _of(self, thing: Thing, whose: Whose, now: float) -> list[Share]:
        shares = []
        for holder, portion in portions_of(thing, self._limits.shares).items():
            if who := getattr(whose, holder):
                if holder == "network" and thing != "rooms" and self.is_everybody(who):
                    portion = Portion(*(EVERYBODY * each for each in portion))
                shares.append(self._share((thing, holder, who), portion, now))
        return shares

    def _share(self, id: tuple[Thing, Holder, str], portion: Portion, now: float) -> Share:
        share = self._shares.get(id)
        if share is None:
            if len(self._shares) >= self._most:
                self._shares = {
                    each: kept
                    for each, kept in self._shares.items()
                    if kept.left(now) < kept.portion.at_once
                }
                # Where few have come back, the next look comes later: each takes its time.
                self._most = max(MAX_KEPT, 2 * len(self._shares))
            share = self._shares[id] = Share(portion, now)
        share.portion = portion
        return share


_THINGS: dict[Thing, str] = {
    "written": "the moderation log and the chat",
    "protected": "what moderators do about people",
    "rooms": "rooms to open",
    "evidence": "reports with voice and chat",
}
_REFUSALS: dict[Thing, str] = {
    "written": "so much has been written down for you, your network or this room that it is enough",
    "protected": "you have done so much about people",
    "rooms": "you or your network have opened so many rooms",
    "evidence": "so much has been reported",
}


def written_by(event: j.JournalEvent) -> int:
    """Return the bytes that writing this event into the log takes.

    For chat it is a quarter of the bytes, since only the newest messages are kept.
    """
    match event:
        case e.ModerationLogged(entry=entry):
            return bytes_of(entry)
        case e.ChatPosted(message=message):
            return bytes_of(message) // 4
    return 0


def bytes_of(kept: LogEntry | ChatMessage) -> int:
    """Return the bytes that a row with this takes."""
    return len(msgspec.json.encode(kept)) + _ROW


def is_filling(state: RoomState, command: c.RoomCommand, events: list[j.JournalEvent]) -> bool:
    """Whether ``command`` is refused when a share is used up.

    That is if it has something written, now or when a turn is over, and protects nobody.
    """
    match command:
        case c.Ban():
            banned = [each.ban.key for each in events if isinstance(each, j.Banned)]
            goes = any(isinstance(each, j.Departed) for each in events)
            return not goes and any(key in state.bans for key in banned)
        case c.AcceptHand() | c.InviteToStage():
            return bool(events) and state.settings.floor_seconds > 0
        case _ if isinstance(command, ALWAYS):
            return False
    return any(map(written_by, events))
