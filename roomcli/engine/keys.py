"""The person's own key: made at the first run, kept on this machine, never sent."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import ConfigError
from ..files import create_private
from ..folders import data_folder

KEY_BYTES = 32


class PersonalKey:
    """An Ed25519 key that proves who a person is."""

    def __init__(self, secret: Ed25519PrivateKey) -> None:
        self._secret = secret

    @property
    def public(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._secret.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature of ``message``, 64 bytes."""
        return self._secret.sign(message)


def personal_key(path: Path | None = None) -> PersonalKey:
    """Return the key in ``path`` (default: the user's data folder); make one if there is none.

    Raises ConfigError when the file cannot be used; it is never overwritten.
    """
    path = path or data_folder() / "key.pem"
    try:
        with contextlib.suppress(FileNotFoundError):
            return _loaded(path)
        _create(path)
        return _loaded(path)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is damaged"
        raise ConfigError(
            f"your key {path} cannot be used: {reason}; mend it, or move it away to get a new one"
        ) from None


def put_aside() -> Path:
    """Move this machine's key away, so that a new one is made; return where it is now.

    Raises ConfigError.
    """
    path = data_folder() / "key.pem"
    aside = path.with_name(f"key-{time.strftime('%Y%m%d-%H%M%S')}.pem")
    try:
        path.rename(aside)
    except OSError as error:
        raise ConfigError(f"your key {path} cannot be put aside: {error.strerror}") from None
    return aside


def _loaded(path: Path) -> PersonalKey:
    secret = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(secret, Ed25519PrivateKey):
        raise ValueError("another kind of key")
    return PersonalKey(secret)


def _create(path: Path) -> None:
    """Write a new key in one piece; of two processes at once, the first one wins."""
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with contextlib.suppress(FileExistsError):
        create_private(path, content)
