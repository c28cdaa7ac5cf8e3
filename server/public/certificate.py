"""The server's own certificate: made once, kept with its data, and pinned by its links."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path

import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from roomcli.errors import ConfigError
from roomcli.files import create_private

log = logging.getLogger(__name__)

RENEW_SECONDS = 2.0
"""Seconds between two looks at the certificate's file."""
_VALID_DAYS = 3650


@dataclass(frozen=True)
class Certificate:
    """A TLS context for the server, and the SHA-256 of its certificate.

    One that is self-signed is known by its hash alone.
    """

    context: ssl.SSLContext
    hash: bytes
    is_self_signed: bool


class Certificates:
    """The certificate in use: the newest in its file that can be used.

    A connection keeps the certificate that it began with. Raises ConfigError.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "certificate.pem"
        before = _stamp(self._path)
        self.current = own_certificate(folder)
        self._seen = before or _stamp(self._path)

    def renew(self) -> None:
        """Read the file if it has changed; keep the old certificate if the new is unusable."""
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            renewed = _loaded(self._path)
        except ConfigError as error:
            log.error("%s; until it can, the one before is shown", error)
            return
        if renewed.hash != self.current.hash:
            log.warning(
                "another certificate is shown from now on: addresses with the pin of the one before"
                " lead nowhere, the new pin is %s",
                renewed.hash.hex(),
            )
        self.current = renewed

    async def watch_file(self) -> None:
        """Use the certificate's file as it changes, until cancelled."""
        while True:
            await trio.sleep(RENEW_SECONDS)
            # On a thread: nobody's voice waits for a disk.
            await trio.to_thread.run_sync(self.renew, abandon_on_cancel=True)


def own_certificate(folder: Path) -> Certificate:
    """Return the certificate in ``folder``, made if there is none. Raises ConfigError."""
    path = folder / "certificate.pem"
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                create_private(path, _made())
    except OSError as error:
        raise ConfigError(f"cannot write the server's certificate {path}: {error}") from None
    return _loaded(path)


def _loaded(path: Path) -> Certificate:
    try:
        content = path.read_bytes()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        # A key with a password must not make the server ask a terminal for it.
        context.load_cert_chain(path, password=lambda: b"")
        loaded = x509.load_pem_x509_certificate(content)
        if path.read_bytes() != content:
            raise OSError("it is just being written")
    except (OSError, ValueError) as error:
        raise ConfigError(f"the server's certificate {path} cannot be used: {error}") from None
    der = loaded.public_bytes(serialization.Encoding.DER)
    return Certificate(context, hashlib.sha256(der).digest(), loaded.issuer == loaded.subject)


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return numbers that change with a file's content; None without a file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _made() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "roomcli")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
