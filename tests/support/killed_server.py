"""Leave what a server leaves that is killed between any two writes of one command.

Run with a folder, it puts the data there as ``COMMAND/NUMBER``: the files as they were after that
number of writes, the commit included, which is all that a killed process leaves. The last of each
command are those of a server that came to its end.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import trio

from roomcli.protocol import commands as c
from roomcli.protocol.people import Person, Role
from roomcli.protocol.statements import Purpose
from server.admin.commands import Admin
from server.calendar import desk as calendar_desk
from server.clock import Clock
from server.communities import desk as community_desk
from server.communities.directory import CommunityDirectory
from server.desks import Desk, Desks
from server.introductions import Introductions
from server.people.identities import Identities
from server.people.keyring import Propose
from server.people.profiles.desk import ProfileDesk
from server.people.ties.desk import TiesDesk
from server.rooms import rules
from server.rooms.holdings import RoomHolder
from server.rooms.room import Room
from server.rooms.shares import Shares
from server.store import Store
from server.store.sqlite import open_store
from server.store.sqlite.schema import CHECKPOINT
from server.store.tables import writer as table_writer
from server.store.tables.database import Database

ROOM = "standup"
WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT", CHECKPOINT)
ENTROPY = bytes(range(16))


class Deaf:
    """A connection that hears nothing."""

    def __init__(self, id: str, key: str) -> None:
        self.id, self.key, self.signer, self.network = id, key, key, ""

    def send_frame(self, frame: bytes) -> None:
        """Ignore a message."""

    def end(self, goodbye: object) -> None:
        """Ignore the end."""

    def set_place(self, *, on_stage: bool, large: bool) -> None:
        """Ignore where one is."""


class CopiedWrites:
    """A database connection that copies the files of its database before each of its writes."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, copies: Path) -> None:
        self._connection = connection
        self._folder, self._copies = folder, copies
        self._numbers = count()
        self._begun = False  # whatever is still moved into the file belongs to earlier commands

    def execute(self, statement: str, parameters: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        """Execute a statement, after a copy if it writes."""
        self._begun = self._begun or statement.startswith("BEGIN")
        if self._begun and statement.startswith(WRITES):
            self.copy()
        return self._connection.execute(statement, parameters)

    def copy(self) -> None:
        """Copy what is on disk, but for the index of the log, which SQLite makes anew."""
        ignored = shutil.ignore_patterns("*-shm")
        shutil.copytree(self._folder, self._copies / str(next(self._numbers)), ignore=ignored)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def key_of(name: str) -> str:
    """Return the fingerprint of somebody's key."""
    return name.encode().hex().rjust(32, "0")


def enter(room: Room, id: str, role: Role = "listener", name: str = "", **more: Any) -> None:
    """Bring somebody into the room; their ticket's hash is their id."""
    name = name or id
    person = Person(name.upper(), name.title(), key=key_of(name))
    now = Clock().now()
    peer: Any = Deaf(id, person.key)
    events = rules.enter(room.state, id, person, role=role, hand_at=None, now=now, **more)
    room.enter(peer, id, events)


def fill(room: Room) -> None:
    """Bring in a host, and people with roles, seats, hands, an invite and a silence."""
    host, now = Person("ANN", "Ann", key=key_of("ann")), Clock().now()
    peer: Any = Deaf("ann", host.key)
    room.open(peer, "ann", rules.opening(room.state, "ann", host, now, ENTROPY))
    room.carry_out("ann", c.ChangeSettings(floor_seconds=600))
    room.carry_out("ann", c.MakeRoomInvite(role="speaker", uses=2))
    enter(room, "dan", "cohost")
    enter(room, "ben", "speaker", link=next(iter(room.state.room_invites)))
    enter(room, "ben2", name="ben")
    for each in ("cid", "eve", "pam"):
        enter(room, each)
    room.carry_out("cid", c.RaiseHand())
    room.carry_out("eve", c.RaiseHand())
    room.carry_out("pam", c.Chat(text="hello"))
    room.carry_out("ann", c.Silence(id="dan"))
    room.carry_out("ann", c.Ban(id="pam"))


def give(actor: str, command: c.RoomCommand) -> Callable[[Room, Store], Awaitable[object]]:
    """Return what lets somebody give a command, and waits until it is on disk."""

    async def happen(room: Room, store: Store) -> None:
        await store.flushed(room.carry_out(actor, command).transaction)

    return happen


async def ban_from_server(room: Room, store: Store) -> None:
    """Let the admin ban somebody who has two seats in the room."""
    rooms: Any = SimpleNamespace(
        hold_server_ban=lambda ban: room.put_out(ban.key, "banned"),
        covered_by_ban=lambda key: [key],
    )
    admin = Admin(rooms, store, Clock(), rooms)
    await admin.answer("POST", "/bans", b'{"key": "%s"}' % key_of("ben").encode())


async def newcomer(room: Room, store: Store) -> None:
    """Let somebody come in by an invite that counts its uses, and that makes them a speaker."""
    invite = next(iter(room.state.room_invites))
    enter(room, "guy", "speaker", link=invite, newcomer=rules.Newcomer(is_member=True))
    await store.flushed()


def sign(purpose: Purpose, key: str, by: str) -> Callable[[Room, Store], Awaitable[object]]:
    """Return what lets people sign a statement about their keys, and waits until it is on disk."""

    async def happen(room: Room, store: Store) -> None:
        identities = Identities(store, Clock())
        rooms: Any = SimpleNamespace(
            open_rooms=lambda: (room,), room=lambda name: room, now=Clock().now
        )
        identities.add_holder(RoomHolder(rooms, store))
        await signed(identities, purpose, key, by)
        await store.flushed()

    async def signed(identities: Identities, purpose: Purpose, key: str, by: str) -> None:
        wanted = Propose(asker="", purpose=purpose, key=key_of(key), by=key_of(by))
        statement = await identities.propose("asker", "h", wanted)
        for signer in sorted(statement.signers):
            await identities.sign(statement, signer)

    return happen


def ask(name: str, *commands: c.DeskCommand) -> Callable[[Room, Store], Awaitable[object]]:
    """Return what lets somebody give commands at the desks, each when the last is on disk."""

    async def happen(room: Room, store: Store) -> None:
        desks = await desks_beside(room, store)
        for command in commands:
            await store.flushed((await desks.carry_out(known(name), command)).transaction)

    return happen


async def desks_beside(room: Room, store: Store) -> Desks:
    """Return the desks of the server that has this room, whose secrets are no secrets."""
    drawn: Any = SimpleNamespace(token_bytes=lambda number: bytes([next(_drawn)]) * number)
    for desk in (community_desk, calendar_desk):
        desk.secrets = drawn  # type: ignore[attr-defined]
    clock = Clock()
    rooms: Any = SimpleNamespace(
        put_out_of_community=lambda names, person, text: room.put_out_of_community(person, text),
        end_membership=lambda names, person, text, removed: room.end_membership(
            person, text, removed=removed
        ),
        is_open_for_another=lambda name, key: False,
    )
    directory = CommunityDirectory(store, clock.now)
    await directory.restore()
    tell: Any = lambda person, event: None  # noqa: E731
    calendar = await calendar_desk.open_calendar(
        store, clock, directory, tell, tell, open_hosting=True
    )
    communities = community_desk.CommunityDesk(
        directory, store, rooms, calendar, clock.now, Shares()
    )
    profiles = ProfileDesk(store, clock.now, tell, lambda person: ())
    ties = TiesDesk(store, clock.now, tell)
    nobody_looks: Any = None
    introductions = Introductions(store, lambda person: (), directory, calendar.planned)
    desks: list[Desk] = [profiles, ties, communities, calendar]
    return Desks(desks, store, nobody_looks, introductions)


def known(name: str) -> Person:
    """Return somebody whom the server knows."""
    return Person(name.upper(), name.title(), key=key_of(name))


async def plan_all(room: Room, store: Store) -> None:
    """Let Ann found a community with Ben and Cid, whose room this is, and plan something."""
    desks = await desks_beside(room, store)
    for name, command in (
        ("ann", c.FoundCommunity(name="Bee Folk", rules=("be kind",))),
        ("ann", c.AddCommunityRoom(community=BEES, room=ROOM)),
        ("ben", c.JoinCommunity(community=BEES, rules=1)),
        ("cid", c.JoinCommunity(community=BEES, rules=1)),
        ("ann", c.SetCommunityRole(community=BEES, person="CID", role="moderator")),
        ("ann", TALKS),
        ("ben", c.AnswerEvent(event=EVENT, answer="yes")),
        ("eve", c.AnswerEvent(event=EVENT, answer="yes")),
        ("ben", c.ChangeProfile(name="Ben", company="Acme")),
        ("ben", c.Block(person="EVE")),
    ):
        await desks.carry_out(known(name), command)
    room.carry_out("ann", c.ChangeSettings(members=True, knock=True))
    newcomer = rules.Newcomer()
    room.knock(known("zoe"), newcomer, "", lambda answer: None, is_blocked=False)
    room.apply(rules.tick(room.state, Clock().now()))


_drawn = count()
BEES, EVENT = bytes(8).hex(), bytes([5] * 8).hex()
"""The ids of the community and of what is planned in it, as drawn in this order."""
TALKS = c.PlanEvent(title="Talks", start="2030-05-01T18:00", zone="UTC", community=BEES)
CASES: dict[str, Callable[[Room, Store], Awaitable[object]]] = {
    "make_cohost": give("ann", c.MakeCohost(id="cid")),
    "hand_over": give("ann", c.HandOver(id="dan")),
    "accept_hand": give("dan", c.AcceptHand(id="eve")),
    "move_to_audience": give("ann", c.MoveToAudience(id="ben")),
    "silence": give("ann", c.Silence(id="ben")),
    "remove": give("ann", c.Remove(id="ben")),
    "ban": give("ann", c.Ban(id="ben")),
    "change_settings": give("ann", c.ChangeSettings(hands="invited", topic="Lighthouses")),
    "ban_from_server": ban_from_server,
    "newcomer": newcomer,
    "unite": sign("unite", "dan", "ben"),
    "turn_away": give("ann", c.AnswerKnock(id="ZOE", let_in=False)),
    "found_community": ask("eve", c.FoundCommunity(name="Owls")),
    "ban_from_community": ask("ann", c.BanFromCommunity(community=BEES, person="BEN")),
    "leave_community": ask("ben", c.LeaveCommunity(community=BEES)),
    "change_event": ask("ann", c.ChangeEvent(event=EVENT, version=1, invited=("BEN", "CID"))),
    "hide_community": ask("ann", c.DescribeCommunity(community=BEES, hidden=True)),
    "newcomer_answers": ask("gil", c.AnswerEvent(event=EVENT, answer="yes")),
    "newcomer_follows": ask("gil", c.Follow(person="EVE")),
    "newcomer_has_a_profile": ask("gil", c.ChangeProfile(company="Acme")),
    "newcomer_chooses": ask("gil", c.SetReminder(minutes=45)),
    "delete_all": ask("ben", c.DeleteProfile()),
    "end_room": give("ann", c.EndRoom()),
}


async def play(folder: Path, name: str, copies: Path) -> None:
    """Fill a room; let the thing of this name happen, and copy what is on disk meanwhile."""
    async with open_store(folder) as store:
        assert isinstance(store.writes, Database)
        engine: Any = store.writes._writer._engine
        engine.connection.execute("PRAGMA synchronous = OFF")  # what is written outlives a process
        table_writer.MAX_BATCH = 1  # so that two transactions are never written together
        room = Room(rules.RoomState.new(ROOM, "open", owner=key_of("ann"), at=1.0), store, Clock())
        fill(room)
        await plan_all(room, store)
        await store.flushed()
        copied = engine.connection = CopiedWrites(engine.connection, folder, copies)
        await CASES[name](room, store)
    copied.copy()


def play_apart(*arguments: Any) -> None:
    """Play in a process of its own, for what is drawn begins anew in each."""
    if os.fork() == 0:
        try:
            trio.run(play, *arguments)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.wait()
    assert status == 0, f"{arguments} failed"


def main(folder: Path) -> None:
    """Copy what is on disk before each write of each command."""
    for name in CASES:
        with tempfile.TemporaryDirectory() as data:
            play_apart(Path(data), name, folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
