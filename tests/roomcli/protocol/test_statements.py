"""Tests of statements about keys, as the bytes that are signed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roomcli.errors import ProtocolError
from roomcli.protocol.statements import Statement, statement_text

JOIN = Statement(
    purpose="join",
    server="Rooms.Example:7443",
    nonce="0f" * 32,
    at=1_764_118_000.5,
    key="a" * 32,
    by="b" * 32,
)


def test_a_statement_is_text_that_its_signer_can_read() -> None:
    assert statement_text(JOIN).decode() == (
        "statement about keys, v1\n"
        "purpose: join\n"
        "server: rooms.example:7443\n"
        f"nonce: {'0f' * 32}\n"
        "at: 1764118000.500\n"
        f"key: {'a' * 32}\n"
        f"by: {'b' * 32}\n"
        "facts: -\n"
    )
    assert statement_text(replace(JOIN, facts="c" * 64)).endswith(f"facts: {'c' * 64}\n".encode())


@pytest.mark.parametrize("server", ["a\nkey: b", "a\rb", "a\u2028b", "a\x1b[2K", "a\u202eb"])
def test_a_server_cannot_put_lines_of_its_own_into_it(server: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        statement_text(replace(JOIN, server=server))
    assert refused.value.code == "bad_message"


fingerprints = st.text("0123456789abcdef", min_size=32, max_size=32)
statements = st.builds(
    Statement,
    purpose=st.sampled_from(["join", "unite", "revoke", "undo", "split", "recovery"]),
    server=st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True),
    nonce=st.text("0123456789abcdef", min_size=64, max_size=64),
    at=st.integers(0, 2**40).map(lambda thousandths: thousandths / 1000),
    key=fingerprints,
    by=fingerprints,
    facts=st.sampled_from(["", "c" * 64, "d" * 64]),
)


@given(statements, statements)
def test_two_statements_have_the_same_bytes_only_if_they_are_one(
    one: Statement, other: Statement
) -> None:
    assert (statement_text(one) == statement_text(other)) == (one == other)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Statement) == one


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "0" * 63},
        {"nonce": ""},
        {"key": "A" * 32},
        {"by": "b" * 33},
        {"facts": "c" * 63},
        {"facts": "\n"},
        {"purpose": "give"},
    ],
    ids=str,
)
def test_a_statement_from_the_network_has_its_form(changes: dict[str, str]) -> None:
    fields = {**msgspec.to_builtins(JOIN), **changes}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Statement)


@pytest.mark.parametrize(
    ("purpose", "signers"),
    [
        ("join", "ab"),
        ("unite", "ab"),
        ("recovery", "ab"),
        ("revoke", "b"),
        ("undo", "b"),
        ("split", "b"),
    ],
)
def test_each_purpose_names_who_has_to_sign(purpose: str, signers: str) -> None:
    statement = replace(JOIN, purpose=purpose)
    assert statement.signers == {each * 32 for each in signers}
