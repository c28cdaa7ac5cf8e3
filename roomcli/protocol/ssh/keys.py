"""Public SSH keys, as OpenSSH writes them in a line and on the wire."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from ...errors import ProtocolError
from ..handshake import fingerprint
from .wire import SshReader, pack_string

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
CURVES: dict[str, tuple[str, int]] = {
    "ecdsa-sha2-nistp256": ("nistp256", 32),
    "ecdsa-sha2-nistp384": ("nistp384", 48),
    "ecdsa-sha2-nistp521": ("nistp521", 66),
    SK_ECDSA: ("nistp256", 32),
}
"""The curve of each kind of ECDSA key, and the bytes of one coordinate."""
MIN_RSA, MAX_RSA = 2048, 8192
"""Bits of an RSA key; checking a signature by a longer one takes too long."""
MAX_LINE = 8192
"""Characters of a key in a line, comment and all."""

_CERTIFICATE = "-cert-v01@openssh.com"
_MAX_EXPONENT = 2**32


@dataclass(frozen=True)
class SshKey:
    """A public key of a kind that is taken.

    ``blob`` is the whole key as on the wire. ``point`` is that of Ed25519 (32 bytes) or ECDSA
    (uncompressed), ``modulus`` and ``exponent`` are those of RSA. ``application`` is what a
    security key was made for, and empty for all others.
    """

    type: str
    blob: bytes
    point: bytes = b""
    modulus: int = 0
    exponent: int = 0
    application: str = ""

    @property
    def is_security_key(self) -> bool:
        """Whether the key lives in a device that has to be touched."""
        return self.type in (SK_ED25519, SK_ECDSA)

    @property
    def fingerprint(self) -> str:
        """The key's public name. A plain Ed25519 key has the same as in ``hello``."""
        return fingerprint(self.point if self.type == ED25519 else self.blob)

    @property
    def openssh_fingerprint(self) -> str:
        """The key's name as ``ssh-add -l`` writes it, beginning with ``SHA256:``."""
        digest = hashlib.sha256(self.blob).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def line(self) -> str:
        """The key in OpenSSH's one-line form, without a comment."""
        return f"{self.type} {base64.b64encode(self.blob).decode()}"


def ed25519_key(point: bytes) -> SshKey:
    """Return a raw Ed25519 key, such as the person's own one, as an SSH key."""
    return parse_key(pack_string(ED25519.encode()) + pack_string(point))


def parse_key_line(line: str) -> SshKey:
    """Read ``TYPE BASE64 [COMMENT]``. Options before it, as servers have them, are refused.

    Raises ProtocolError ``bad_key``, ``certificate``, ``unknown_key_type`` or ``weak_key``.
    """
    if len(line) > MAX_LINE or len(line.strip().splitlines()) != 1:
        raise ProtocolError("bad_key", "this is not one line with a public key")
    type, _, rest = line.strip().partition(" ")
    if "cert-authority" in type.lower().split(","):
        raise ProtocolError("certificate", "a cert-authority line speaks for other keys")
    try:
        blob = base64.b64decode(rest.split()[0] if rest.strip() else "", validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError("bad_key", "this line holds no public key") from None
    key = parse_key(blob)
    if key.type != type:
        raise ProtocolError("bad_key", "the line names another type than the key in it has")
    return key


def parse_key(blob: bytes) -> SshKey:
    """Read a key as it is on the wire.

    Raises ProtocolError ``bad_key``, ``certificate``, ``unknown_key_type`` or ``weak_key``.
    """
    reader = SshReader(blob, "bad_key", "key")
    type = reader.text()
    if type.endswith(_CERTIFICATE):
        raise ProtocolError("certificate", "this is a certificate: give the key itself")
    if type in (ED25519, SK_ED25519):
        key = SshKey(type, blob, point=reader.string(32), application=_application(type, reader))
    elif type in CURVES:
        key = SshKey(type, blob, point=_point(type, reader), application=_application(type, reader))
    elif type == RSA:
        exponent = reader.mpint()
        key = SshKey(type, blob, modulus=reader.mpint(), exponent=exponent)
        _check_rsa(key)
    else:
        raise ProtocolError("unknown_key_type", f"keys of the type {type[:40]} are not taken")
    reader.expect_end()
    return key


def _point(type: str, reader: SshReader) -> bytes:
    curve, size = CURVES[type]
    if reader.text() != curve:
        raise reader.refusal("names another curve than its type")
    point = reader.string(1 + 2 * size)
    if point[0] != 4:
        raise reader.refusal("has a point that is not in its uncompressed form")
    return point


def _application(type: str, reader: SshReader) -> str:
    return reader.text() if type in (SK_ED25519, SK_ECDSA) else ""


def _check_rsa(key: SshKey) -> None:
    """Raise ProtocolError for RSA numbers that are weak, or that no key generator makes."""
    bits = key.modulus.bit_length()
    if bits < MIN_RSA:
        raise ProtocolError("weak_key", f"an RSA key of {bits} bits is too short: 2048 or more")
    if bits > MAX_RSA:
        raise ProtocolError("bad_key", f"an RSA key has {MAX_RSA} bits at most")
    if key.modulus % 2 == 0 or key.exponent % 2 == 0 or not 3 <= key.exponent < _MAX_EXPONENT:
        raise ProtocolError("weak_key", "this RSA key's numbers are not those of a safe key")
