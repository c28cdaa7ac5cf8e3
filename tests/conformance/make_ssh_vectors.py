"""Write ssh_vectors.json: keys and signatures of OpenSSH, good ones and such as are refused.

    python -m tests.conformance.make_ssh_vectors

Keys and signatures are those of the ssh-keygen that is installed, new ones each time. Those of
security keys come from the tests' own software, since a device cannot be had everywhere; ssh-keygen
has to call them good before they are written.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from roomcli.protocol.ssh.keys import RSA, SK_ECDSA, SK_ED25519, SshKey, parse_key
from roomcli.protocol.ssh.sshsig import NAMESPACE, armour, signed_data
from roomcli.protocol.ssh.wire import pack_mpint, pack_string

from .. import ROOT
from ..support import openssh
from ..support.security_key import SoftSecurityKey

PATH = ROOT / "tests" / "ssh_vectors.json"
MESSAGE = b"Ann and Bob are one.\n"
BEGIN, END = "-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Json = dict[str, Any]


def packed(*parts: bytes) -> bytes:
    """Return parts as strings of the wire, one after the other."""
    return b"".join(map(pack_string, parts))


def unpacked(blob: bytes) -> list[bytes]:
    """Return the strings of the wire of which a blob consists."""
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return parts


def line(blob: bytes, type: bytes = b"") -> str:
    """Write a key in one line, whatever is in it."""
    told = type or unpacked(blob)[0]
    return f"{told.decode()} {base64.b64encode(blob).decode()}"


def content(text: str) -> bytes:
    """Return what is in the armour of a signature."""
    return base64.b64decode(text.removeprefix(BEGIN).removesuffix(END))


def in_armour(blob: bytes) -> str:
    """Put anything into the armour of a signature."""
    return f"{BEGIN}{base64.b64encode(blob).decode()}\n{END}"


def forged(
    key: bytes,
    signature: bytes,
    *,
    version: int = 1,
    hash: bytes = b"sha512",
    reserved: bytes = b"",
) -> str:
    """Make a signature of any parts."""
    parts = packed(key, NAMESPACE.encode(), reserved, hash, signature)
    return in_armour(b"SSHSIG" + version.to_bytes(4, "big") + parts)


def rsa_blob(secret: rsa.RSAPrivateKey) -> bytes:
    """Return the public half of an RSA key on the wire."""
    numbers = secret.public_key().public_numbers()
    return pack_string(b"ssh-rsa") + pack_mpint(numbers.e) + pack_mpint(numbers.n)


def signature(why: str, text: str, key: SshKey, namespace: str = NAMESPACE) -> Json:
    """Return an entry about a signature that fits."""
    return {
        "why": why,
        "message": MESSAGE.decode(),
        "namespace": namespace,
        "key": key.line,
        "signature": text,
    }


class VectorMaker:
    """Makes all entries with keys in a folder, which are forgotten afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        kinds = {**openssh.KINDS, "rsa-3072": ["-t", "rsa", "-b", "3072"]}
        self._keys = {
            name: openssh.make_key(folder / name, *options) for name, options in kinds.items()
        }
        self._rsa = self._secret("rsa-2048")
        self._devices = {type: SoftSecurityKey(type) for type in (SK_ED25519, SK_ECDSA)}

    def all_vectors(self) -> Json:
        """Build everything that goes into the file."""
        keys = [*self._keys.values(), *(each.key for each in self._devices.values())]
        fitting = list(self._fitting())
        for each in fitting:
            assert openssh.fits(self._folder, each["signature"], MESSAGE, each["namespace"])
        return {
            "keys": [
                {
                    "line": f"{each.line} a test",
                    "type": each.type,
                    "blob": each.blob.hex(),
                    "application": each.application,
                    "fingerprint": each.fingerprint,
                }
                for each in keys
            ],
            "refused_keys": [
                {"why": why, "line": line, "code": code} for why, line, code in self._refused_keys()
            ],
            "signatures": fitting,
            "refused_signatures": [
                {"why": why, "message": MESSAGE.decode(), "signature": text, "code": code}
                for why, text, code in self._refused_signatures()
            ],
        }

    def _secret(self, name: str) -> rsa.RSAPrivateKey:
        written = (self._folder / name).read_bytes()
        secret = serialization.load_ssh_private_key(written, password=None)
        assert isinstance(secret, rsa.RSAPrivateKey)
        return secret

    def _fitting(self) -> Iterator[Json]:
        for name, key in self._keys.items():
            yield signature(name, openssh.sign(self._folder / name, MESSAGE), key)
        text = openssh.sign(self._folder / "ed25519", MESSAGE, NAMESPACE, "-Ohashalg=sha256")
        yield signature("over SHA-256", text, self._keys["ed25519"])
        text = self._rsa_signature("rsa-sha2-256", hashes.SHA256())
        yield signature("rsa-sha2-256, as an agent makes it", text, self._keys["rsa-2048"])
        for device in self._devices.values():
            yield signature("touched", device.sign(MESSAGE), device.key)
            yield signature("touched, PIN given", device.sign(MESSAGE, flags=0x05), device.key)
        other = SoftSecurityKey(SK_ED25519, "ssh:roomcli")
        yield signature("another application", other.sign(MESSAGE), other.key)

    def _rsa_signature(self, algorithm: str, hash: hashes.HashAlgorithm) -> str:
        value = self._rsa.sign(signed_data(MESSAGE), PKCS1v15(), hash)
        return armour(self._keys["rsa-2048"], packed(algorithm.encode(), value))

    def _refused_keys(self) -> Iterator[tuple[str, str, str]]:
        ed25519, ecdsa = self._keys["ed25519"], self._keys["ecdsa-256"]
        rsa_key, sk = self._keys["rsa-2048"], self._devices[SK_ED25519].key
        certificate = self._certificate()
        _, curve, point = unpacked(ecdsa.blob)
        exponent, modulus = rsa_key.exponent, rsa_key.modulus
        yield "empty", "", "bad_key"
        yield "a type alone", "ssh-ed25519", "bad_key"
        yield "two lines", f"{ed25519.line}\n{ed25519.line}", "bad_key"
        yield "not base64", "ssh-ed25519 AAAA*", "bad_key"
        yield "options before it", f'command="true" {ed25519.line}', "bad_key"
        yield "another type in the line", line(ed25519.blob, b"ssh-rsa"), "bad_key"
        yield "cert-authority", f"cert-authority {ed25519.line}", "certificate"
        yield "cert-authority among options", f"no-pty,CERT-AUTHORITY {ed25519.line}", "certificate"
        yield "a certificate", certificate, "certificate"
        yield "DSA", self._dsa(), "unknown_key_type"
        yield "a type of the future", line(packed(b"ssh-mldsa65", bytes(1952))), "unknown_key_type"
        yield "rest after Ed25519", line(ed25519.blob + b"\0"), "bad_key"
        yield "rest after ECDSA", line(ecdsa.blob + b"\0"), "bad_key"
        yield "rest after RSA", line(rsa_key.blob + b"\0"), "bad_key"
        yield "rest after a security key", line(sk.blob + b"\0"), "bad_key"
        yield "Ed25519 of 31 bytes", line(packed(b"ssh-ed25519", bytes(31))), "bad_key"
        yield "Ed25519 of 33 bytes", line(packed(b"ssh-ed25519", bytes(33))), "bad_key"
        yield "Ed25519 cut", line(ed25519.blob[:-1]), "bad_key"
        yield (
            "another curve in it",
            line(packed(b"ecdsa-sha2-nistp256", b"nistp384", point)),
            "bad_key",
        )
        yield (
            "a compressed point",
            line(packed(b"ecdsa-sha2-nistp256", curve, b"\2" + point[1:33])),
            "bad_key",
        )
        yield (
            "a compressed point of full length",
            line(packed(b"ecdsa-sha2-nistp256", curve, b"\2" + point[1:])),
            "bad_key",
        )
        yield (
            "no application",
            line(packed(b"sk-ssh-ed25519@openssh.com", sk.point)),
            "bad_key",
        )
        yield "RSA of 1024 bits", openssh.make_key_line(self._folder / "short", 1024), "weak_key"
        yield "RSA of 2047 bits", self._rsa_line(exponent, modulus >> 1 | 1), "weak_key"
        yield "RSA by the exponent 1", self._rsa_line(1, modulus), "weak_key"
        yield "RSA by an even exponent", self._rsa_line(65536, modulus), "weak_key"
        yield "RSA by an even modulus", self._rsa_line(exponent, modulus - 1), "weak_key"
        yield "RSA of 8193 bits", self._rsa_line(exponent, 2**8192 + 1), "bad_key"
        longer = packed(b"ssh-rsa", b"\1\0\1", b"\0\0" + modulus.to_bytes(256, "big"))
        yield "RSA by a number with zeros before it", line(longer), "bad_key"
        negative = packed(b"ssh-rsa", b"\1\0\1", modulus.to_bytes(256, "big"))
        yield "RSA by a negative number", line(negative), "bad_key"

    def _rsa_line(self, exponent: int, modulus: int) -> str:
        return line(pack_string(b"ssh-rsa") + pack_mpint(exponent) + pack_mpint(modulus))

    def _dsa(self) -> str:
        return line(packed(b"ssh-dss", b"\1" * 128, b"\1" * 20, b"\1" * 128, b"\1" * 128))

    def _certificate(self) -> str:
        subject = self._folder / "ed25519.pub"
        given = ["-s", str(self._folder / "rsa-2048"), "-I", "ann", "-n", "ann", str(subject)]
        openssh.run("ssh-keygen", "-q", *given)
        return (self._folder / "ed25519-cert.pub").read_text().strip()

    def _refused_signatures(self) -> Iterator[tuple[str, str, str]]:
        good = openssh.sign(self._folder / "ed25519", MESSAGE)
        key, other = self._keys["ed25519"], self._keys["ecdsa-256"]
        inner = unpacked(content(good)[10:])[-1]
        value = unpacked(inner)[1]
        yield "another text", openssh.sign(self._folder / "ed25519", b"Ann"), "bad_signature"
        for namespace in ("file", "git", "identity@roomcli.v2"):
            text = openssh.sign(self._folder / "ed25519", MESSAGE, namespace)
            yield f"made for {namespace}", text, "wrong_namespace"
        yield "no armour", base64.b64encode(content(good)).decode(), "bad_sshsig"
        yield "text after it", f"{good}ssh", "bad_sshsig"
        yield "not base64", good.replace("U1NI", "U1N*"), "bad_sshsig"
        yield "another magic", in_armour(b"SSHSIX" + content(good)[6:]), "bad_sshsig"
        yield "version 2", forged(key.blob, inner, version=2), "bad_sshsig"
        yield "rest after it", in_armour(content(good) + b"\0"), "bad_sshsig"
        yield "rest after its parts", forged(key.blob, inner + b"\0"), "bad_sshsig"
        yield "cut", in_armour(content(good)[:-1]), "bad_sshsig"
        yield "something kept for later", forged(key.blob, inner, reserved=b"x"), "bad_sshsig"
        yield "over SHA-1", forged(key.blob, inner, hash=b"sha1"), "weak_hash"
        yield "over SHA-384", forged(key.blob, inner, hash=b"sha384"), "weak_hash"
        yield "63 bytes", forged(key.blob, packed(b"ssh-ed25519", value[:-1])), "bad_sshsig"
        yield "65 bytes", forged(key.blob, packed(b"ssh-ed25519", value + b"\0")), "bad_sshsig"
        yield "a key of another kind", forged(other.blob, inner), "wrong_key"
        second = openssh.make_key(self._folder / "second", "-t", "ed25519")
        yield "another key of the kind", forged(second.blob, inner), "bad_signature"
        changed = bytes([value[0] ^ 1]) + value[1:]
        yield "a bit changed", forged(key.blob, packed(b"ssh-ed25519", changed)), "bad_signature"
        weak = packed(b"ssh-ed25519", bytes(32))
        yield "a key that anybody can sign by", forged(weak, inner), "weak_key"
        off = packed(b"ecdsa-sha2-nistp256", b"nistp256", b"\4" + bytes(64))
        one = packed(b"ecdsa-sha2-nistp256", pack_mpint(1) * 2)
        yield "a point on no curve", forged(off, one), "bad_key"
        yield from self._refused_of_ecdsa(other)
        yield from self._refused_of_rsa()
        yield from self._refused_of_devices()
        certificate = base64.b64decode(self._certificate().split()[1])
        yield "by a certificate", forged(certificate, inner), "certificate"

    def _refused_of_ecdsa(self, key: SshKey) -> Iterator[tuple[str, str, str]]:
        kind = b"ecdsa-sha2-nistp256"
        for why, r, s in (("r is 1", 1, 1), ("r is the order", P256_ORDER, 1)):
            text = forged(key.blob, packed(kind, pack_mpint(r) + pack_mpint(s)))
            yield why, text, "bad_signature"
        zero = forged(key.blob, packed(kind, pack_string(b"") + pack_mpint(1)))
        yield "r is 0", zero, "bad_sshsig"
        longer = forged(key.blob, packed(kind, pack_mpint(2**256) + pack_mpint(1)))
        yield "r is too long", longer, "bad_sshsig"
        rest = forged(key.blob, packed(kind, pack_mpint(1) + pack_mpint(1) + b"\0"))
        yield "rest after r and s", rest, "bad_sshsig"
        curve = forged(key.blob, packed(b"ecdsa-sha2-nistp384", pack_mpint(1) + pack_mpint(1)))
        yield "of another curve", curve, "wrong_key"

    def _refused_of_rsa(self) -> Iterator[tuple[str, str, str]]:
        key = self._keys["rsa-2048"]
        yield "RSA over SHA-1", self._rsa_signature(RSA, hashes.SHA1()), "weak_hash"
        other = self._rsa_signature("rsa-sha2-256", hashes.SHA512())
        yield "RSA over another hash than it says", other, "bad_signature"
        short = forged(key.blob, packed(b"rsa-sha2-512", bytes(255)))
        yield "RSA, a byte too short", short, "bad_sshsig"
        long = forged(key.blob, packed(b"rsa-sha2-512", bytes(257)))
        yield "RSA, a byte too long", long, "bad_sshsig"
        weak = rsa.generate_private_key(65537, 1024)
        value = weak.sign(signed_data(MESSAGE), PKCS1v15(), hashes.SHA512())
        text = forged(rsa_blob(weak), packed(b"rsa-sha2-512", value))
        yield "RSA of 1024 bits", text, "weak_key"

    def _refused_of_devices(self) -> Iterator[tuple[str, str, str]]:
        for type, device in self._devices.items():
            yield f"{type} not touched", device.sign(MESSAGE, flags=0), "no_presence"
            yield f"{type}, PIN without touch", device.sign(MESSAGE, flags=0x04), "no_presence"
            blob = content(device.sign(MESSAGE))
            signature = unpacked(blob[10:])[-1]
            counted = signature[:-4] + b"\0\0\1\0"
            yield f"{type}, counter changed", forged(device.key.blob, counted), "bad_signature"
            flagged = signature[:-5] + b"\5" + signature[-4:]
            yield f"{type}, flags changed", forged(device.key.blob, flagged), "bad_signature"
            cut = forged(device.key.blob, signature[:-5])
            yield f"{type}, without flags", cut, "bad_sshsig"
            parts = unpacked(device.key.blob)
            elsewhere = packed(*parts[:-1], b"ssh:elsewhere")
            assert parse_key(elsewhere).application == "ssh:elsewhere"
            yield f"{type}, of another application", forged(elsewhere, signature), "bad_signature"
        plain = packed(b"ssh-ed25519", bytes(64))
        device = self._devices[SK_ED25519]
        yield "a device's key, signed as a plain one", forged(device.key.blob, plain), "wrong_key"


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        vectors = VectorMaker(Path(folder)).all_vectors()
    PATH.write_text(json.dumps(vectors, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
