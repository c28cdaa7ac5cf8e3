"""How much may be asked for: by one connection, by one person, by one address."""

from __future__ import annotations

import ipaddress
from typing import Literal, NamedTuple

from roomcli.protocol.commands import (
    Chat,
    ListBans,
    ListPeople,
    ListRoomInvites,
    ListSilenced,
    LowerHand,
    MakeRoomInvite,
    RaiseHand,
    React,
    ReadChat,
    ReadLog,
    Report,
    RoomCommand,
    SetPassword,
)

from .rooms.shares import ALWAYS


class TokenBucket:
    """Allows ``rate`` units a second and ``burst`` at once. Time is an argument, in seconds."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, units: float, now: float) -> float:
        """0.0 if ``units`` may pass now, else in how many seconds they might."""
        wait = self.seconds_until(units, now)
        self._level = self._level_at(now) - (0 if wait else units)
        self._at = now
        return wait

    def seconds_until(self, units: float, now: float) -> float:
        """What :meth:`take` would say; nothing is taken."""
        return max(0.0, units - self._level_at(now)) / self._rate

    def is_full(self, now: float) -> bool:
        """Whether it is as good as new, and need not be remembered."""
        return self._level_at(now) >= self._burst

    def _level_at(self, now: float) -> float:
        return min(self._burst, self._level + max(0.0, now - self._at) * self._rate)


class Rate(NamedTuple):
    """So many a second in the long run, so many at once."""

    per_second: float
    at_once: float


Kind = Literal[
    "act",
    "protect",
    "chat",
    "react",
    "hand",
    "look",
    "report",
    "invite",
    "enter",
    "password",
]

PER_PERSON: dict[Kind, Rate] = {
    "act": Rate(10, 40),
    "protect": Rate(10, 40),
    "chat": Rate(1, 8),
    "react": Rate(4, 20),
    "hand": Rate(0.5, 8),
    "look": Rate(5, 20),
    "report": Rate(1 / 60, 3),
    "invite": Rate(0.2, 10),
    "enter": Rate(1, 30),
    "password": Rate(0.2, 8),
}
"""What one person may do, whatever number of connections they do it by; ``guesses`` counts what is
tried at a room's password."""

ADDRESS_SHARE = 10
"""An address, behind which a whole office may sit, has so many times what one person has, but for
:data:`PER_ADDRESS`. Loopback is one too: behind a proxy on the same machine everybody has it."""
PER_ADDRESS: dict[Kind, Rate] = {"enter": Rate(50, 600), "react": Rate(200, 600)}
"""Everybody of an office comes back at once when a server starts again, and a full hall claps."""
CONNECTIONS = Rate(50, 1000)
"""New connections of one address, whatever becomes of them."""
MAX_BUCKETS = 20_000

_KINDS: dict[type[RoomCommand], Kind] = {
    Chat: "chat",
    React: "react",
    RaiseHand: "hand",
    LowerHand: "hand",
    ListPeople: "look",
    ListBans: "look",
    ListSilenced: "look",
    ListRoomInvites: "look",
    ReadChat: "look",
    ReadLog: "look",
    Report: "report",
    MakeRoomInvite: "invite",
    SetPassword: "password",
    # Whatever else a moderator did, they need not wait with this.
    **dict.fromkeys(ALWAYS, "protect"),
}


def kind_of(command: RoomCommand) -> Kind:
    """Which limit a command counts against."""
    return _KINDS.get(type(command), "act")


class Allowances:
    """Counts what everybody does, by kind, and says who has to wait."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], TokenBucket] = {}

    def take(self, kind: Kind, key: str, address: str, now: float) -> float:
        """0.0 if one more may pass, else for how many seconds to wait. Times are monotonic.

        ``key`` is the person's fingerprint; ``address`` may be empty where it does not count.
        """
        wait = self._bucket(key, kind, PER_PERSON[kind], now).take(1, now)
        if wait or not address:
            return wait
        rate = PER_ADDRESS.get(kind) or Rate(*(ADDRESS_SHARE * each for each in PER_PERSON[kind]))
        return self._bucket(network(address), kind, rate, now).take(1, now)

    def take_connection(self, address: str, now: float) -> float:
        """0.0 if one more connection may come from there, else in how many seconds it might."""
        return self._bucket(network(address), "connect", CONNECTIONS, now).take(1, now)

    def _bucket(self, who: str, kind: str, rate: Rate, now: float) -> TokenBucket:
        bucket = self._buckets.get((who, kind))
        if bucket is None:
            if len(self._buckets) >= MAX_BUCKETS:
                self._buckets = {
                    each: kept for each, kept in self._buckets.items() if not kept.is_full(now)
                }
            bucket = self._buckets[who, kind] = TokenBucket(rate.per_second, rate.at_once, now)
        return bucket


def network(address: str) -> str:
    """What one person may be expected to have: an address, in IPv6 half of one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    if ip.version == 6:
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)
