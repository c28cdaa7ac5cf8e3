"""Signed invites to rooms, so that knowing an invite's id is not enough to use it.

The room knows what an invite is good for, and for how many (``rules.participants.KeptInvite``).
What is handed out is the invite's id and a code that only this server can make (HMAC-SHA-256,
shortened to 128 bits). So an invite that the room has forgotten is still known to have been made
here.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import secrets
from pathlib import Path

from roomcli.errors import ConfigError
from roomcli.files import create_private

from ..data_folder import HOST_TOKEN
from ..people.identity import new_token

SECRET_BYTES = 32
_CODE_BYTES = 16
_HOST_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


class InviteSeal:
    """Makes and checks invites with the server's secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, room: str, id: str) -> str:
        """Return an invite's text for its holder: letters, digits, ``-`` and ``_``."""
        code = hmac.digest(self._secret, f"{room}|{id}".encode(), hashlib.sha256)[:_CODE_BYTES]
        return f"{id}-{base64.urlsafe_b64encode(code).decode().rstrip('=')}"

    def made(self, room: str, token: str | None) -> str | None:
        """Return the id of an invite that was ever made here for this room, or None."""
        token = token or ""
        id = token.partition("-")[0]
        right = self.token(room, id)
        return id if token.isascii() and hmac.compare_digest(right, token) else None


def kept_seal(folder: Path) -> InviteSeal:
    """Return the seal of the server with its data in ``folder``; create its secret if missing.

    Raises ConfigError.
    """
    path = folder / "invite-secret"
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                create_private(path, secrets.token_bytes(SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the secret in {path} cannot be used: {error}") from None
    if len(secret) != SECRET_BYTES:
        raise ConfigError(f"there is no secret in {path}: delete the file to void all invites")
    return InviteSeal(secret)


def kept_token(folder: Path) -> str:
    """Return the host token in ``folder``, with which rooms can be opened; create it if missing.

    The token never expires; deleting the file revokes it. Raises ConfigError.
    """
    path = folder / HOST_TOKEN
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                create_private(path, f"{new_token()}\n".encode())
        with contextlib.suppress(PermissionError):  # somebody else's file: a caution is logged
            path.chmod(0o600)
        token = path.read_text("utf-8-sig").strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"the invite in {path} cannot be used: {error}") from None
    if not _HOST_TOKEN.fullmatch(token):
        raise ConfigError(f"there is no invite in {path}: delete the file to get a new one")
    return token
