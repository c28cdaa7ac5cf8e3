"""Whether a signature of an SSH key fits."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from roomcli.errors import ProtocolError
from roomcli.protocol.ssh.keys import ED25519, RSA, SK_ED25519, SshKey
from roomcli.protocol.ssh.sshsig import NAMESPACE, SshSignature, parse_signature

from .identity import is_weak

_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "ecdsa-sha2-nistp256": (ec.SECP256R1(), hashes.SHA256()),
    "ecdsa-sha2-nistp384": (ec.SECP384R1(), hashes.SHA384()),
    "ecdsa-sha2-nistp521": (ec.SECP521R1(), hashes.SHA512()),
    "sk-ecdsa-sha2-nistp256@openssh.com": (ec.SECP256R1(), hashes.SHA256()),
}
_RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "rsa-sha2-256": hashes.SHA256(),
    "rsa-sha2-512": hashes.SHA512(),
}


def signer_of(text: str, message: bytes, namespace: str = NAMESPACE) -> SshKey:
    """Return the key that signed ``message``, as the text form of its signature proves.

    Raises ProtocolError with a code of :mod:`roomcli.protocol.ssh`, or one of ``verify``.
    """
    signature = parse_signature(text)
    verify(signature, message, namespace)
    return signature.key


def verify(signature: SshSignature, message: bytes, namespace: str = NAMESPACE) -> None:
    """Check that a signature fits its key, this message and this namespace.

    Raises ProtocolError ``wrong_namespace``, ``bad_signature``, or for a key that proves nothing,
    ``weak_key`` or ``bad_key``.
    """
    if signature.namespace != namespace:
        raise ProtocolError("wrong_namespace", "this signature was made for something else")
    check_key(signature.key)
    try:
        _verify(signature, signature.covered(message))
    except InvalidSignature:
        raise ProtocolError("bad_signature", "the signature does not fit what it is for") from None


def check_key(key: SshKey) -> None:
    """Check that only one person can sign by a key, as far as one can see it.

    Raises ProtocolError ``weak_key`` or, for a point that is on no curve, ``bad_key``.
    """
    if key.type in (ED25519, SK_ED25519) and is_weak(key.point):
        raise ProtocolError("weak_key", "anybody can sign by this key: it is nobody's")
    try:
        _public_key(key)
    except ValueError:
        raise ProtocolError("bad_key", "this is no key: its numbers do not fit its kind") from None


def _public_key(key: SshKey) -> object:
    if key.type in (ED25519, SK_ED25519):
        return Ed25519PublicKey.from_public_bytes(key.point)
    if key.type == RSA:
        return RSAPublicNumbers(key.exponent, key.modulus).public_key()
    return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[key.type][0], key.point)


def _verify(signature: SshSignature, covered: bytes) -> None:
    """Raise InvalidSignature if the signature is not over these bytes."""
    key = signature.key
    if key.type in (ED25519, SK_ED25519):
        Ed25519PublicKey.from_public_bytes(key.point).verify(signature.value, covered)
    elif key.type == RSA:
        rsa = RSAPublicNumbers(key.exponent, key.modulus).public_key()
        rsa.verify(signature.value, covered, PKCS1v15(), _RSA_HASHES[signature.algorithm])
    else:
        curve, hash = _CURVES[key.type]
        point = ec.EllipticCurvePublicKey.from_encoded_point(curve, key.point)
        point.verify(encode_dss_signature(signature.r, signature.s), covered, ec.ECDSA(hash))
