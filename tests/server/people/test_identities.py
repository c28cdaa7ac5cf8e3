"""Tests that what the server holds of people follows the person, whichever of their keys signs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.errors import CommandRefused
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.people import BanNotice, Person
from roomcli.protocol.statements import Purpose, Statement
from server.clock import Clock
from server.people.identities import Identities
from server.people.keyring import Propose
from server.people.keyring.state import COVERED_SECONDS, UNDO_SECONDS, KeyRecord, KnownPerson
from server.rooms.rules import OWNER
from server.store import EVERYWHERE

from ...support.memory_store import memory_store
from ...support.patience import PATIENCE
from ...support.serving import Client, RunningServer, Turned, serving

NAME = "rooms.example:7443"


class Keys:
    """Keys by names, and what people sign by them."""

    def __init__(self) -> None:
        self._keys: dict[str, Ed25519PrivateKey] = {}

    def __getitem__(self, name: str) -> Ed25519PrivateKey:
        return self._keys.setdefault(name, Ed25519PrivateKey.generate())

    def id(self, name: str) -> str:
        """Return a key's fingerprint."""
        return fingerprint(self[name].public_key().public_bytes_raw())

    async def propose(
        self, identities: Identities, purpose: Purpose, key: str, by: str = "", asker: str = ""
    ) -> Statement:
        """Return a statement that waits for signatures."""
        wanted = Propose(asker="", purpose=purpose, key=self.id(key), by=self.id(by or key))
        return await identities.propose(self.id(asker or by or key), NAME, wanted)

    async def carry_out(
        self, server: RunningServer, purpose: Purpose, key: str, by: str = ""
    ) -> None:
        """Let all sign a statement who have to. Raises CommandRefused."""
        identities = server.hub.identities
        statement = await self.propose(identities, purpose, key, by)
        for signer in sorted(statement.signers):
            await identities.sign(statement, signer)


async def come(server: RunningServer, keys: Keys, name: str, **fields: Any) -> Client:
    """Let somebody enter by the key of this name."""
    return await server.client(key=keys[name], name=name.title(), **fields)


async def refusal(server: RunningServer, keys: Keys, name: str) -> str:
    """Return the code by which the server, or the room, refuses who comes by this key."""
    with pytest.raises(Turned) as turned:
        await come(server, keys, name)
    return turned.value.code


def me(client: Client) -> Person:
    """Return who a client is for the room."""
    return client.view.people[client.view.me]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with serving(tmp_path) as server:
        yield server


async def test_every_key_in_force_is_the_same_person_after_a_restart_too(tmp_path: Path) -> None:
    keys = Keys()
    async with serving(tmp_path) as server:
        host = await come(server, keys, "laptop", intent="host")
        await keys.carry_out(server, "join", "phone", "laptop")
        phone = await come(server, keys, "phone")
        assert me(phone).id == me(host).id
        assert me(phone).key == keys.id("laptop")
        await keys.carry_out(server, "revoke", "laptop", "phone")
        id = me(phone).id
    async with serving(tmp_path) as server:
        assert await refusal(server, keys, "laptop") == "key_revoked"
        phone = await come(server, keys, "phone", intent="host")
        assert (me(phone).id, phone.view.role) == (id, "host")
        assert [each.id for each in server.hub.identities.keys_of(keys.id("laptop")).keys] == [
            keys.id("laptop"),
            keys.id("phone"),
        ]


async def test_a_key_that_joins_is_nobody_else_any_more(server: RunningServer) -> None:
    keys = Keys()
    await come(server, keys, "laptop", intent="host")
    phone = await come(server, keys, "phone")
    before = me(phone).id
    await keys.carry_out(server, "join", "phone", "laptop")
    assert (await phone.until(e.RoomLeft)).reason == "left"
    phone = await come(server, keys, "phone")
    assert me(phone).id != before
    assert me(phone).key == keys.id("laptop")


async def test_a_recovery_key_signs_in_nowhere(server: RunningServer) -> None:
    keys = Keys()
    await come(server, keys, "laptop", intent="host")
    await keys.carry_out(server, "recovery", "paper", "laptop")
    assert await refusal(server, keys, "paper") == "recovery_key"
    await keys.carry_out(server, "join", "desktop", "paper")
    assert me(await come(server, keys, "desktop")).key == keys.id("laptop")


