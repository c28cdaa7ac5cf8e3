"""Tests that servers which share a database hear what the others write, and miss nothing."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Collection

import psycopg
import pytest
import trio
from msgspec.structs import replace

from roomcli.errors import StoreError
from roomcli.protocol.people import BanNotice, Person
from roomcli.protocol.profile import Profile
from server.people.keyring.state import KeyRecord, KnownPerson
from server.store import EVERYWHERE, Followers, Store
from server.store.calendar import CalendarChoices
from server.store.postgres import change_feed, open_store
from server.store.tables import changed

from ....support.evidence import ANN, BEN
from ....support.patience import until
from ....support.postgres import Postgres


async def nothing(ids: Collection[str] | None) -> None:
    """Follow nothing."""


def unheard(person: str, message: bytes) -> None:
    """Hear nothing."""


NOBODY = Followers(nothing, nothing, nothing, unheard)
BAN = BanNotice(key=BEN.key, name="Ben", at=1.0, reason="spam")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for what is broken on purpose."""
    monkeypatch.setattr(change_feed, "RECONNECT_SECONDS", 0.05)


@contextlib.asynccontextmanager
async def two_servers(
    url: str, followers: Followers = NOBODY
) -> AsyncIterator[tuple[Store, Store]]:
    """Yield the stores of two servers that share a database, and keep up with each other."""
    async with (
        open_store(url, shared=True) as here,
        open_store(url, shared=True) as there,
        trio.open_nursery() as nursery,
    ):
        for each in (here, there):
            assert each.keep_up is not None
            nursery.start_soon(each.keep_up, followers)
        yield here, there
        nursery.cancel_scope.cancel()


async def test_a_ban_from_the_whole_server_holds_on_the_others_until_it_is_lifted(url: str) -> None:
    told: list[tuple[str, BanNotice | None]] = []
    async with two_servers(url) as (here, there):
        there.bans.elsewhere.hear(lambda key, before, now: told.append((key, now)))
        here.bans.elsewhere.hear(lambda key, before, now: told.append(("own", now)))
        here.bans.save(EVERYWHERE, "", BAN)
        await until(lambda: there.bans.from_server(BEN.key, 2.0) == BAN)
        there.bans.lift(EVERYWHERE, "", BEN.key)
        await until(lambda: here.bans.from_server(BEN.key, 2.0) is None)
        assert told == [(BEN.key, BAN), ("own", None)]


async def test_profiles_ties_and_host_tokens_are_seen_on_the_others(url: str) -> None:
    told: list[object] = []
    async with two_servers(url) as (here, there):
        there.profiles.changes.hear(lambda id, before, now: told.append(now))
        there.ties.changes.hear(lambda id, before, now: told.append((id, before, now)))
        here.profiles.save("ann", Profile(name="Ann"))
        here.ties.tie("ann", "blocks", "ben", 1.0)
        here.host_tokens.save("hash", 9.0)
        await until(lambda: there.host_tokens.is_valid("hash", 2.0))
        assert there.profiles.of_person("ann") == Profile(name="Ann")
        assert there.ties.tied_to("ben", "blocks") == {"ann"}
        here.ties.untie("ann", "blocks", "ben")
        here.profiles.forget("ann")
        here.host_tokens.revoke_all()
        await until(lambda: not there.host_tokens.is_valid("hash", 2.0))
        assert there.profiles.of_person("ann") is None
        assert not there.ties.made_by("ann", "blocks")
        assert len(there.ties) == 0
    assert told == [Profile(name="Ann"), ("ann", None, "ben"), None, ("ann", "ben", None)]


async def test_servers_that_meet_somebody_at_once_give_them_one_id(url: str) -> None:
    async with two_servers(url) as (here, there):
        id = here.people.id_of(BEN.key)
        assert id == there.people.id_of(BEN.key) != there.people.id_of(ANN.key)
        here.people.save(Person(id, "Ben", "", BEN.key), 1.0)
        await until(lambda: there.people.find(id) is not None)
        there.people.save(Person(id, "Benny", "Opus", BEN.key), 2.0)
        await until(lambda: here.people.find(id) == Person(id, "Benny", "Opus", BEN.key))


async def test_an_id_that_was_given_before_stays_on_every_server(url: str) -> None:
    async with open_store(url) as alone:
        known = Person(alone.people.id_of(BEN.key), "Ben", "", BEN.key)
    async with two_servers(url) as (here, there):
        other = Person(there.people.id_of(BEN.key), "Ben", "", BEN.key)
        assert other.id != known.id
        here.people.save(known, 1.0)
        await here.flushed()
        there.people.save(other, 2.0)
        await until(lambda: there.people.id_of(BEN.key) == known.id)
        assert there.people.find(other.id) is None


async def test_own_words_are_not_overwritten_by_older_ones_of_another(url: str) -> None:
    async with two_servers(url) as (here, there):
        for number in range(50):
            here.profiles.save("ann", Profile(name=f"here {number}"))
            there.profiles.save("ann", Profile(name=f"there {number}"))
            await trio.sleep(0.001)
        await here.flushed()
        await there.flushed()
        await until(lambda: here.profiles.of_person("ann") == there.profiles.of_person("ann"))
    async with open_store(url) as kept:
        assert kept.profiles.of_person("ann") == here.profiles.of_person("ann")


