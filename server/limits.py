"""The server's limits: what one client, one address, one room and all together may take.

Here are the defaults, which suit a small machine, and how far each may be changed. What the admin
writes into a file (``limits_file``) takes their place; docs/self-hosting.md says what each is.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

MIB = 1024**2
DAY = 24 * 3600.0
Number = Annotated[int, Meta(ge=1, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=1, le=600)]
Mib = Annotated[float, Meta(ge=1, le=1024**2)]
Days = Annotated[float, Meta(ge=1, le=36_500)]
Mbit = Annotated[float, Meta(ge=1, le=100_000)]


class Rate(NamedTuple):
    """A rate limit: units per second in the long run, and units at once."""

    per_second: Annotated[float, Meta(gt=0, le=100_000)]
    at_once: Annotated[float, Meta(ge=1, le=1_000_000)]


class DailyShare(NamedTuple):
    """A share: so much that comes back in a day, and so much at once."""

    a_day: Annotated[float, Meta(gt=0, le=100_000_000)]
    at_once: Annotated[float, Meta(ge=1, le=1_000_000)]


class ConnectionLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Connections, by where they are; an address of IPv6 is a /48. Times are in seconds.

    ``opening_seconds`` are from accepting to the end of the request head, so that nobody holds a
    connection by sending slowly; ``answer_seconds`` until an answer has been taken. After
    ``idle_seconds`` without a word a client is gone: less than the protocol's five would end
    honest ones. ``queue_kib`` is what waits for a client that takes nothing: at least the longest
    message. ``queues_mib`` is what waits for all together: beyond it those go for whom most waits.
    """

    new_per_address: Rate = Rate(50, 1000)
    before_hello: Number = 2048
    before_hello_per_address: Number = 512
    at_home: Number = 2048
    at_home_per_address: Number = 500
    at_home_per_person: Number = 10
    in_rooms_per_address: Number = 500
    opening_seconds: Seconds = 10
    hello_seconds: Seconds = 10
    answer_seconds: Seconds = 10
    idle_seconds: Annotated[float, Meta(ge=5, le=600)] = 5
    queue_kib: Annotated[int, Meta(ge=960, le=65_536)] = 960
    queues_mib: Mib = 64


class MessageLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one connection may send: the size of a message in bytes, and how many of which kind.

    ``datagrams`` are those of a visit by UDP: a voice of 10 ms frames, each repeated, and what else
    there is; what is beyond is dropped.

    ``frames`` are WebSocket frames of all kinds: 50 a second with voice, and as many again for
    those that are late and come at once. A connection that sends more for ``flood_seconds`` is
    closed. ``refused`` are commands that are refused: a person makes a few, and a program that goes
    on is stopped. ``malformed`` messages, and frames that no honest client sends, end a connection.
    """

    bytes: Annotated[int, Meta(ge=4096, le=8192)] = 8192
    frames: Rate = Rate(150, 300)
    datagrams: Rate = Rate(300, 600)
    flood_seconds: Seconds = 5
    pings: Rate = Rate(1, 10)
    refused: Rate = Rate(2, 200)
    malformed: Number = 20


class HostingLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """The most rooms that are open at the same time; loopback and proxies are no address."""

    open: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    per_person: Number = 10
    per_address: Number = 100


class RoomLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of each room: people in all, on stage, hands that wait, seats of one person.

    ``wrong_passwords`` are guesses of all, and of each address: an office may share one. Beyond
    that addresses take turns.
    """

    people: Annotated[int, Meta(ge=2, le=10_000)] = 10_000
    stage: Annotated[int, Meta(ge=2, le=64)] = 24
    hands: Annotated[int, Meta(ge=1, le=300)] = 300
    seats: Annotated[int, Meta(ge=1, le=100)] = 3
    wrong_passwords: Rate = Rate(1.0, 60.0)
    wrong_passwords_per_address: Rate = Rate(0.5, 10.0)


class EgressLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """How much voice may be sent, in megabits a second: by the server, and by each room.

    The heads of IP and TCP are counted, those of TLS are not.
    """

    server_mbit: Mbit = 2000
    room_mbit: Mbit = 2000


class CommunityLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Communities on the server, those that somebody owns when they found another one, and those
    that somebody joined or applied to; nobody is invited who has to do with so many.
    """

    open: Annotated[int, Meta(ge=1, le=100_000)] = 2000
    owned: Number = 10
    joined: Annotated[int, Meta(ge=1, le=1000)] = 200


class DiskLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the disk the store may take, in MiB, and for how long, in days.

    ``log`` is for moderation logs, those of rooms that ended for so many days after their last
    entry; ``reports`` for voice and chat of reports, for so many days after they were resolved;
    ``chat`` for that of open rooms; ``bans`` for bans and silences of rooms that are not open: they
    end when the last was made so many days ago, and nobody opened the room for ``log_days``. Beyond
    its limit of each kind something makes way: of what is over before what goes on, of who has most
    before others.
    """

    log_mib: Mib = 1024
    log_days: Days = 90
    reports_mib: Mib = 1024
    reports_days: Days = 30
    chat_mib: Mib = 256
    bans_mib: Mib = 64
    bans_days: Days = 730


class ShareLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person, an address and a room may fill, so that no share is taken from another.

    ``written`` is moderation log and chat; a room is not charged with chat, since it keeps only the
    newest. ``protected`` counts what moderators do to protect a room: used-up ``written`` shares
    never stop that, but this share slows it down. ``rooms`` counts rooms opened, ``reports`` those
    that take voice and chat along.
    """

    written_kib_per_person: DailyShare = DailyShare(4096, 128)
    written_kib_per_address: DailyShare = DailyShare(32_768, 1024)
    written_kib_per_room: DailyShare = DailyShare(32_768, 1024)
    protected_per_person: DailyShare = DailyShare(43_200, 1000)
    rooms_per_person: DailyShare = DailyShare(2880, 10)
    rooms_per_address: DailyShare = DailyShare(8640, 30)
    reports_per_person: DailyShare = DailyShare(24, 3)
    reports_per_address: DailyShare = DailyShare(200, 20)
    reports_per_room: DailyShare = DailyShare(200, 20)


class FetchLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What the server asks elsewhere, to see what people prove: for each of them, of each site, in
    all at the same time, and for how many seconds one answer is waited for.

    What it asks by itself, when it looks at badges again, counts for the site alone, and apart.
    """

    per_person: Rate = Rate(1 / 20, 20)
    per_site: Rate = Rate(0.5, 20)
    at_once: Annotated[int, Meta(ge=1, le=1000)] = 16
    seconds: Annotated[float, Meta(ge=1, le=60)] = 5


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
"""What one person may do, over all their connections."""

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


class ServerLimits(Struct, forbid_unknown_fields=True):
    """All limits, as they are in force now.

    There is one of these in a server. Whoever is limited reads it at that moment, so what
    :meth:`take_over` changes holds from then on; ``room`` for rooms that are opened from then on.
    """

    connections: ConnectionLimits = ConnectionLimits()
    messages: MessageLimits = MessageLimits()
    rooms: HostingLimits = HostingLimits()
    room: RoomLimits = RoomLimits()
    egress: EgressLimits = EgressLimits()
    communities: CommunityLimits = CommunityLimits()
    disk: DiskLimits = DiskLimits()
    shares: ShareLimits = ShareLimits()
    fetching: FetchLimits = FetchLimits()
    per_person: dict[Kind, Rate] = {}
    per_address: dict[Kind, Rate] = {}

    def rate_of_person(self, kind: Kind) -> Rate:
        """Return how often one person may do what is of this kind."""
        return self.per_person.get(kind) or PER_PERSON[kind]

    def rate_of_address(self, kind: Kind) -> Rate:
        """Return how often the people of one address may do that together."""
        rate = self.per_address.get(kind) or PER_ADDRESS.get(kind)
        return rate or Rate(*(ADDRESS_SHARE * each for each in self.rate_of_person(kind)))

    def take_over(self, other: ServerLimits) -> list[str]:
        """Hold to the limits of ``other`` from now on; return which changed, as SECTION.KEY."""
        before, after = msgspec.to_builtins(self), msgspec.to_builtins(other)
        for name in self.__struct_fields__:
            setattr(self, name, getattr(other, name))
        return [
            f"{name}.{key}"
            for name, section in after.items()
            for key in sorted({*section, *before[name]})
            if section.get(key) != before[name].get(key)
        ]
