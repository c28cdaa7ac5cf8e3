"""A new key joins by real signatures: the person's own key, an SSH agent, a file, a device."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from roomcli.engine.keys import personal_key
from roomcli.engine.own_signature import sign_with_own_key
from roomcli.engine.ssh_agent import open_agent
from roomcli.engine.ssh_keygen import sign_with_file
from roomcli.errors import CommandRefused, ProtocolError
from roomcli.protocol.ssh.keys import ed25519_key
from roomcli.protocol.statements import Statement, statement_text
from server.people.keyring import Keyring, MeetKey, Propose, Sign, decide, evolve
from server.people.signatures import signer_of

from ....support import openssh
from ....support.openssh import needs_openssh
from ....support.security_key import SoftSecurityKey

NOW = 1_764_118_000.0


def after(state: Keyring, command: MeetKey | Propose | Sign, now: float = NOW) -> Keyring:
    """Return the state after a command."""
    for event in decide(state, command, now, b"n" * 48):
        state = evolve(state, event)
    return state


def signed(state: Keyring, statement: Statement, text: str) -> Keyring:
    """Return the state after a signature of a statement was checked."""
    signer = signer_of(text, statement_text(statement))
    return after(state, Sign(statement=statement, signer=signer.fingerprint))


@needs_openssh
async def test_ssh_keys_of_every_making_join_a_persons_own_key(tmp_path: Path) -> None:
    own = personal_key(tmp_path / "key.pem")
    mine = ed25519_key(own.public)
    device = SoftSecurityKey("sk-ssh-ed25519@openssh.com")
    held = openssh.make_key(tmp_path / "held", "-t", "ecdsa")
    filed = openssh.make_key(tmp_path / "filed", "-t", "rsa", "-b", "2048")
    state = after(Keyring(server="rooms.example"), MeetKey(key=mine.fingerprint))
    with openssh.agent(tmp_path) as place:
        openssh.add_key(place, tmp_path / "held")
        async with open_agent(str(place)) as agent:
            for key in (held, filed, device.key):
                state = after(
                    state,
                    Propose(asker="it", purpose="join", key=key.fingerprint, by=mine.fingerprint),
                )
                statement = state.proposals["it"].statement
                text = statement_text(statement)
                state = signed(state, statement, sign_with_own_key(own, text))
                if key is held:
                    by_key = await agent.sign(key, text)
                elif key is filed:
                    by_key = await sign_with_file(tmp_path / "filed", text)
                else:
                    by_key = device.sign(text)
                state = signed(state, statement, by_key)
    person = state.person_of(mine.fingerprint)
    assert person is not None
    assert [each.id for each in person.keys] == [
        each.fingerprint for each in (mine, held, filed, device.key)
    ]


def test_a_signature_over_one_statement_is_none_over_another() -> None:
    device = SoftSecurityKey("sk-ecdsa-sha2-nistp256@openssh.com")
    state = after(Keyring(server="rooms.example"), MeetKey(key=device.key.fingerprint))
    propose = Propose(
        asker="it", purpose="revoke", key=device.key.fingerprint, by=device.key.fingerprint
    )
    state = after(state, propose)
    statement = state.proposals["it"].statement
    for other in (
        replace(statement, server="other.example"),
        replace(statement, purpose="split"),
        replace(statement, nonce="0" * 64),
    ):
        with pytest.raises(ProtocolError) as refused:
            signed(state, statement, device.sign(statement_text(other)))
        assert refused.value.code == "bad_signature"
        with pytest.raises(CommandRefused):
            signed(state, other, device.sign(statement_text(other)))
    state = signed(state, statement, device.sign(statement_text(statement)))
    assert not state.may_sign_in(device.key.fingerprint)
