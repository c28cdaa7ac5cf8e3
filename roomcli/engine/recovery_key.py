"""The recovery key: made once, written on paper, typed in when keys have to be mended."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ..errors import ConfigError
from .keys import KEY_BYTES, PersonalKey

_CONTEXT = b"roomcli recovery key v1\x00"
_CHECK_BYTES = 3
_LETTERS = 56
_GROUP, _GROUPS_IN_LINE = 4, 7
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_LOOKALIKES = str.maketrans("01", "OI")
"""Digits that the alphabet does not have, and what they are read for."""


def new_recovery_text() -> str:
    """Return a new recovery key as it is written on paper: two lines of seven groups.

    Whoever has it can do everything with the person's keys, so it is shown once and kept nowhere.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    letters = base64.b32encode(secret + _check(secret)).decode()
    groups = [letters[place : place + _GROUP] for place in range(0, _LETTERS, _GROUP)]
    lines = (groups[:_GROUPS_IN_LINE], groups[_GROUPS_IN_LINE:])
    return "\n".join("-".join(line) for line in lines)


def read_recovery_text(text: str) -> PersonalKey:
    """Return the recovery key that somebody typed; case, spaces, hyphens and lines do not matter.

    Raises ConfigError, whose text never holds what was typed.
    """
    letters = re.sub(r"[\s-]+", "", text).upper().translate(_LOOKALIKES)
    if not _ALPHABET.issuperset(letters):
        raise ConfigError("a recovery key has letters and the digits 2 to 7 only: look again")
    if len(letters) != _LETTERS:
        raise ConfigError(
            f"a recovery key has {_LETTERS} letters and digits, this has {len(letters)}: look again"
        )
    content = base64.b32decode(letters)
    secret, check = content[:KEY_BYTES], content[KEY_BYTES:]
    if not secrets.compare_digest(check, _check(secret)):
        raise ConfigError("this is no recovery key: a letter or a digit of it is wrong")
    return PersonalKey(Ed25519PrivateKey.from_private_bytes(secret))


def _check(secret: bytes) -> bytes:
    return hashlib.sha256(_CONTEXT + secret).digest()[:_CHECK_BYTES]
