"""Tests of reading and writing SSHSIG signatures, without checking whether they fit."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.errors import ProtocolError
from roomcli.protocol.ssh.keys import ed25519_key
from roomcli.protocol.ssh.sshsig import (
    MAX_ARMOURED,
    NAMESPACE,
    armour,
    parse_signature,
    signed_data,
)
from roomcli.protocol.ssh.wire import pack_string

from ....support.ssh_vectors import SSH_VECTORS, why

FITTING, REFUSED = SSH_VECTORS["signatures"], SSH_VECTORS["refused_signatures"]
BY_CRYPTOGRAPHY = {"bad_signature", "wrong_namespace", "bad_key"}
"""The codes of signatures of which only ``server.people.signatures`` sees what is wrong."""
TEXTS = [each["signature"] for each in FITTING]


def is_for_cryptography(vector: dict[str, Any]) -> bool:
    return vector["code"] in BY_CRYPTOGRAPHY or vector["why"] == "a key that anybody can sign by"


@pytest.mark.parametrize("vector", FITTING, ids=why)
def test_a_signature_is_read_with_its_key(vector: dict[str, Any]) -> None:
    signature = parse_signature(vector["signature"])
    assert signature.key.line == vector["key"]
    assert signature.namespace == vector["namespace"] == NAMESPACE
    assert parse_signature(vector["signature"].replace("\n", "\r\n")) == signature
    assert bool(signature.flags) == bool(signature.counter) == signature.key.is_security_key


@pytest.mark.parametrize("vector", REFUSED, ids=why)
def test_a_signature_is_refused_by_its_code(vector: dict[str, Any]) -> None:
    if is_for_cryptography(vector):
        parse_signature(vector["signature"])
        return
    with pytest.raises(ProtocolError) as refused:
        parse_signature(vector["signature"])
    assert refused.value.code == vector["code"], refused.value
    assert "\n" not in str(refused.value)


def test_what_is_signed_is_the_preamble_of_openssh() -> None:
    hashed = hashlib.sha512(b"hello").digest()
    assert signed_data(b"hello") == (
        b"SSHSIG\0\0\0\x13identity@roomcli.v1\0\0\0\0\0\0\0\x06sha512\0\0\0\x40" + hashed
    )


def test_a_security_key_signs_what_it_was_made_for_and_what_it_counted() -> None:
    touched = next(each for each in FITTING if each["key"].startswith("sk-ssh-ed25519"))
    signature = parse_signature(touched["signature"])
    covered = signature.covered(b"hello")
    assert covered[:32] == hashlib.sha256(b"ssh:").digest()
    assert covered[32:37] == bytes([signature.flags]) + signature.counter.to_bytes(4, "big")
    assert covered[37:] == hashlib.sha256(signed_data(b"hello")).digest()


def test_a_signature_that_is_written_is_read() -> None:
    key = ed25519_key(bytes(range(32)))
    text = armour(key, pack_string(b"ssh-ed25519") + pack_string(b"s" * 64), "mail", "sha256")
    signature = parse_signature(text)
    assert (signature.key, signature.value) == (key, b"s" * 64)
    assert (signature.namespace, signature.hash) == ("mail", "sha256")
    assert max(map(len, text.splitlines())) == 70  # as ssh-keygen breaks its lines


def test_a_text_that_is_longer_than_any_signature_is_not_read() -> None:
    lines = TEXTS[0].splitlines()
    with pytest.raises(ProtocolError):
        parse_signature("\n".join([lines[0], "A" * MAX_ARMOURED, lines[-1]]))


@given(st.sampled_from(TEXTS), st.data())
def test_any_bytes_in_the_armour_are_a_signature_or_refused(text: str, data: st.DataObject) -> None:
    first, *lines, last = text.splitlines()
    content = bytearray(base64.b64decode("".join(lines)))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, 2 * len(content))) :]
    with contextlib.suppress(ProtocolError):
        parse_signature("\n".join([first, base64.b64encode(content).decode(), last]))