async def test_a_revoked_keys_seats_and_tickets_end_and_the_others_stay(
    server: RunningServer,
) -> None:
    keys = Keys()
    host = await come(server, keys, "ann", intent="host")
    laptop = await come(server, keys, "laptop")
    await keys.carry_out(server, "join", "phone", "laptop")
    phone, lost = await come(server, keys, "phone"), await come(server, keys, "phone")
    await server.bring_on_stage(host, lost)
    await lost.go()
    await host.until(e.SpeakerDropped)
    tickets = [each.joined.ticket for each in (phone, lost)]
    await keys.carry_out(server, "revoke", "phone", "laptop")
    assert (await phone.until(e.RoomLeft)).reason == "left"
    assert (await host.until(e.ParticipantLeft)).id == lost.id
    assert await refusal(server, keys, "phone") == "key_revoked"
    for ticket in tickets:
        again = await come(server, keys, "laptop", ticket=ticket)
        assert not again.joined.resumed
    await laptop.do(c.Chat(text="still here"))


async def test_a_cut_key_that_is_older_can_undo_that_and_nothing_else(
    server: RunningServer,
) -> None:
    keys = Keys()
    await come(server, keys, "laptop", intent="host")
    await keys.carry_out(server, "join", "stolen", "laptop")
    await keys.carry_out(server, "revoke", "laptop", "stolen")
    client = await server.connected(key=keys["laptop"])
    await client.say_hello()
    with pytest.raises(Turned, match="key_revoked"):
        await client.go_into()
    await keys.carry_out(server, "undo", "laptop", "laptop")
    assert await refusal(server, keys, "stolen") == "key_revoked"
    assert me(await come(server, keys, "laptop")).key == keys.id("laptop")
    server.pass_time(UNDO_SECONDS)
    client = await server.connected(key=keys["stolen"])
    with pytest.raises(Turned, match="key_revoked"):
        await client.say_hello()


async def test_a_ban_covers_all_keys_and_those_that_split_off_lately(
    server: RunningServer,
) -> None:
    keys = Keys()
    host = await come(server, keys, "ann", intent="host")
    for name in ("phone", "watch", "tablet"):
        await keys.carry_out(server, "join", name, "laptop")
    await keys.carry_out(server, "split", "tablet", "tablet")
    server.pass_time(COVERED_SECONDS)
    await keys.carry_out(server, "split", "watch", "watch")
    watch, phone = await come(server, keys, "watch"), await come(server, keys, "phone")
    await host.do(c.Ban(id=phone.id))
    for client in (watch, phone):
        assert (await client.until(e.RoomLeft)).reason == "banned"
    for name in ("laptop", "phone", "watch"):
        assert await refusal(server, keys, name) == "banned"
    await come(server, keys, "tablet")
    with pytest.raises(CommandRefused, match="banned"):
        await keys.carry_out(server, "split", "phone", "phone")
    await keys.carry_out(server, "join", "desktop", "laptop")
    assert await refusal(server, keys, "desktop") == "banned"


async def test_two_persons_become_one_in_all_that_is_kept(tmp_path: Path) -> None:
    keys = Keys()
    async with serving(tmp_path) as server:
        host = await come(server, keys, "ann", intent="host")
        desktop = await come(server, keys, "desktop", intent="host", room="retro")
        desktop2, laptop = await come(server, keys, "desktop"), await come(server, keys, "laptop")
        await server.bring_on_stage(host, laptop)
        await server.bring_on_stage(host, desktop2)
        await host.do(c.Silence(id=desktop2.id), c.Report(id=desktop2.id, reason="spam"))
        await keys.carry_out(server, "unite", "desktop", "laptop")
        for client in (desktop, desktop2):
            await client.until(e.RoomLeft)
        await laptop.until(e.Silenced, lambda event: event.id == laptop.id)
        known = server.hub.identities.keys_of(keys.id("laptop"))
        assert len(known.past.reports) == 1
        assert list(known.past.withheld.values()) == [OWNER]
    async with serving(tmp_path) as server:
        guest = await come(server, keys, "desktop")
        assert me(guest).key == keys.id("laptop")
        host = await come(server, keys, "ann", intent="host")
        await host.do(c.InviteToStage(id=guest.id))
        await guest.do(c.AcceptStageInvitation())
        assert (await guest.ask(c.Unmute())).code == "silenced"  # type: ignore[union-attr]
        with pytest.raises(Turned, match="room_taken"):
            await come(server, keys, "laptop", intent="host", room="retro")
        place = next(iter(server.hub.identities.keys_of(keys.id("laptop")).past.withheld))
        assert place.startswith("room/retro@")
        [(who, waiting)] = server.hub.identities.withheld()
        assert (who.key, waiting) == (keys.id("laptop"), place)
        assert not await server.hub.identities.agree(keys.id("desktop"), "room/other@1")
        assert await server.hub.identities.agree(keys.id("desktop"), place)
        assert not await server.hub.identities.agree(keys.id("desktop"), place)
        again = await come(server, keys, "laptop", intent="host", room="retro")
        assert again.view.role == "host"


