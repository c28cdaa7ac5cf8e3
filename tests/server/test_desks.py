"""Tests of the commands that desks answer, at home and in rooms, over real connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Person
from roomcli.protocol.profile import Profile
from server.desks import Desks
from server.people.claims.holder import ClaimHolder
from server.people.claims.state import OwnDomain
from server.store import Store

from ..support.held_store import locked
from ..support.memory_store import memory_store
from ..support.serving import Client, RunningServer, serving


async def at_home(server: RunningServer, name: str = "Ann", **fields: object) -> Client:
    """Return a client at home; ``key`` is that of somebody who is known."""
    key = fields.pop("key", None)
    assert key is None or isinstance(key, Ed25519PrivateKey)
    client = await server.connected(key=key)
    nonce = (await client.until(e.Challenge)).nonce
    await client.say_hello(client.hello(nonce, name=name, **fields))
    return client


async def own_profile(client: Client) -> Profile:
    shown: e.ProfileShown = await client.question(c.ShowProfile(), e.ProfileShown)
    return shown.profile


async def test_a_profile_is_changed_and_read_at_home_and_in_a_room(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server, headline="Bees")
        assert await own_profile(ann) == Profile(name="Ann", headline="Bees")
        await ann.do(c.ChangeProfile(company="Hives & Co"))
        await ann.go_into(intent="host")
        ben = await server.client()
        asked = c.ShowProfile(person=ann.view.me)
        shown: e.ProfileShown = await ben.question(asked, e.ProfileShown)
        assert shown.profile == Profile(name="Ann", headline="Bees", company="Hives & Co")
        assert shown.person.id == ann.view.me
        await ann.do(c.ChangeProfile(bio="Keeps bees."))
        await ann.do(c.LeaveRoom())
        assert (await own_profile(ann)).bio == "Keeps bees."


async def test_an_answer_comes_before_done_with_the_ref_of_its_command(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        ann.send(c.ShowProfile(ref=7))
        await ann.until(e.Done)
        answer, done = ann.got[-2:]
        assert isinstance(answer, e.ProfileShown)
        assert (answer.ref, done) == (7, e.Done(ref=7))


async def test_a_change_is_told_to_all_connections_of_the_person_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        at_desk, eve = await at_home(server, key=ann.key), await at_home(server, "Eve")
        await at_desk.do(c.ChangeProfile(location="Oslo"))
        await ann.until(e.ProfileChanged)
        for client in (ann, at_desk):
            (news,) = (each for each in client.got if isinstance(each, e.ProfileChanged))
            assert news == e.ProfileChanged(profile=Profile(name="Ann", location="Oslo"))
        await eve.do(c.ShowProfile())
        assert not any(isinstance(each, e.ProfileChanged) for each in eve.got)


async def test_a_name_is_renewed_in_the_rooms_where_the_person_is(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        ben = await server.client(name="Ben")
        elsewhere = await at_home(server, key=ann.key)
        await elsewhere.do(c.ChangeProfile(name="Anna", headline="Bees"))
        changed = await ben.until(e.PersonChanged)
        assert (changed.person.id, changed.person.name) == (ann.view.me, "Anna")
        assert ben.view.people[ann.view.me].headline == "Bees"
        await elsewhere.do(c.ChangeProfile(company="Hives"))
        await ben.ask(c.RaiseHand())
        assert sum(isinstance(each, e.PersonChanged) for each in ben.got) == 1


async def test_a_new_name_that_reads_like_the_hosts_gets_a_tail(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        await server.client(intent="host", name="Ann")
        ben = await server.client(name="Ben")
        await ben.do(c.ChangeProfile(name="Ann"))
        me = ben.view.people[ben.view.me]
        assert (me.name, bool(me.tail)) == ("Ann", True)


async def test_the_profile_names_its_owner_wherever_they_come_next(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        await ann.do(c.ChangeProfile(name="Anna"))
        await ann.go_into(intent="host")
        assert ann.view.people[ann.view.me].name == "Anna"
        again = await server.connected(key=ann.key)
        assert (await again.say_hello()).you.name == "Anna"


async def test_a_name_for_one_connection_is_kept_there(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        await ann.do(c.ChangeProfile(name="Anna"))
        guest = await at_home(server, "Nobody", key=ann.key, keeps_name=True)
        await guest.go_into(intent="host")
        await ann.do(c.ChangeProfile(name="Annika"))
        assert guest.view.people[guest.view.me].name == "Nobody"
        await guest.ask(c.RaiseHand())
        assert not any(isinstance(each, e.PersonChanged) for each in guest.got)


async def test_all_that_is_held_is_exported_and_gone_when_it_is_deleted(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        await ann.do(c.ChangeProfile(name="Anna", bio="Keeps bees."))
        await ann.go_into(intent="host")
        await ann.do(c.ExportProfile())
        held = {each.kind: each.thing for each in ann.got if isinstance(each, e.ThingHeld)}
        assert held["room"]["owner"]
        assert held["person"]["key"] == ann.view.people[ann.view.me].key
        assert held["profile"]["bio"] == "Keeps bees."
        await ann.do(c.DeleteProfile())
        assert e.ProfileChanged(profile=None) in ann.got
        assert await own_profile(ann) == Profile(name="Ann")
        assert ann.view.people[ann.view.me].name == "Ann"
        await ann.do(c.ExportProfile())
        assert sum(isinstance(each, e.ThingHeld) for each in ann.got) == 5


async def test_a_profile_outlives_the_server_with_its_owner(tmp_path: Path) -> None:
    """The owner was never in a room, and so only the profile makes the server know them."""
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        await ann.do(c.ChangeProfile(company="Hives & Co"))
        id = (await ann.question(c.ShowProfile(), e.ProfileShown)).person.id
    async with serving(tmp_path) as server:
        again = await at_home(server, key=ann.key)
        shown = await again.question(c.ShowProfile(), e.ProfileShown)
        assert (shown.person.id, shown.profile.company) == (id, "Hives & Co")


@pytest.mark.parametrize("inside", [False, True])
async def test_a_change_is_done_when_it_is_on_disk(tmp_path: Path, inside: bool) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        if inside:
            await ann.go_into(intent="host")
        with locked(tmp_path):
            ann.send(c.ChangeProfile(company="Hives", ref=1))
            await ann.until(e.ProfileChanged)
            # The next command is not kept waiting by the disk.
            assert isinstance(await ann.question(c.ShowProfile(), e.ProfileShown), e.ProfileShown)
            assert not any(isinstance(each, e.Done) for each in ann.got)
        await ann.until(e.Done, lambda done: done.ref == 1)


async def test_refusals_have_a_code_and_count(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await at_home(server)
        for command, code in (
            (c.ShowProfile(person="nobody"), "no_such_person"),
            (c.ChangeProfile(name="Ann (host)"), "bad_text"),
            (c.ChangeProfile(links=("http://a.example",)), "bad_text"),
        ):
            refused = await ann.ask(command)
            assert isinstance(refused, e.Refused)
            assert (refused.code, refused.command) == (code, command.__struct_config__.tag)
        codes = [(await ann.ask(c.ChangeProfile(name="Ann"))) for _ in range(5)]
        assert [getattr(each, "code", "") for each in codes].count("rate_limited") >= 1


async def test_what_is_proven_is_shown_in_the_room_until_it_is_so_no_longer(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        ben = await server.client(name="Ben")
        assert server.desks is not None
        book, me = server.desks.claims.book, ann.view.people[ann.view.me]
        claim = book.record(me, OwnDomain("ann.example"), me.key)
        changed = await ben.until(e.PersonChanged)
        assert [each.subject for each in changed.person.badges] == ["ann.example"]
        eve = await server.client(name="ANN")
        assert eve.view.people[eve.view.me].lookalike
        again = await server.connected(key=ann.key)
        assert (await again.say_hello()).you.badges == changed.person.badges
        elsewhere = await at_home(server, key=ann.key)
        for command, badges in (
            (c.HideClaim(claim=claim.id), ()),
            (c.ShowClaim(claim=claim.id), changed.person.badges),
            (c.WithdrawClaim(claim=claim.id), ()),
        ):
            await elsewhere.do(command)
            now = await ben.until(e.PersonChanged, lambda each: each.person.id == me.id)
            assert now.person.badges == badges


async def test_what_was_proven_through_a_key_is_not_shown_when_that_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tmp_path) as server:
        ann = await server.client(intent="host", name="Ann")
        ben = await server.client(name="Ben")
        assert server.desks is not None
        book, me = server.desks.claims.book, ann.view.people[ann.view.me]
        book.record(me, OwnDomain("ann.example"), me.key)
        await ben.until(e.PersonChanged)
        monkeypatch.setattr(book, "_keys_of", lambda person: ())
        ClaimHolder(book).sign_out(me.key)
        assert (await ben.until(e.PersonChanged)).person.badges == ()


class Beside:
    """A desk with one command, during which somebody else writes."""

    commands = (c.ListTies,)

    def __init__(self, store: Store, *, asks: bool) -> None:
        self._store = store
        self.questions = self.commands if asks else ()

    async def carry_out(self, asker: Person, command: c.ListTies) -> list[e.DeskEvent]:
        with self._store.transaction():
            self._store.latest_time.save(1.0)
        return []

    def export(self, person: Person) -> list[e.ThingHeld]:
        return []

    def forget(self, person: Person) -> None:
        pass


@pytest.mark.parametrize("asks", [True, False])
async def test_who_asks_does_not_wait_for_what_others_write_meanwhile(asks: bool) -> None:
    store = memory_store()
    nobody_looks: Any = None
    desks = Desks([Beside(store, asks=asks)], store, nobody_looks, nobody_looks)
    outcome = await desks.carry_out(Person("ann", "Ann"), c.ListTies())
    assert outcome.transaction == (0 if asks else store.queued)
