"""Tests of signing by ssh-keygen, for keys that no agent holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcli.engine.ssh_keygen import sign_with_file
from roomcli.errors import ConfigError
from server.people.signatures import signer_of

from ...support import openssh
from ...support.openssh import needs_openssh
from ...support.security_key import SoftSecurityKey

MESSAGE = b"Ann and Bob are one.\n"


@needs_openssh
@pytest.mark.parametrize("kind", openssh.KINDS)
async def test_a_key_in_a_file_signs(tmp_path: Path, kind: str) -> None:
    key = openssh.make_key(tmp_path / "key", *openssh.KINDS[kind])
    assert signer_of(await sign_with_file(tmp_path / "key", MESSAGE), MESSAGE) == key


@needs_openssh
async def test_what_ssh_keygen_says_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "damaged").write_text("no key")
    (tmp_path / "damaged").chmod(0o600)
    for name in ("gone", "damaged"):
        with pytest.raises(ConfigError, match=f"could not sign by .*{name}: ") as refused:
            await sign_with_file(tmp_path / name, MESSAGE)
        assert "\n" not in str(refused.value)


async def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program in the place of ssh-keygen."""
    path = folder / "ssh-keygen"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_a_hardware_key_signs_through_the_program_and_has_to_be_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The real program needs a device for this; ours answers as it does.
    device = SoftSecurityKey("sk-ecdsa-sha2-nistp256@openssh.com")
    answer = tmp_path / "answer"
    await program(tmp_path, monkeypatch, f"cat >'{tmp_path}/asked'; cat '{answer}'")
    answer.write_text(device.sign(MESSAGE))
    assert signer_of(await sign_with_file(tmp_path / "sk", MESSAGE), MESSAGE) == device.key
    assert (tmp_path / "asked").read_bytes() == MESSAGE
    answer.write_text(device.sign(MESSAGE, flags=0))
    with pytest.raises(ConfigError, match="not touched"):
        await sign_with_file(tmp_path / "sk", MESSAGE)
    answer.write_text("nothing of the kind")
    with pytest.raises(ConfigError, match="could not sign"):
        await sign_with_file(tmp_path / "sk", MESSAGE)


async def test_without_the_program_one_is_told_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="install"):
        await sign_with_file(tmp_path / "key", MESSAGE)