async def test_a_room_ban_of_either_is_one_of_both(server: RunningServer) -> None:
    keys = Keys()
    host = await come(server, keys, "ann", intent="host")
    desktop = await come(server, keys, "desktop")
    await host.do(c.Ban(id=desktop.id))
    await host.do(c.EndRoom())  # the ban is kept for the next room of this name
    await come(server, keys, "laptop", intent="host", room="other")
    await keys.carry_out(server, "unite", "desktop", "laptop")
    await come(server, keys, "ann", intent="host")
    for name in ("laptop", "desktop"):
        assert await refusal(server, keys, name) == "banned"


async def test_while_a_revocation_can_be_undone_no_room_is_handed_over_or_ended(
    server: RunningServer,
) -> None:
    keys = Keys()
    host = await come(server, keys, "laptop", intent="host")
    for name in ("phone", "watch"):
        await keys.carry_out(server, "join", name, "laptop")
    guest = await come(server, keys, "ben")
    await keys.carry_out(server, "revoke", "phone", "watch")
    for command in (c.HandOver(id=guest.id), c.EndRoom()):
        refused = await host.ask(command)
        assert isinstance(refused, e.Refused)
        assert refused.code == "keys_disputed"
    server.pass_time(UNDO_SECONDS)
    await host.do(c.HandOver(id=guest.id))


async def test_a_past_is_no_key_to_bring_in_but_a_person_to_unite_with(
    server: RunningServer,
) -> None:
    keys = Keys()
    host = await come(server, keys, "ann", intent="host")
    phone = await come(server, keys, "phone")
    await server.bring_on_stage(host, phone)
    await host.do(c.Silence(id=phone.id))
    with pytest.raises(CommandRefused) as refused:
        await keys.carry_out(server, "join", "phone", "laptop")
    assert refused.value.code == "has_past"


