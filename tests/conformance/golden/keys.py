"""Golden messages of a person's keys."""

from __future__ import annotations

from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.keys import AwaitedStatement, OwnKey
from roomcli.protocol.statements import Statement, UnionFacts

from .people import AUTHORITY, OPENED_AT

LAPTOP, PHONE = "a" * 32, "b" * 32
STATEMENT = Statement(
    purpose="join",
    server=AUTHORITY,
    nonce="0123456789abcdef" * 4,
    at=OPENED_AT,
    key=PHONE,
    by=LAPTOP,
)
FACTS = UnionFacts(
    salt="5a" * 16,
    keys=(LAPTOP, PHONE),
    bans=("room/standup",),
    silences=("room/retro",),
    ranks={"room/guild@1800000000": 2},
    withheld={"room/standup@1800000000": 4},
)

COMMANDS: list[c.Command] = [
    c.ListKeys(ref=16),
    c.ProposeStatement(purpose="join", key=PHONE, by=LAPTOP, server=AUTHORITY, ref=17),
    c.SignStatement(nonce=STATEMENT.nonce, signature="-----BEGIN SSH SIGNATURE-----", ref=18),
    c.WithdrawStatement(),
]

EVENTS: list[e.Event] = [
    e.KeyList(known_by=LAPTOP, keys=(OwnKey(key=LAPTOP, joined_at=OPENED_AT),)),
    e.KeyList(
        known_by=LAPTOP,
        keys=(
            OwnKey(key=LAPTOP, joined_at=OPENED_AT),
            OwnKey(
                key=PHONE,
                joined_at=OPENED_AT + 1,
                introduced_by=LAPTOP,
                state="cut",
                ended_at=OPENED_AT + 2,
                ended_by=LAPTOP,
                undo_until=OPENED_AT + 259_202,
            ),
        ),
        recovery="e" * 32,
        disputed_until=OPENED_AT + 259_202,
        waiting=(
            AwaitedStatement(
                statement=replace(STATEMENT, purpose="unite", facts=FACTS.digest),
                signed_by=(LAPTOP,),
                facts=FACTS,
            ),
        ),
        ref=16,
    ),
    e.StatementMade(statement=STATEMENT, ref=17),
    e.KeysChanged(what="joined", key=PHONE),
    e.KeysChanged(what="revoked", key=PHONE, by=LAPTOP, undo_until=1764377200.5),
]
