"""A security key made of software: the keys and signatures of FIDO devices, without a device."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from roomcli.protocol.ssh.keys import SK_ECDSA, SK_ED25519, SshKey, parse_key
from roomcli.protocol.ssh.sshsig import NAMESPACE, USER_PRESENT, armour, signed_data
from roomcli.protocol.ssh.wire import pack_mpint, pack_string


class SoftSecurityKey:
    """A key of a device that counts its signatures and says whether it was touched."""

    def __init__(self, type: str, application: str = "ssh:") -> None:
        self._secret: Ed25519PrivateKey | ec.EllipticCurvePrivateKey
        if type == SK_ED25519:
            self._secret = Ed25519PrivateKey.generate()
            parts = [type.encode(), self._secret.public_key().public_bytes_raw()]
        else:
            assert type == SK_ECDSA
            self._secret = ec.generate_private_key(ec.SECP256R1())
            point = self._secret.public_key().public_bytes(
                Encoding.X962, PublicFormat.UncompressedPoint
            )
            parts = [type.encode(), b"nistp256", point]
        blob = b"".join(map(pack_string, [*parts, application.encode()]))
        self.key: SshKey = parse_key(blob)
        self._counter = 0

    def sign(self, message: bytes, namespace: str = NAMESPACE, flags: int = USER_PRESENT) -> str:
        """Return the text form of a signature of the message."""
        self._counter += 1
        state = bytes([flags]) + self._counter.to_bytes(4, "big")
        application = hashlib.sha256(self.key.application.encode()).digest()
        asked = hashlib.sha256(signed_data(message, namespace)).digest()
        signature = self._signature(application + state + asked)
        wire = pack_string(self.key.type.encode()) + pack_string(signature) + state
        return armour(self.key, wire, namespace)

    def _signature(self, covered: bytes) -> bytes:
        if isinstance(self._secret, Ed25519PrivateKey):
            return self._secret.sign(covered)
        found = self._secret.sign(covered, ec.ECDSA(hashes.SHA256()))
        return b"".join(map(pack_mpint, decode_dss_signature(found)))