async def test_who_is_banned_while_a_statement_is_judged_is_banned(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Keys()
    await come(server, keys, "laptop", intent="host")
    bans, looked = server.store.bans, server.store.bans.of_keys
    statement = await keys.propose(server.hub.identities, "join", "phone", "laptop")
    await server.hub.identities.sign(statement, keys.id("phone"))

    async def slow(*about: object) -> object:
        found = await looked(*about)  # type: ignore[arg-type]
        if not bans.changes:
            server.hub.put_out(keys.id("laptop"), "out")
            bans.save(EVERYWHERE, "", BanNotice(key=keys.id("laptop"), name="", at=1.0))
        return found

    monkeypatch.setattr(bans, "of_keys", slow)
    with pytest.raises(CommandRefused) as refused:
        await server.hub.identities.sign(statement, keys.id("laptop"))
    assert refused.value.code == "person_banned"


async def test_what_two_persons_are_as_one_is_shown_to_who_was_asked_first(
    server: RunningServer,
) -> None:
    keys, identities = Keys(), server.hub.identities
    await come(server, keys, "desktop", intent="host")
    one, into = (Person(f"id of {name}", "", key=keys.id(name)) for name in ("desktop", "laptop"))
    statement = await keys.propose(identities, "unite", "desktop", "laptop")
    [asked] = await identities.waiting(into)
    assert asked.facts is None, "nobody looks into somebody's past by asking"
    [shown] = await identities.waiting(one)
    assert shown.facts is not None
    assert shown.facts.digest == statement.facts
    assert list(shown.facts.withheld.values()) == [OWNER]
    await identities.sign(statement, keys.id("desktop"))
    [seen] = await identities.waiting(into)
    assert seen.facts == shown.facts
    assert await identities.waiting(Person("other", "", key="f" * 32)) == []
    await identities.withdraw(into.key)
    assert await identities.waiting(one) == []


async def test_keys_that_come_and_go_leave_nothing(server: RunningServer) -> None:
    keys, identities = Keys(), server.hub.identities
    for number in range(20):
        await keys.propose(identities, "join", f"phone{number}", "laptop", asker="the same")
    assert len(identities._keyring.persons) == 2
    server.pass_time(601)
    await keys.propose(identities, "join", "tablet", "desktop")
    assert set(identities._keyring.persons) == {keys.id("tablet"), keys.id("desktop")}
    assert server.store.keyrings.everybody() == []
    with trio.fail_after(PATIENCE):
        await identities.withdraw(keys.id("desktop"))
    assert identities._keyring.persons == {}


async def test_the_statement_names_the_server_that_was_dialled(server: RunningServer) -> None:
    keys, identities = Keys(), server.hub.identities
    statement = await keys.propose(identities, "join", "phone", "laptop")
    other = Statement(
        purpose="join",
        server="evil.example:7443",
        nonce=statement.nonce,
        at=statement.at,
        key=statement.key,
        by=statement.by,
    )
    with pytest.raises(CommandRefused) as refused:
        await identities.sign(other, keys.id("phone"))
    assert refused.value.code == "other_server"


class _Counted(KnownPerson, frozen=True):
    """A person whose keys are counted when they are looked at."""

    looked_at: ClassVar[int] = 0

    def __getattribute__(self, name: str) -> Any:
        if name == "keys":
            _Counted.looked_at += 1
        return super().__getattribute__(name)


def _person(*keys: str, recovery: str = "", left: str = "") -> KnownPerson:
    records = [
        KeyRecord(id=key, seen_at=1.0, joined_at=1.0, left_at=2.0 if key == left else None)
        for key in keys
    ]
    return KnownPerson(id=keys[0], keys=tuple(records), recovery=recovery)


async def test_of_keys_that_another_server_changed_nobody_elses_are_looked_at() -> None:
    store = memory_store()
    for number in range(50):
        person = _person(f"old{number}", f"new{number}")
        store.keyrings.save(_Counted(id=person.id, keys=person.keys))
    identities = Identities(store, Clock())
    _Counted.looked_at = 0
    for number in range(5):
        before = _person(f"laptop{number}", f"phone{number}")
        store.keyrings.elsewhere.announce(before.id, None, before)
    assert identities.first_key("phone4") == "laptop4"
    assert identities.sign_in("new7") == "old7"
    assert _Counted.looked_at <= 1  # of the one who signed in


@pytest.mark.parametrize("order", [1, -1])
async def test_keys_that_another_server_moved_are_in_force_at_once(order: int) -> None:
    store = memory_store()
    laptop = _person("laptop", "phone", recovery="paper")
    desk = _person("desk", "tablet")
    for each in (laptop, desk):
        store.keyrings.save(each)
    identities = Identities(store, Clock())

    def change(*changes: tuple[KnownPerson | None, KnownPerson | None]) -> None:
        for before, now in changes[::order]:
            id = (before or now or laptop).id
            store.keyrings.elsewhere.announce(id, before, now)

    united = _person("laptop", "phone", "desk", "tablet", recovery="paper")
    change((desk, None), (laptop, united))
    assert {identities.first_key(each) for each in ("desk", "tablet", "paper")} == {"laptop"}
    split = _person("laptop", "phone", "desk", "tablet", recovery="paper", left="desk")
    alone = _person("desk", recovery="sheet")
    change((united, split), (None, alone))
    assert [identities.first_key(each) for each in ("desk", "sheet", "tablet")] == [
        "desk",
        "desk",
        "laptop",
    ]
    change((alone, None), (split, _person("laptop", "phone", "tablet")))
    assert not identities.has_met("desk")
    assert identities.first_key("paper") == "paper"
