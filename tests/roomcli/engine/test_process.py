"""Tests of the engine's process and the key that it signs with."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from roomcli.engine.keys import personal_key
from roomcli.errors import ConfigError

from ...support.patience import PATIENCE

UNHEARD_OF = b"""-----BEGIN PRIVATE KEY-----
MA4CAQAwBQYDKgMEBAIEAA==
-----END PRIVATE KEY-----
"""
"""A key of an algorithm that does not exist: 1.2.3.4."""


def test_a_key_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    assert personal_key(path).public == personal_key(path).public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]
    other = ec.generate_private_key(ec.SECP256R1())
    contents = [
        b"",
        b"no key",
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        UNHEARD_OF,
    ]
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            personal_key(path)
        assert path.read_bytes() == content


def test_the_process_tells_why_it_cannot_start_and_ends_with_its_channel(
    tmp_path: Path,
) -> None:
    for line, code in (
        (b'{"command":"enter","url":"nonsense","name":"Ann"}\n', 2),
        (b"\xff" * 100_000 + b'\n{"command":"leave"}\n', 0),
        (b"", 0),
    ):
        ours, theirs = socket.socketpair()
        environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-m", "roomcli.engine", "--channel-fd", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env=environment,
            stderr=subprocess.PIPE,
        )
        theirs.close()
        with ours:
            ours.sendall(line)
            ours.shutdown(socket.SHUT_WR)
            _, errors = process.communicate(timeout=PATIENCE)
            told = b""
            while received := ours.recv(65536):
                told += received
        assert process.returncode == code, errors
        assert not errors
        last = json.loads(told.splitlines()[-1])
        assert (last["event"], last["exit_code"]) == ("left", code)
