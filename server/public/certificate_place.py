"""Where the admin's certificate lies: in a file, in two, or in a folder as ACME clients fill it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roomcli.errors import ConfigError, UsageError


@dataclass(frozen=True)
class CertificatePlace:
    """The file with a certificate and its chain, and that of its key; or a folder with both.

    A folder is one of certbot (``fullchain.pem`` and ``privkey.pem``) or of Caddy (``NAME.crt`` and
    ``NAME.key``). Without a key of its own the file has that too.
    """

    certificate: Path
    key: Path | None = None

    def files(self) -> tuple[Path, Path]:
        """Return the files with the chain and with the key, as they are now. Raises ConfigError."""
        try:
            if not self.certificate.is_dir():
                return self.certificate, self.key or self.certificate
            pairs = _pairs(self.certificate)
        except OSError as error:
            raise ConfigError(f"{self.certificate} cannot be read: {error.strerror}") from None
        if len(pairs) == 1:
            return pairs[0]
        if pairs:
            names = ", ".join(chain.name for chain, _ in pairs)
            raise ConfigError(
                f"{self.certificate} has several certificates ({names}): name one, by --certificate"
                " FILE --key FILE"
            )
        raise ConfigError(
            f"{self.certificate} has no certificate: neither fullchain.pem with privkey.pem, nor"
            " NAME.crt with NAME.key"
        )


def chosen_place(
    certificate: Path | None, key: Path | None, *, no_tls: bool
) -> CertificatePlace | None:
    """Return the place that the options name, if they name any. Raises UsageError."""
    if certificate is None:
        if key is not None:
            raise UsageError("--key is the key of a certificate: name that too, by --certificate")
        return None
    if no_tls:
        raise UsageError("--certificate is for TLS, which --no-tls leaves out: give one of them")
    if key is not None and certificate.is_dir():
        raise UsageError("--certificate names a folder, which has the key too: leave out --key")
    return CertificatePlace(certificate, key)


def _pairs(folder: Path) -> list[tuple[Path, Path]]:
    names = sorted(each.name for each in folder.iterdir())
    if "fullchain.pem" in names:
        return [(folder / "fullchain.pem", folder / "privkey.pem")]
    chains = [folder / name for name in names if name.endswith(".crt")]
    return [
        (chain, chain.with_suffix(".key"))
        for chain in chains
        if chain.with_suffix(".key").name in names
    ]
