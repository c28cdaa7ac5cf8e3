"""The server's certificate: the admin's, or its own, made once and pinned by its links."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import logging
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import trio
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

from roomcli.errors import ConfigError
from roomcli.files import create_private

from .certificate_place import CertificatePlace
from .shown import Shown

log = logging.getLogger(__name__)

RENEW_SECONDS = 2.0
"""Seconds between two looks at the certificate's files."""
SOON = 7 * 24 * 3600.0
"""Seconds before the end of a certificate from which on its admin is told of it, once a day."""
_DAY = 24 * 3600.0
_VALID_DAYS = 3650


@dataclass(frozen=True)
class Certificate:
    """A TLS context for the server, and the SHA-256 of its certificate.

    One that is self-signed is known by its hash alone; for another one an authority vouches, for
    its ``names``. It is good ``until`` then, in seconds since 1970.
    """

    context: ssl.SSLContext
    hash: bytes
    is_self_signed: bool
    names: tuple[str, ...]
    until: float

    def as_shown(self) -> Shown:
        """Return what is known of it where no TLS is done."""
        return Shown(self.hash, self.hash.hex() if self.is_self_signed else "")

    @property
    def certified(self) -> tuple[str, ...]:
        """The names of hosts for which an authority vouches."""
        return () if self.is_self_signed else self.names


class Certificates:
    """The certificate in use: the newest at its place that can be used.

    The place is ``given``, or the file of the server's own certificate in ``folder``. A connection
    keeps the certificate that it began with. Raises ConfigError.
    """

    def __init__(self, folder: Path, given: CertificatePlace | None = None) -> None:
        own = folder / "certificate.pem"
        if given is None:
            _make(own)
        self._place = given or CertificatePlace(own)
        self._seen = self._stamp()
        self.current = _loaded(*self._place.files())
        self._looked_at = self._seen
        self._told_of_end = float("-inf")
        self.warn_of_end(time.time())

    def renew(self) -> None:
        """Read the files if they have changed; keep the old certificate if the new is unusable."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            renewed = _loaded(*self._place.files())
        except ConfigError as error:
            log.error("%s; until it can, the one before is shown", error)
            return
        if renewed.hash != self.current.hash:
            _tell_of_change(renewed)
        self.current = renewed
        self._told_of_end = float("-inf")

    def renew_settled(self) -> None:
        """Renew the certificate once its files stay as they are: they are not written at once."""
        stamp = self._stamp()
        if stamp == self._looked_at:
            self.renew()
        self._looked_at = stamp

    def warn_of_end(self, now: float) -> None:
        """Log, once a day, that the certificate ends soon, or has ended."""
        left = self.current.until - now
        if left > SOON or now - self._told_of_end < _DAY:
            return
        self._told_of_end = now
        ends = "ends" if left > 0 else "ended"
        facts = {"ends": ends, "until": _date(self.current.until)}
        log.warning("the server's certificate %(ends)s on %(until)s: renew it", facts)

    async def watch_files(self) -> None:
        """Use the certificate's files as they change, until cancelled."""
        while True:
            await trio.sleep(RENEW_SECONDS)
            # On a thread: nobody's voice waits for a disk.
            await trio.to_thread.run_sync(self.renew_settled, abandon_on_cancel=True)
            self.warn_of_end(time.time())

    def _stamp(self) -> object:
        """Return what changes with the files' content."""
        try:
            return tuple(map(_stamp_of, self._place.files()))
        except ConfigError as error:
            return str(error)


def own_certificate(folder: Path) -> Certificate:
    """Return the certificate in ``folder``, made if there is none. Raises ConfigError."""
    return Certificates(folder).current


def _make(path: Path) -> None:
    try:
        if not path.exists():
            with contextlib.suppress(FileExistsError):
                create_private(path, _made())
    except OSError as error:
        raise ConfigError(f"cannot write the server's certificate {path}: {error}") from None


def _tell_of_change(renewed: Certificate) -> None:
    if renewed.is_self_signed:
        log.warning(
            "another certificate is shown from now on: addresses with the pin of the one before"
            " lead nowhere, the new pin is %s",
            renewed.hash.hex(),
        )
    else:
        facts = {"until": _date(renewed.until)}
        log.info("another certificate is shown from now on, good until %(until)s", facts)


def _loaded(chain: Path, key: Path) -> Certificate:
    try:
        content, key_content = chain.read_bytes(), key.read_bytes()
        certificate = _certificate_in(content)
        if _key_in(key_content).public_key() != certificate.public_key():
            raise ValueError(f"the key in {key.name} is that of another certificate")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.load_cert_chain(chain, key)
        if (chain.read_bytes(), key.read_bytes()) != (content, key_content):
            raise ValueError("it is just being written")
    except OSError as error:  # of which one is that of a certificate that OpenSSL does not take
        why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise ConfigError(f"the server's certificate {chain} cannot be used: {why}") from None
    except ValueError as error:
        raise ConfigError(f"the server's certificate {chain} cannot be used: {error}") from None
    der = certificate.public_bytes(serialization.Encoding.DER)
    return Certificate(
        context,
        hashlib.sha256(der).digest(),
        certificate.issuer == certificate.subject,
        _names_in(certificate),
        certificate.not_valid_after_utc.timestamp(),
    )


def _certificate_in(content: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(content)
    except ValueError:
        raise ValueError("it holds no certificate in PEM") from None


def _key_in(content: bytes) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(content, None)
    except TypeError:
        raise ValueError("its key has a password, which nobody is there to type") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("its key is missing, or none in PEM") from None


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the names of hosts that a certificate is for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _date(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def _stamp_of(path: Path) -> tuple[int, ...] | None:
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