async def test_nothing_is_missed_while_the_connection_is_lost(
    postgres: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_servers(url) as (here, there):
        monkeypatch.setattr(change_feed, "RECONNECT_SECONDS", 0.3)
        here.bans.save(EVERYWHERE, "", BanNotice(key=ANN.key, name="Ann", at=1.0))
        await until(lambda: there.bans.from_server(ANN.key, 2.0) is not None)
        listening = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN roomcli'"
        postgres.give(f"SELECT pg_terminate_backend(pid) FROM ({listening}) AS listening")
        await until(lambda: there.is_lost)
        here.bans.save(EVERYWHERE, "", BAN)
        here.bans.lift(EVERYWHERE, "", ANN.key)
        await here.flushed()
        assert there.bans.from_server(BEN.key, 2.0) is None, "nobody told it yet"
        await until(lambda: there.bans.from_server(BEN.key, 2.0) == BAN)
        assert there.bans.from_server(ANN.key, 2.0) is None
        await until(lambda: not there.is_lost and not here.is_lost)


async def test_only_what_a_refused_transaction_was_to_write_is_read_again(url: str) -> None:
    read: list[Collection[str] | None] = []

    async def note(ids: Collection[str] | None) -> None:
        read.append(ids)

    async with two_servers(url, Followers(note, note, note, unheard)) as (here, _):
        here.profiles.save("ann", Profile(name="Ann"))
        here.bans.save(EVERYWHERE, "", BAN)
        here.ties.tie("ann", "blocks", "ben", 1.0)
        here.host_tokens.save("hash", 9.0)
        await here.flushed()
        with here.transaction("standup"):  # a room that nobody took here
            here.profiles.save("ann", Profile(name="Nobody"))
            here.profiles.save("ben", Profile(name="Nobody"))
            here.bans.lift(EVERYWHERE, "", BEN.key)
            here.ties.untie("ann", "blocks", "ben")
            here.host_tokens.revoke_all()
            here.calendar.save_choices("ann", CalendarChoices(remind=5))
        with pytest.raises(StoreError):
            await here.flushed()
        assert here.profiles.of_person("ann") == Profile(name="Ann")
        assert here.profiles.of_person("ben") is None
        assert here.bans.from_server(BEN.key, 2.0) == BAN
        assert here.ties.tied_to("ben", "blocks") == {"ann"}
        assert here.host_tokens.is_valid("hash", 2.0)
        assert read == [{"ann"}]


async def test_others_have_their_turn_while_everybody_is_read_again(
    postgres: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = 0
    told: Counter[int] = Counter()

    async def take_turns() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with two_servers(url) as (here, there), trio.open_nursery() as nursery:
        there.profiles.changes.hear(lambda *_: told.update([turns]))
        monkeypatch.setattr(change_feed, "RECONNECT_SECONDS", 0.3)
        listening = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN roomcli'"
        postgres.give(f"SELECT pg_terminate_backend(pid) FROM ({listening}) AS listening")
        await until(lambda: there.is_lost)
        nursery.start_soon(take_turns)  # from now on: on a busy machine writing takes long
        for number in range(1000):
            here.profiles.save(str(number), Profile(name="Ann"))
        await here.flushed()
        await until(lambda: told.total() == 1000)
        nursery.cancel_scope.cancel()
    # Who comes first in a turn is by chance.
    assert max(told.values()) <= 2 * changed.ROWS_AT_ONCE


def with_two_keys(id: str) -> KnownPerson:
    """Return somebody with two keys."""
    keys = (id, f"c{id[1:]}")
    return KnownPerson(
        id=id, keys=tuple(KeyRecord(id=key, seen_at=1.0, joined_at=1.0) for key in keys)
    )


async def test_of_keys_that_another_server_changed_no_others_are_read(url: str) -> None:
    ann, ben = with_two_keys(ANN.key), with_two_keys(BEN.key)
    async with two_servers(url) as (here, there):
        here.keyrings.save(ann)
        here.keyrings.save(ben)
        await until(lambda: len(there.keyrings.everybody()) == 2)
        await here.flushed()
        with psycopg.connect(url, autocommit=True) as other:  # behind the back of both
            other.execute("DELETE FROM keyrings WHERE id = %s", (BEN.key,))
        here.keyrings.save(replace(ann, recovery="3" * 32))
        await until(lambda: any(each.recovery for each in there.keyrings.everybody()))
        there.keyrings.save(replace(ann, recovery="4" * 32))  # it knows the newest stamps
        await there.flushed()
        assert {each.id for each in there.keyrings.everybody()} == {ANN.key, BEN.key}


async def test_stamps_of_what_is_gone_since_a_day_are_forgotten(
    postgres: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = with_two_keys(ANN.key), with_two_keys(BEN.key)
    monkeypatch.setattr("server.store.postgres.FORGET_SECONDS", 0.02)

    def stamped() -> set[str]:
        with psycopg.connect(url) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM roomcli_stamps")}

    async with two_servers(url) as (here, there):
        for each in (ann, ben):
            here.keyrings.save(each)
        here.keyrings.forget(ben.id)
        await here.flushed()
        every = {f"key/{key.id}" for each in (ann, ben) for key in each.keys}
        assert stamped() == every
        postgres.give("UPDATE roomcli_stamps SET stamped_at = now() - interval '2 days'", url)
        await until(lambda: stamped() == {f"key/{key.id}" for key in ann.keys})
        for server in (there, here):
            server.keyrings.save(ben)
            await server.flushed()
            await until(lambda: all(len(one.keyrings.everybody()) == 2 for one in (here, there)))


async def test_a_server_alone_tells_nobody(postgres: Postgres, url: str) -> None:
    async with open_store(url) as alone:
        assert alone.keep_up is None
        with psycopg.connect(url, autocommit=True) as listener:
            listener.execute("LISTEN roomcli")
            alone.bans.save(EVERYWHERE, "", BAN)
            await alone.flushed()
            assert list(listener.notifies(timeout=0.0)) == []
