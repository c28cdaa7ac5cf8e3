"""Counts what one connection, one person and one address do, and says who has to wait."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache

from roomcli.protocol import commands as c

from .limits import Kind, Rate, ServerLimits
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

    def used(self, now: float) -> float:
        """Return how many units have not come back yet."""
        return self._burst - self._level_at(now)

    def is_full(self, now: float) -> bool:
        """Whether the bucket is full again, and so need not be remembered."""
        return self._level_at(now) >= self._burst

    def _level_at(self, now: float) -> float:
        # For every frame of every connection: without min and max, which take most of the time.
        level = self._level + (now - self._at) * self._rate if now > self._at else self._level
        return level if level < self._burst else self._burst


MAX_BUCKETS = 20_000
MAX_NETWORKS = 4096
"""Addresses of which it is remembered to which network they belong."""
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

    def __init__(self, limits: ServerLimits | None = None) -> None:
        self._limits = limits or ServerLimits()
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._most = MAX_BUCKETS

    def take(self, kind: Kind, key: str, address: str, now: float) -> float:
        """Count one more action: return 0.0 if it may pass, else the seconds to wait.

        ``key`` is the person's fingerprint; an empty ``address`` is not counted. ``now`` is
        monotonic, in seconds.
        """
        for bucket in self._buckets_of(kind, key, address, now):
            if wait := bucket.take(1, now):
                return wait
        return 0.0

    def would_wait(self, kind: Kind, key: str, address: str, now: float) -> float:
        """Return what :meth:`take` would return, and count nothing."""
        buckets = self._buckets_of(kind, key, address, now)
        return max(bucket.seconds_until(1, now) for bucket in buckets)

    def _buckets_of(self, kind: Kind, key: str, address: str, now: float) -> Iterator[TokenBucket]:
        yield self._bucket(key, kind, self._limits.rate_of_person(kind), now)
        if address:
            yield self._bucket(network(address), kind, self._limits.rate_of_address(kind), now)

    def take_connection(self, address: str, now: float) -> float:
        """Count one more connection: return 0.0 if it may come, else the seconds to wait."""
        rate = self._limits.connections.new_per_address
        return self._bucket(network(address), "connect", rate, now).take(1, now)

    def begin_anew(self) -> None:
        """Forget what was counted, since other limits are in force."""
        self._buckets.clear()

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


@lru_cache(MAX_NETWORKS)
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
