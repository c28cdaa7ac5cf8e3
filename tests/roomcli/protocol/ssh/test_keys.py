"""Tests of reading public SSH keys, by keys that ssh-keygen made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol.handshake import fingerprint
from roomcli.protocol.ssh.keys import MAX_LINE, ed25519_key, parse_key, parse_key_line
from roomcli.protocol.ssh.wire import SshReader, pack_mpint

from ....support.ssh_vectors import SSH_VECTORS, why

KEYS, REFUSED = SSH_VECTORS["keys"], SSH_VECTORS["refused_keys"]
BLOBS = [bytes.fromhex(each["blob"]) for each in KEYS]


@pytest.mark.parametrize("vector", KEYS, ids=why)
def test_a_key_is_read_from_its_line_and_from_the_wire(vector: dict[str, Any]) -> None:
    key = parse_key_line(vector["line"])
    assert (key.type, key.application) == (vector["type"], vector["application"])
    assert key.blob == bytes.fromhex(vector["blob"])
    assert key.fingerprint == vector["fingerprint"]
    assert parse_key(key.blob) == key
    assert parse_key_line(key.line) == key
    assert vector["line"] == f"{key.line} a test"
    assert key.is_security_key == key.type.startswith("sk-") == bool(key.application)


@pytest.mark.parametrize("vector", REFUSED, ids=why)
def test_a_key_is_refused_by_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_key_line(vector["line"])
    assert refused.value.code == vector["code"], refused.value
    assert "\n" not in str(refused.value)


def test_every_kind_of_key_that_is_taken_is_among_them() -> None:
    assert {each["type"] for each in KEYS} == {
        "ssh-ed25519",
        "ssh-rsa",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }


def test_a_persons_own_key_has_the_same_public_name_as_an_ssh_key() -> None:
    point = bytes(range(32))
    assert ed25519_key(point).fingerprint == fingerprint(point)


def test_a_line_is_as_long_as_a_key_needs() -> None:
    line = parse_key_line(KEYS[0]["line"]).line
    assert parse_key_line(f"  {line} {'x' * (MAX_LINE - len(line) - 4)} ").line == line
    with pytest.raises(ProtocolError):
        parse_key_line(f"{line} {'x' * MAX_LINE}")


@given(st.sampled_from(BLOBS), st.data())
def test_bytes_that_are_cut_or_longer_are_no_key(blob: bytes, data: st.DataObject) -> None:
    cut = blob[: data.draw(st.integers(0, len(blob) - 1))]
    longer = blob + data.draw(st.binary(min_size=1, max_size=8))
    for wrong in (cut, longer):
        with pytest.raises(ProtocolError):
            parse_key(wrong)


@given(st.one_of(st.binary(max_size=80), st.sampled_from(BLOBS)), st.data())
def test_any_bytes_are_a_key_in_one_form_only_or_refused(blob: bytes, data: st.DataObject) -> None:
    changed = bytearray(blob or b"\0")
    for _ in range(data.draw(st.integers(0, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = parse_key(bytes(changed))
    except ProtocolError:
        return
    assert parse_key(key.blob) == parse_key_line(key.line) == key
    assert key.blob == bytes(changed)


@given(st.text(max_size=60))
def test_any_text_is_a_line_or_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_key_line(text)


@given(st.integers(1, 2**80))
def test_a_number_is_read_as_it_was_written(number: int) -> None:
    reader = SshReader(pack_mpint(number), "bad_key", "key")
    assert reader.mpint() == number
    reader.expect_end()
