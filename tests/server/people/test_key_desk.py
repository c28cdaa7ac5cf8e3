"""Tests of the commands about keys, over real connections."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from roomcli.engine.keys import PersonalKey
from roomcli.engine.own_signature import sign_with_own_key
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.keys import AwaitedStatement
from roomcli.protocol.statements import Purpose, Statement, statement_text
from server.limits import Rate
from server.people.keyring import Propose
from server.people.keyring.state import UNDO_SECONDS

from ...support.serving import Client, RunningServer, Turned, serving


def id_of(key: Ed25519PrivateKey) -> str:
    """Return the fingerprint of a key."""
    return fingerprint(key.public_key().public_bytes_raw())


def new_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with serving(tmp_path) as server:
        yield server


async def at_home(server: RunningServer, key: Ed25519PrivateKey | None = None) -> Client:
    """Return a client at home."""
    client = await server.connected(key=key)
    await client.say_hello()
    return client


async def proposed(
    client: Client, purpose: Purpose, key: Ed25519PrivateKey, by: Ed25519PrivateKey
) -> Statement:
    """Return the statement that the server makes. Raises Turned."""
    wanted = c.ProposeStatement(
        purpose=purpose, key=id_of(key), by=id_of(by), server=client.address.authority
    )
    answer = await client.question(wanted, e.StatementMade | e.Refused)
    if isinstance(answer, e.Refused):
        raise Turned(answer)
    statement: Statement = answer.statement
    return statement


async def sign(client: Client, statement: Statement, *keys: Ed25519PrivateKey) -> None:
    """Hand in signatures of a statement. Raises Turned."""
    for key in keys:
        text = sign_with_own_key(PersonalKey(key), statement_text(statement))
        answer = await client.ask(c.SignStatement(nonce=statement.nonce, signature=text))
        if isinstance(answer, e.Refused):
            raise Turned(answer)


async def carry_out(
    client: Client, purpose: Purpose, key: Ed25519PrivateKey, by: Ed25519PrivateKey | None = None
) -> None:
    """Propose a statement and sign it by all who have to. Raises Turned."""
    by = by or key
    statement = await proposed(client, purpose, key, by)
    signers = {id_of(each): each for each in (by, key) if id_of(each) in statement.signers}
    await sign(client, statement, *signers.values())


async def keys_of(client: Client) -> e.KeyList:
    """Return the client's keys."""
    listed: e.KeyList = await client.question(c.ListKeys(), e.KeyList)
    return listed


async def test_keys_join_and_are_listed_from_the_oldest_on(server: RunningServer) -> None:
    client, phone = await at_home(server), new_key()
    listed = await keys_of(client)
    assert (listed.known_by, [each.key for each in listed.keys]) == (
        id_of(client.key),
        [id_of(client.key)],
    )
    other = await at_home(server, client.key)
    await carry_out(client, "join", phone, client.key)
    told = await other.until(e.KeysChanged)
    assert told == e.KeysChanged(what="joined", key=id_of(phone), by=id_of(client.key))
    listed = await keys_of(client)
    assert [(each.key, each.state) for each in listed.keys] == [
        (id_of(client.key), "in_force"),
        (id_of(phone), "in_force"),
    ]
    assert listed.keys[1].introduced_by == id_of(client.key)
    assert (await at_home(server, phone)).got[-1].you.key == id_of(client.key)  # type: ignore[union-attr]


async def test_the_newcomer_may_ask_too_and_the_recovery_key_answers(
    server: RunningServer,
) -> None:
    client, paper = await at_home(server), new_key()
    await carry_out(client, "recovery", paper, client.key)
    new = await at_home(server)
    await carry_out(new, "join", new.key, paper)
    assert (await new.to_the_end())[-1] == e.Goodbye(
        code="keys_changed", text="you are one person with another now", retry=True
    )
    again = await at_home(server, new.key)
    listed = await keys_of(again)
    assert (listed.known_by, listed.recovery) == (id_of(client.key), id_of(paper))


