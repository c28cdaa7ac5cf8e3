"""Rate limits for one connection, one person and one address."""

from __future__ import annotations

import ipaddress
from typing import Literal, NamedTuple

from roomcli.protocol import commands as c

from .rooms.shares import ALWAYS


class TokenBucket:
    """Allows ``rate`` units a second and ``burst`` at once. Time is an argument, in seconds."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, units: float, now: float) -> float:
        """Take ``units`` and return 0.0, or return the seconds until they could be taken."""
        level = self._level_at(now)
        self._at = now
        if level < units:
            self._level = level
            return (units - level) / self._rate
        self._level = level - units
        return 0.0

    def seconds_until(self, units: float, now: float) -> float:
        """Return what :meth:`take` would return, and take nothing."""
        return max(0.0, units - self._level_at(now)) / self._rate

    def is_full(self, now: float) -> bool:
        """Whether the bucket is full again, and so need not be remembered."""
        return self._level_at(now) >= self._burst

    def _level_at(self, now: float) -> float:
        # For every frame of every connection: without min and max, which take most of the time.
        level = self._level + (now - self._at) * self._rate if now > self._at else self._level
        return level if level < self._burst else self._burst


class Rate(NamedTuple):
    """A rate limit: units per second in the long run, and units at once."""

    per_second: float
    at_once: float


Kind = Literal[
    "act",
    "protect",
    "chat",
    "react",
    "hand",
    "look",
    "search",
    "report",
    "invite",
    "hello",
    "enter",
    "knock",
    "rename",
    "password",
    "export",
    "found",
    "claim",
    "plan",
    "replan",
    "keys",
    "join",
    "profile",
    "tie",
    "answer",
]

PER_PERSON: dict[Kind, Rate] = {
    "act": Rate(10, 40),
    "protect": Rate(10, 40),
    "chat": Rate(1, 8),
    "react": Rate(4, 20),
    "hand": Rate(0.5, 8),
    "look": Rate(5, 20),
    "search": Rate(2, 10),
    "report": Rate(1 / 60, 3),
    "invite": Rate(0.2, 10),
    "hello": Rate(1, 30),
    "enter": Rate(1, 30),
    "knock": Rate(0.1, 6),
    "rename": Rate(0.1, 5),
    "password": Rate(0.2, 8),
    "export": Rate(1 / 60, 3),
    "found": Rate(1 / 600, 3),
    "claim": Rate(1 / 6, 10),
    "plan": Rate(0.1, 20),
    "replan": Rate(0.1, 20),
    "keys": Rate(0.2, 20),
    "join": Rate(0.2, 10),
    "profile": Rate(0.1, 5),
    "tie": Rate(1, 60),
    "answer": Rate(0.5, 30),
}
"""What one person may do, over all their connections. Attempts at a room's password are limited in
``guesses``."""

ADDRESS_SHARE = 10
"""How many times a person's limit an address has, since a whole office may share it;
:data:`PER_ADDRESS` has the exceptions. Loopback counts as one address: behind a proxy on the same
machine everybody has it."""
PER_ADDRESS: dict[Kind, Rate] = {
    "hello": Rate(50, 600),
    "enter": Rate(50, 600),
    "react": Rate(200, 600),
    "found": Rate(1 / 600, 30),
    "plan": Rate(1 / 30, 100),
    "claim": Rate(0.2, 100),
    "keys": Rate(0.2, 100),
    "join": Rate(0.05, 200),
    "profile": Rate(0.05, 200),
    "tie": Rate(0.5, 1000),
    "answer": Rate(0.5, 1000),
}
"""Other limits of an address for some kinds. A whole office comes back at once when the server
restarts, and a full hall claps together. What stays for long has to be little in the long run,
since the server takes so much of each: whoever makes themselves ever new keys must not fill it
within a day, nor make the server ask forges and issuers until it asks for nobody else."""
CONNECTIONS = Rate(50, 1000)
"""New connections of one address, including those that fail."""
MAX_BUCKETS = 20_000
CUSTOMER_PREFIX = 48
"""Bits of an IPv6 address that one customer of a provider has in common at most (RFC 6177)."""

_KINDS: dict[type[c.Command], Kind] = {
    c.Hello: "hello",
    c.EnterRoom: "enter",
    c.WatchRooms: "look",
    c.WatchHome: "look",
    c.EchoVoice: "look",
    c.ShowHome: "look",
    c.Search: "search",
    c.Knock: "knock",
    c.Chat: "chat",
    c.React: "react",
    c.RaiseHand: "hand",
    c.LowerHand: "hand",
    c.ListPeople: "look",
    c.ListBans: "look",
    c.ListSilenced: "look",
    c.ListRoomInvites: "look",
    c.ReadChat: "look",
    c.ReadLog: "look",
    c.Report: "report",
    c.MakeRoomInvite: "invite",
    c.SetPassword: "password",
    c.ShowProfile: "look",
    c.ListTies: "look",
    c.ChangeProfile: "profile",
    c.DeleteProfile: "rename",
    c.ExportProfile: "export",
    c.FoundCommunity: "found",
    c.DescribeCommunity: "rename",
    c.AddCommunityRoom: "rename",
    c.ListCommunities: "look",
    c.ShowCommunity: "look",
    c.ListCommunityPeople: "look",
    c.ReadCommunityLog: "look",
    c.JoinCommunity: "join",
    c.InviteToCommunity: "invite",
    c.RemoveMember: "protect",
    c.BanFromCommunity: "protect",
    c.ListClaims: "look",
    **dict.fromkeys(
        (
            c.ClaimForge,
            c.ClaimDomain,
            c.ClaimMail,
            c.ConfirmMail,
            c.ClaimSignOn,
            c.FinishSignOn,
            c.ClaimByDevice,
            c.HideClaim,
            c.ShowClaim,
            c.WithdrawClaim,
        ),
        "claim",
    ),
    c.Follow: "tie",
    c.FollowCommunity: "tie",
    c.Block: "tie",
    c.AnswerEvent: "answer",
    c.PlanEvent: "plan",
    c.ChangeEvent: "replan",
    c.MoveOccurrence: "replan",
    c.CancelEvent: "replan",
    c.ShowEvent: "look",
    c.ListEvents: "look",
    c.ListAnswers: "look",
    c.SetReminder: "replan",
    c.ShowCalendar: "look",
    c.MakeFeed: "export",
    c.ExportEvents: "replan",
    c.ListKeys: "look",
    c.ProposeStatement: "keys",
    c.SignStatement: "keys",
    c.WithdrawStatement: "keys",
    # These have a limit of their own, so that no other command makes a moderator wait.
    **dict.fromkeys(ALWAYS, "protect"),
}


def kind_of(command: c.ClientMessage) -> Kind:
    """Return the kind of limit that a command counts against."""
    return _KINDS.get(type(command), "act")


class Allowances:
    """Counts what everybody does, by kind, and says who has to wait."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._most = MAX_BUCKETS

    def take(self, kind: Kind, key: str, address: str, now: float) -> float:
        """Count one more action: return 0.0 if it may pass, else the seconds to wait.

        ``key`` is the person's fingerprint; an empty ``address`` is not counted. ``now`` is
        monotonic, in seconds.
        """
        wait = self._bucket(key, kind, PER_PERSON[kind], now).take(1, now)
        if wait or not address:
            return wait
        rate = PER_ADDRESS.get(kind) or Rate(*(ADDRESS_SHARE * each for each in PER_PERSON[kind]))
        return self._bucket(network(address), kind, rate, now).take(1, now)

    def take_connection(self, address: str, now: float) -> float:
        """Count one more connection: return 0.0 if it may come, else the seconds to wait."""
        return self._bucket(network(address), "connect", CONNECTIONS, now).take(1, now)

    def _bucket(self, who: str, kind: str, rate: Rate, now: float) -> TokenBucket:
        bucket = self._buckets.get((who, kind))
        if bucket is None:
            if len(self._buckets) >= self._most:
                self._buckets = {
                    each: kept for each, kept in self._buckets.items() if not kept.is_full(now)
                }
                # Where few are full, the next look comes later: each takes its time.
                self._most = max(MAX_BUCKETS, 2 * len(self._buckets))
            bucket = self._buckets[who, kind] = TokenBucket(rate.per_second, rate.at_once, now)
        return bucket


def network(address: str) -> str:
    """Return the network that counts as one: an IPv4 address, or an IPv6 block of one customer.

    Whoever asks has a /48 of IPv6, for nothing; a /64 would be one of their 65,536. That many
    homes of others can be in one too, as they can be behind one address of IPv4.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.version == 6 and ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    if ip.version == 6:
        return str(ipaddress.ip_network((int(ip), CUSTOMER_PREFIX), strict=False))
    return str(ip)
