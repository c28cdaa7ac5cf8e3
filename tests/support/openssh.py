"""The programs of OpenSSH: keys, signatures and an agent that are not ours."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcli.protocol.ssh.keys import SshKey, parse_key_line
from roomcli.protocol.ssh.sshsig import NAMESPACE

from .patience import PATIENCE

needs_openssh = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("ssh-keygen", "ssh-agent", "ssh-add")),
    reason="OpenSSH is not installed",
)
KINDS = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa-256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa-384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa-521": ["-t", "ecdsa", "-b", "521"],
    "rsa-2048": ["-t", "rsa", "-b", "2048"],
}
"""The options of ssh-keygen for each kind of key that it makes without a device."""


def make_key(path: Path, *options: str, comment: str = "a test") -> SshKey:
    """Make a key pair in ``path`` and ``path.pub``, without a passphrase."""
    run("ssh-keygen", "-q", "-N", "", "-C", comment, "-f", str(path), *options)
    return read_key(path)


def read_key(path: Path) -> SshKey:
    """Return the public key of a pair."""
    return parse_key_line(path.with_name(f"{path.name}.pub").read_text())


def make_key_line(path: Path, bits: int) -> str:
    """Make an RSA key of any length and return its line, which is not read."""
    run("ssh-keygen", "-q", "-N", "", "-t", "rsa", "-b", str(bits), "-f", str(path))
    return path.with_name(f"{path.name}.pub").read_text().strip()


def sign(path: Path, message: bytes, namespace: str = NAMESPACE, *options: str) -> str:
    """Return the signature of a message by the key in ``path``."""
    given = ["-Y", "sign", "-f", str(path), "-n", namespace, *options]
    return run("ssh-keygen", *given, input=message).decode()


def fits(folder: Path, text: str, message: bytes, namespace: str = NAMESPACE) -> bool:
    """Whether ssh-keygen says that a signature is good."""
    path = folder / "signature"
    path.write_text(text)
    given = ["-Y", "check-novalidate", "-n", namespace, "-s", str(path)]
    done = subprocess.run(
        ["ssh-keygen", *given], input=message, capture_output=True, timeout=PATIENCE, check=False
    )
    return done.returncode == 0


@contextlib.contextmanager
def agent(folder: Path) -> Iterator[Path]:
    """Run an agent; gives the path of its socket."""
    place = folder / "agent.sock"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # it tells its socket once it listens there
        yield place
    finally:
        process.terminate()
        process.wait(PATIENCE)
        if process.stdout:
            process.stdout.close()


def add_key(agent: Path, path: Path) -> None:
    """Give an agent a private key."""
    run("ssh-add", "-q", str(path), env={"SSH_AUTH_SOCK": str(agent)})


def run(*words: str, input: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    """Run a program to its end and return what it writes. Raises CalledProcessError."""
    done = subprocess.run(
        words, input=input, capture_output=True, timeout=PATIENCE, check=True, env=env
    )
    return done.stdout