async def test_a_revoked_keys_connections_end_after_the_answer(server: RunningServer) -> None:
    client, phone = await at_home(server), new_key()
    await carry_out(client, "join", phone, client.key)
    host = await server.client(server.room("retro"), phone, intent="host")
    waiting = await at_home(server, phone)
    await carry_out(client, "revoke", phone, client.key)
    for each in (host, waiting):
        *_, last = await each.to_the_end()
        assert isinstance(last, e.Goodbye)
        assert last.code == "key_revoked"
    [_, cut] = (await keys_of(client)).keys
    assert (cut.state, cut.ended_by) == ("cut", id_of(client.key))
    server.pass_time(UNDO_SECONDS)
    listed = await keys_of(client)
    assert (listed.keys[1].state, listed.disputed_until) == ("revoked", None)
    await carry_out(client, "join", third := new_key(), client.key)
    other = await at_home(server, third)
    await carry_out(other, "revoke", third)  # by itself, at once and for good
    *_, last = await other.to_the_end()
    assert isinstance(last, e.Goodbye)


async def test_a_revoked_key_can_do_nothing_before_its_connection_ends(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, phone = await at_home(server), new_key()
    await carry_out(client, "join", phone, client.key)
    thief = await at_home(server, phone)
    monkeypatch.setattr("server.people.key_desk.KeyDesk._end_later", lambda *_: None)
    await carry_out(client, "revoke", phone, client.key)
    for command in (c.ListKeys(), c.ShowProfile(), c.WatchRooms(on=True)):
        refused = await thief.ask(command)
        assert isinstance(refused, e.Refused)
        assert refused.code == "key_revoked"
    with pytest.raises(Turned, match="key_revoked"):
        await thief.go_into(intent="host")


async def test_an_older_key_that_was_cut_comes_to_undo_that(server: RunningServer) -> None:
    client, stolen = await at_home(server), new_key()
    await carry_out(client, "join", stolen, client.key)
    thief = await at_home(server, stolen)
    await carry_out(thief, "revoke", client.key, stolen)
    owner = await at_home(server, client.key)
    server.hub.connected.reach(owner.got[-1].you.id, e.ProfileChanged())  # type: ignore[union-attr]
    listed = await keys_of(owner)
    assert not any(isinstance(each, e.ProfileChanged) for each in owner.got), "of keys alone"
    assert [each.state for each in listed.keys] == ["cut", "in_force"]
    assert listed.disputed_until is not None
    with pytest.raises(Turned, match="key_revoked"):
        await owner.go_into(intent="host")
    await carry_out(owner, "undo", client.key)
    news = [each for each in owner.got if isinstance(each, e.KeysChanged)]
    assert [(each.what, each.key) for each in news] == [
        ("undone", id_of(client.key)),
        ("revoked", id_of(stolen)),
    ]
    assert news[1].undo_until is not None
    goodbye = (await owner.to_the_end())[-1]
    assert isinstance(goodbye, e.Goodbye)
    assert (goodbye.code, goodbye.retry) == ("keys_changed", True)
    owner = await at_home(server, client.key)
    assert [each.state for each in (await keys_of(owner)).keys] == ["in_force", "cut"]
    with pytest.raises(Turned, match="key_revoked"):
        await at_home(server, stolen)


async def test_a_thief_who_floods_by_one_key_hinders_no_other_key_of_the_person(
    server: RunningServer,
) -> None:
    few = Rate(0.001, 8)
    server.hub.limits.per_person = {"hello": few, "keys": few}
    owner, stolen = await at_home(server), new_key()
    await carry_out(owner, "join", stolen, owner.key)
    thief = await at_home(server, stolen)
    await carry_out(thief, "revoke", owner.key, stolen)
    for _ in range(8):
        with contextlib.suppress(Turned):
            await at_home(server, stolen)
    with pytest.raises(Turned, match="rate_limited"):
        await at_home(server, stolen)
    while not isinstance(await thief.ask(c.WithdrawStatement()), e.Refused):
        pass
    back = await at_home(server, owner.key)
    undoing = await proposed(back, "undo", owner.key, owner.key)
    # Another connection of the thief's, as far as the limits of their key allow it.
    identities, key = server.hub.identities, id_of(stolen)
    wanted = Propose(asker="", purpose="revoke", key=key, by=key)
    await identities.propose(key, undoing.server, wanted)
    await identities.withdraw(key)
    await sign(back, undoing, owner.key)
    assert server.hub.identities.is_in_force(id_of(owner.key))
    assert not server.hub.identities.is_in_force(id_of(stolen))


async def test_nobody_makes_statements_about_other_peoples_keys(server: RunningServer) -> None:
    client, stranger = await at_home(server), await at_home(server)
    with pytest.raises(Turned) as turned:
        await proposed(stranger, "revoke", client.key, client.key)
    assert turned.value.code == "no_such_key"
    wanted = c.ProposeStatement(
        purpose="join", key=id_of(new_key()), by=id_of(client.key), server="evil.example:7443"
    )
    refused = await client.ask(wanted)
    assert isinstance(refused, e.Refused)
    assert refused.code == "other_server"


async def test_whoever_has_the_key_on_paper_comes_to_the_aid_of_a_key_that_is_cut(
    server: RunningServer,
) -> None:
    client, paper, phone = await at_home(server), new_key(), new_key()
    await carry_out(client, "recovery", paper, client.key)
    await carry_out(client, "join", phone, client.key)
    await carry_out(client, "revoke", phone, client.key)
    stranger = await at_home(server)
    await carry_out(stranger, "undo", phone, paper)
    assert isinstance((await at_home(server, phone)).got[-1], e.Welcome)


async def test_nobody_becomes_a_person_whom_nobody_has_seen(server: RunningServer) -> None:
    client, unknown = await at_home(server), new_key()
    with pytest.raises(Turned) as turned:
        await proposed(client, "join", client.key, unknown)
    assert turned.value.code == "no_such_key"
    here = await at_home(server)  # another machine of theirs, of which nothing is kept
    await carry_out(client, "join", client.key, here.key)
    assert (await keys_of(here)).known_by == id_of(here.key)


async def test_a_signature_is_refused_by_its_code_and_a_nonce_by_its(
    server: RunningServer,
) -> None:
    client, phone = await at_home(server), new_key()
    statement = await proposed(client, "join", phone, client.key)
    with pytest.raises(Turned) as turned:
        await sign(client, statement, new_key())
    assert turned.value.code == "not_a_signer"
    elsewhere = Statement(
        purpose="join",
        server="evil.example:7443",
        nonce=statement.nonce,
        at=statement.at,
        key=statement.key,
        by=statement.by,
    )
    with pytest.raises(Turned) as turned:
        await sign(client, elsewhere, client.key)
    assert turned.value.code == "bad_signature"
    refused = await client.ask(c.SignStatement(nonce=statement.nonce, signature="none"))
    assert isinstance(refused, e.Refused)
    assert refused.code == "bad_sshsig"
    assert isinstance(await client.ask(c.WithdrawStatement()), e.Done)
    with pytest.raises(Turned) as turned:
        await sign(client, statement, client.key)
    assert turned.value.code == "no_such_statement"


async def test_two_persons_see_what_they_would_be_and_unite(server: RunningServer) -> None:
    one, into = await at_home(server), await at_home(server)
    statement = await proposed(into, "unite", one.key, into.key)
    assert (await keys_of(into)).waiting == (AwaitedStatement(statement=statement),)
    [shown] = (await keys_of(one)).waiting
    assert shown.facts is not None
    assert shown.facts.digest == statement.facts
    await sign(one, statement, one.key)
    [seen] = (await keys_of(into)).waiting
    assert (seen.facts, seen.signed_by) == (shown.facts, (id_of(one.key),))
    await sign(into, statement, into.key)
    assert e.KeysChanged(what="united", key=id_of(one.key), by=id_of(into.key)) in into.got
    *_, last = await one.to_the_end()
    assert isinstance(last, e.Goodbye)
    assert last.code == "keys_changed"
    listed = await keys_of(await at_home(server, one.key))
    assert [each.key for each in listed.keys] == [id_of(into.key), id_of(one.key)]


async def test_all_that_is_held_says_the_keys_and_they_stay(server: RunningServer) -> None:
    client = await at_home(server)
    await carry_out(client, "join", new_key(), client.key)
    held = await client.question(c.ExportProfile(), e.ThingHeld)
    while held.kind != "keys":
        held = await client.until(e.ThingHeld)
    assert len(held.thing["keys"]) == 2
    await client.ask(c.DeleteProfile())
    assert len((await keys_of(client)).keys) == 2
