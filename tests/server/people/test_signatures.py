"""Tests of whether signatures fit, by those of ssh-keygen and by such as are made to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcli.engine.keys import personal_key
from roomcli.engine.own_signature import sign_with_own_key
from roomcli.errors import ProtocolError
from roomcli.protocol.ssh.keys import SK_ECDSA, SK_ED25519, ed25519_key, parse_key
from roomcli.protocol.ssh.sshsig import parse_signature
from roomcli.protocol.ssh.wire import pack_string
from server.people.identity import _ORDER_8, _SMALL_ORDER
from server.people.signatures import check_key, signer_of, verify

from ...conformance.make_ssh_vectors import MESSAGE
from ...support import openssh
from ...support.openssh import needs_openssh
from ...support.security_key import SoftSecurityKey
from ...support.ssh_vectors import SSH_VECTORS, why

FITTING, REFUSED = SSH_VECTORS["signatures"], SSH_VECTORS["refused_signatures"]


@pytest.mark.parametrize("vector", FITTING, ids=why)
def test_a_signature_proves_its_key(vector: dict[str, Any]) -> None:
    assert signer_of(vector["signature"], MESSAGE).line == vector["key"]


@pytest.mark.parametrize("vector", REFUSED, ids=why)
def test_a_signature_that_proves_nothing_is_refused_by_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        signer_of(vector["signature"], MESSAGE)
    assert refused.value.code == vector["code"], refused.value


@given(st.sampled_from(FITTING), st.binary(max_size=40))
def test_a_signature_fits_no_other_text(vector: dict[str, Any], message: bytes) -> None:
    if message != MESSAGE:
        with pytest.raises(ProtocolError) as refused:
            verify(parse_signature(vector["signature"]), message)
        assert refused.value.code == "bad_signature"


@pytest.mark.parametrize("y", sorted(_SMALL_ORDER))
@pytest.mark.parametrize("type", ["ssh-ed25519", "sk-ssh-ed25519@openssh.com"])
def test_a_key_of_small_order_proves_nothing(type: str, y: int) -> None:
    assert _ORDER_8 in _SMALL_ORDER
    blob = pack_string(type.encode()) + pack_string(y.to_bytes(32, "little"))
    key = parse_key(blob + (pack_string(b"ssh:") if type.startswith("sk-") else b""))
    with pytest.raises(ProtocolError) as refused:
        check_key(key)
    assert refused.value.code == "weak_key"


def test_the_persons_own_key_signs_as_an_ssh_key_does(tmp_path: Path) -> None:
    own = personal_key(tmp_path / "key.pem")
    key = ed25519_key(own.public)
    text = sign_with_own_key(own, MESSAGE)
    assert signer_of(text, MESSAGE) == key
    with pytest.raises(ProtocolError) as refused:
        signer_of(text, MESSAGE, "file")
    assert refused.value.code == "wrong_namespace"


@needs_openssh
@pytest.mark.parametrize("kind", openssh.KINDS)
def test_what_ssh_keygen_signs_now_fits(tmp_path: Path, kind: str) -> None:
    key = openssh.make_key(tmp_path / "key", *openssh.KINDS[kind])
    assert signer_of(openssh.sign(tmp_path / "key", MESSAGE), MESSAGE) == key


@needs_openssh
def test_ssh_keygen_calls_good_what_we_do(tmp_path: Path) -> None:
    for type in (SK_ED25519, SK_ECDSA):
        device = SoftSecurityKey(type)
        text = device.sign(MESSAGE)
        assert openssh.fits(tmp_path, text, MESSAGE)
        assert not openssh.fits(tmp_path, text, MESSAGE + b"x")
        assert signer_of(text, MESSAGE) == device.key
    own = personal_key(tmp_path / "key.pem")
    assert openssh.fits(tmp_path, sign_with_own_key(own, MESSAGE), MESSAGE)
