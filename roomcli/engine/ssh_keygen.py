"""Signatures by ``ssh-keygen``, for keys that are in no agent: files, and hardware keys."""

from __future__ import annotations

import subprocess
from pathlib import Path

import trio

from ..errors import ConfigError, ProtocolError
from ..protocol.ssh.sshsig import NAMESPACE, parse_signature
from ..protocol.text import cleaned

SIGN_SECONDS = 120.0
"""How long a person may take to type a passphrase, or a PIN, and to touch the key."""
MAX_REASON = 160

_REFUSED = "bad_key"


async def sign_with_file(path: Path, message: bytes, namespace: str = NAMESPACE) -> str:
    """Return the text form of a signature of ``message`` by the private key in ``path``.

    ssh-keygen asks for a passphrase or a PIN itself, on the terminal. It says nothing where a key
    waits for a touch, so the caller does. Raises ConfigError.
    """
    words = ["ssh-keygen", "-Y", "sign", "-f", str(path), "-n", namespace]
    try:
        with trio.fail_after(SIGN_SECONDS):
            done = await trio.run_process(
                words, stdin=message, capture_stdout=True, capture_stderr=True, check=False
            )
        text = _signature(done)
        parse_signature(text)
    except FileNotFoundError:
        raise ConfigError("ssh-keygen is not installed: install OpenSSH's client") from None
    except trio.TooSlowError:
        raise ConfigError(
            f"ssh-keygen did not sign within {SIGN_SECONDS:.0f} s: does the key wait for a touch?"
        ) from None
    except ProtocolError as error:
        raise ConfigError(f"ssh-keygen could not sign by {path}: {error}") from None
    return text


def _signature(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it says not why"]
        raise ProtocolError(_REFUSED, cleaned(said[-1], MAX_REASON))
    return done.stdout.decode("ascii", "replace")
