"""Signatures of SSH keys over a text, in the format of ``ssh-keygen -Y sign`` (PROTOCOL.sshsig)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from ...errors import ProtocolError
from .keys import CURVES, ED25519, RSA, SK_ED25519, SshKey, parse_key
from .wire import SshReader, pack_string

NAMESPACE = "identity@roomcli.v1"
"""What every signature about a person's keys is made for. A signature that a key made for files,
commits or mail has another namespace, and proves nothing here; nor do ours prove anything there."""
USER_PRESENT = 0x01
"""The flag of a security key that was touched."""
MAX_ARMOURED = 16 * 1024
"""Characters of a signature in text form; that of the longest RSA key has a third of them."""

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC, _VERSION = b"SSHSIG", 1
_HASHES = ("sha256", "sha512")
_RSA_ALGORITHMS = ("rsa-sha2-256", "rsa-sha2-512")
_LINE = 70


@dataclass(frozen=True)
class SshSignature:
    """A signature as it was given: nothing says yet that it fits.

    ``value`` are the bytes of Ed25519 (64) or RSA; ``r`` and ``s`` are the numbers of ECDSA.
    ``flags`` and ``counter`` come from a security key.
    """

    key: SshKey
    namespace: str
    hash: str
    algorithm: str
    value: bytes = b""
    r: int = 0
    s: int = 0
    flags: int = 0
    counter: int = 0

    def covered(self, message: bytes) -> bytes:
        """Return the very bytes that the key has signed, if the signature is over ``message``."""
        data = signed_data(message, self.namespace, self.hash)
        if not self.key.is_security_key:
            return data
        return b"".join(
            (
                hashlib.sha256(self.key.application.encode()).digest(),
                bytes([self.flags]),
                self.counter.to_bytes(4, "big"),
                hashlib.sha256(data).digest(),
            )
        )


def signed_data(message: bytes, namespace: str = NAMESPACE, hash: str = "sha512") -> bytes:
    """Return what a key, or an agent for it, signs in place of ``message``."""
    digest = hashlib.new(hash, message).digest()
    parts = (namespace.encode(), b"", hash.encode(), digest)
    return _MAGIC + b"".join(map(pack_string, parts))


def armour(key: SshKey, signature: bytes, namespace: str = NAMESPACE, hash: str = "sha512") -> str:
    """Return the text form of a signature over ``signed_data``, as an agent answered it."""
    parts = (key.blob, namespace.encode(), b"", hash.encode(), signature)
    content = _MAGIC + _VERSION.to_bytes(4, "big") + b"".join(map(pack_string, parts))
    text = base64.b64encode(content).decode()
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def parse_signature(text: str) -> SshSignature:
    """Read a signature in its text form. Raises ProtocolError with a code of this package."""
    reader = SshReader(_without_armour(text), "bad_sshsig", "signature")
    if reader.raw(len(_MAGIC)) != _MAGIC or reader.number() != _VERSION:
        raise ProtocolError("bad_sshsig", "this is not a signature of the first version of SSHSIG")
    key = parse_key(reader.string())
    namespace = reader.text()
    if reader.string():
        raise reader.refusal("has something in the field that is kept for later")
    hash = reader.text()
    signature = SshReader(reader.string(), "bad_sshsig", "signature")
    reader.expect_end()
    if hash not in _HASHES:
        raise ProtocolError("weak_hash", f"signatures over {hash[:20]} are not taken")
    return _signature(key, namespace, hash, signature)


def _without_armour(text: str) -> bytes:
    lines = text.strip().splitlines()
    if len(text) > MAX_ARMOURED or len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise ProtocolError("bad_sshsig", f"a signature begins with {_BEGIN} and ends alike")
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError("bad_sshsig", "the signature is damaged: not base64") from None


def _signature(key: SshKey, namespace: str, hash: str, reader: SshReader) -> SshSignature:
    algorithm = reader.text()
    _check_algorithm(key, algorithm)
    value, r, s, flags, counter = b"", 0, 0, 0, 0
    if key.type in (ED25519, SK_ED25519):
        value = reader.string(64)
    elif key.type == RSA:
        value = reader.string((key.modulus.bit_length() + 7) // 8)
    else:
        numbers = SshReader(reader.string(), "bad_sshsig", "signature")
        r, s = numbers.mpint(), numbers.mpint()
        numbers.expect_end()
        if max(r, s).bit_length() > 8 * CURVES[key.type][1]:
            raise reader.refusal("has numbers that are too long for its curve")
    if key.is_security_key:
        flags, counter = reader.raw(1)[0], reader.number()
    reader.expect_end()
    if key.is_security_key and not flags & USER_PRESENT:
        raise ProtocolError("no_presence", "the security key was not touched: sign once more")
    return SshSignature(key, namespace, hash, algorithm, value, r, s, flags, counter)


def _check_algorithm(key: SshKey, algorithm: str) -> None:
    if key.type == RSA and algorithm == RSA:
        raise ProtocolError("weak_hash", "this RSA signature is over SHA-1: use a newer SSH")
    if algorithm not in (_RSA_ALGORITHMS if key.type == RSA else (key.type,)):
        raise ProtocolError("wrong_key", "the signature was made by a key of another kind")
