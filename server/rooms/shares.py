"""What one person, one network and one room may have of the server's memory and disk.

Keys cost nothing, and networks little: so each has a share, and no share of one is taken from
another. What is used up comes back with time. Pure: time is an argument, in seconds.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

from roomcli.errors import CommandRefused
from roomcli.protocol.commands import (
    AcceptHand,
    Ban,
    EndRoom,
    InviteToStage,
    MoveToAudience,
    Remove,
    RemoveMessage,
    RevokeRoomInvite,
    RoomCommand,
    Silence,
)
from roomcli.protocol.events import ChatPosted, ModerationLogged

from . import rules as policy
from .rules import Departed, JournalEvent, RoomState

Thing = Literal["written", "protected", "rooms", "evidence"]
Holder = Literal["key", "network", "room"]
HOLDERS: tuple[Holder, ...] = ("key", "network", "room")

MIB = 1024 * 1024
DAY = 24 * 3600.0
TOLD_AGAIN = 3600.0
"""After so long it is told once more that the same share is used up."""
MAX_KEPT = 20_000


class Portion(NamedTuple):
    """So much at once, and so much comes back in a day."""

    at_once: float
    a_day: float


PORTIONS: dict[Thing, dict[Holder, Portion]] = {
    "written": {
        "key": Portion(MIB / 8, 4 * MIB),
        "network": Portion(MIB, 32 * MIB),
        "room": Portion(MIB, 32 * MIB),
    },
    "protected": {"key": Portion(1000, DAY / 2)},
    "rooms": {"key": Portion(10, DAY / 30), "network": Portion(30, DAY / 10)},
    "evidence": {
        "key": Portion(3, 24),
        "network": Portion(20, 200),
        "room": Portion(20, 200),
    },
}
"""``written`` is bytes of moderation log and chat; no room is charged with chat, since it keeps the
newest only. ``protected`` is what moderators do to protect a room, which nothing written refuses:
beyond it that goes slowly. ``rooms`` are those that are opened, ``evidence`` reports that take
voice and chat along."""

MAX_ROOMS_OF_KEY = 10
MAX_ROOMS_OF_NETWORK = 100
"""That are open at the same time; of loopback and proxies any number."""
EVERYBODY = 10
"""Loopback and proxies, where everybody may be, have so many times the share of another network in
what is written and reported."""

ALWAYS = (Remove, Ban, Silence, MoveToAudience, RemoveMessage, RevokeRoomInvite, EndRoom)
"""What protects a room, or takes back what was counted."""
_ROW = 100
"""Bytes that a row takes besides what is in it."""


class Share:
    """What is left of one portion; it may be overdrawn by what is carried out all the same."""

    def __init__(self, portion: Portion, now: float) -> None:
        self.portion = portion
        self.told_at = float("-inf")
        self._left = portion.at_once
        self._at = now

    def left(self, now: float) -> float:
        """How much there is."""
        back = max(0.0, now - self._at) * self.portion.a_day / DAY
        return min(self.portion.at_once, self._left + back)

    def seconds_until(self, now: float) -> float:
        """In how many seconds there is at least one again; 0.0 while there is."""
        return max(0.0, 1 - self.left(now)) * DAY / self.portion.a_day

    def charge(self, amount: float, now: float) -> None:
        """So much is used."""
        # Whoever overdraws a share does not owe for ever.
        self._left = max(self.left(now) - amount, -self.portion.at_once)
        self._at = max(now, self._at)


class Whose(NamedTuple):
    """Who is counted: a key, a network, a room; what is empty is not."""

    key: str = ""
    network: str = ""
    room: str = ""


def is_loopback(network: str) -> bool:
    """Whether this is the machine itself, where all are who come by a proxy that is not trusted."""
    return ipaddress.ip_address(network.partition("/")[0]).is_loopback


class Shares:
    """All of them; ``tell`` gets a line for the admin when one is used up.

    ``is_everybody`` says of a network whether all may be behind it who come by a proxy.
    """

    def __init__(
        self,
        tell: Callable[[str], None] = lambda text: None,
        is_everybody: Callable[[str], bool] = is_loopback,
    ) -> None:
        self.is_everybody = is_everybody
        self._tell = tell
        self._shares: dict[tuple[Thing, Holder, str], Share] = {}

    def seconds_until(self, thing: Thing, whose: Whose, now: float) -> float:
        """For how many seconds nothing more may be had; 0.0 if something may."""
        return max((share.seconds_until(now) for share in self._of(thing, whose, now)), default=0.0)

    def charge(self, thing: Thing, whose: Whose, amount: float, now: float) -> None:
        """Count so much, whether there is as much or not."""
        for share in self._of(thing, whose, now):
            share.charge(amount, now)

    def judge(self, thing: Thing, whose: Whose, now: float) -> None:
        """Raises Refused, and lets the admin know, where nothing more may be had."""
        wait = self.seconds_until(thing, whose, now)
        if wait:
            self.tell_used_up(thing, whose, now)
            text = f"{_REFUSALS[thing]}: try again in {policy.in_words(wait)}"
            raise CommandRefused("share_used_up", text, retry_after=wait)

    def tell_used_up(self, thing: Thing, whose: Whose, now: float) -> None:
        """Let the admin know whose share it is that is used up, once an hour."""
        for holder in PORTIONS[thing]:
            who = getattr(whose, holder)
            share = self._shares.get((thing, holder, who))
            if share and share.seconds_until(now) and now - share.told_at >= TOLD_AGAIN:
                share.told_at = now
                self._tell(f"the {holder} {who} has used up its share of {_THINGS[thing]}")

    def _of(self, thing: Thing, whose: Whose, now: float) -> list[Share]:
        shares = []
        for holder, portion in PORTIONS[thing].items():
            if who := getattr(whose, holder):
                if holder == "network" and thing != "rooms" and self.is_everybody(who):
                    portion = Portion(*(EVERYBODY * each for each in portion))
                shares.append(self._share((thing, holder, who), portion, now))
        return shares

    def _share(self, id: tuple[Thing, Holder, str], portion: Portion, now: float) -> Share:
        share = self._shares.get(id)
        if share is None:
            if len(self._shares) >= MAX_KEPT:
                self._shares = {
                    each: kept
                    for each, kept in self._shares.items()
                    if kept.left(now) < kept.portion.at_once
                }
            share = self._shares[id] = Share(portion, now)
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


def written_by(event: JournalEvent) -> int:
    """How many bytes it takes to write this event into the log, or a quarter of what it takes to
    write it into the chat, of which the newest messages only are kept."""
    match event:
        case ModerationLogged(entry=entry):
            return len(msgspec.json.encode(entry)) + _ROW
        case ChatPosted(message=message):
            return (len(msgspec.json.encode(message)) + _ROW) // 4
    return 0


def is_filling(state: RoomState, command: RoomCommand, events: list[JournalEvent]) -> bool:
    """Whether ``command`` is refused when a share is used up: it has something written, now or when
    a turn is over, and protects nobody."""
    match command:
        case Ban():
            banned = [each.ban.key for each in events if isinstance(each, policy.Banned)]
            goes = any(isinstance(each, Departed) for each in events)
            return not goes and any(key in state.bans for key in banned)
        case AcceptHand() | InviteToStage():
            return bool(events) and state.settings.floor_seconds > 0
        case _ if isinstance(command, ALWAYS):
            return False
    return any(map(written_by, events))
