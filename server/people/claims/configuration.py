"""What the admin says about claims, in a TOML file: which can be proven here, and by whose word.

Secrets are not in it: they are in files that only their owner can read, or in the environment.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from roomcli.errors import ConfigError

from ...admin_file import read_admin_file
from ...fetching.targets import AllowedHost, AllowedHosts, BadTarget, check_host
from .issuers import Issuer
from .mail_address import FREE_MAIL, parse_address
from .mailing import MailServer, Security
from .proof import NotProven

CLAIMS_FILE = "claims.toml"
"""The name of the file in the data folder, unless another is named."""
MAX_SECRET = 1000
_AUTHORITY = re.compile(r"([a-z0-9.-]{1,253}):([1-9][0-9]{0,4})")
_SUBMISSION: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


class ClaimsSection(Struct, forbid_unknown_fields=True):
    """Where the server may ask besides the public internet, and which mail proves a company."""

    allow: list[str] = []
    ca_file: str = ""
    companies: list[str] = []


class MailSection(Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    """The server for outgoing mail."""

    server: str
    sender: str
    security: Security = "starttls"
    user: str = ""
    password_file: str = ""
    password_env: str = ""
    ca_file: str = ""


class IssuerSection(Struct, forbid_unknown_fields=True):
    """An issuer of OpenID Connect."""

    issuer: str
    client_id: str
    name: str = ""
    secret_file: str = ""
    secret_env: str = ""
    domains: list[str] = []
    device_flow: bool = False


class ClaimsFile(Struct, forbid_unknown_fields=True):
    """The whole file."""

    claims: ClaimsSection = msgspec.field(default_factory=ClaimsSection)
    mail: MailSection | None = None
    issuers: list[IssuerSection] = []


@dataclass(frozen=True, kw_only=True)
class ClaimsConfiguration:
    """What may be proven here, and how; without a file forges and domains of the internet.

    ``server`` is what this server is called in mails.
    """

    server: str = "this server"
    allowed: AllowedHosts = field(default_factory=AllowedHosts)
    companies: frozenset[str] = frozenset()
    mail: MailServer | None = None
    issuers: tuple[Issuer, ...] = ()

    def overview(self) -> dict[str, Any]:
        """Return what an admin is shown of it; no secret is in it."""
        allowed = [f"{each.host}:{each.port}" for each in self.allowed]
        issuers = [
            {
                "issuer": each.url,
                "name": each.name,
                "domains": sorted(each.domains),
                "device_flow": each.device_flow,
            }
            for each in self.issuers
        ]
        mail = f"{self.mail.host}:{self.mail.port}" if self.mail is not None else ""
        companies = sorted(self.companies)
        return {"allow": allowed, "companies": companies, "mail": mail, "issuers": issuers}


def read_configuration(
    folder: Path, chosen: Path | None, environment: Mapping[str, str]
) -> ClaimsConfiguration:
    """Return what ``chosen`` says, or else the file in the data folder, if there is one.

    Paths in it are from its own folder. Raises ConfigError.
    """

    def read(path: Path, content: bytes) -> ClaimsConfiguration:
        found = msgspec.toml.decode(content, type=ClaimsFile)
        return _Reading(path.parent, environment).configuration(found)

    found = read_admin_file(folder / CLAIMS_FILE, chosen, "--claims", read)
    return found or ClaimsConfiguration()


class _Reading:
    """Reads the parts of a file. Everything raises ConfigError."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def configuration(self, found: ClaimsFile) -> ClaimsConfiguration:
        """Return what the whole file says."""
        allowed = AllowedHosts(self._allowed(found.claims))
        issuers = tuple(self._issuer(each, allowed) for each in found.issuers)
        if len({each.url for each in issuers}) < len(issuers):
            raise ConfigError("an issuer is there twice")
        companies = _domains("companies", found.claims.companies)
        if companies and found.mail is None:
            raise ConfigError("companies need a [mail] section: codes are sent by mail")
        mail = self._mail(found.mail) if found.mail is not None else None
        return ClaimsConfiguration(allowed=allowed, companies=companies, mail=mail, issuers=issuers)

    def _allowed(self, section: ClaimsSection) -> Iterable[AllowedHost]:
        ca_file = self._authorities(section.ca_file)
        for each in section.allow:
            parts = _AUTHORITY.fullmatch(each.lower())
            if parts is None or int(parts[2]) > 65535:
                raise ConfigError(
                    f"allow wants HOST:PORT, like git.acme.internal:8443, not {each!r}"
                )
            yield AllowedHost(parts[1], int(parts[2]), ca_file)

    def _mail(self, section: MailSection) -> MailServer:
        host, _, port = section.server.partition(":")
        if not host or (port and not port.isdecimal()):
            raise ConfigError("server of [mail] wants HOST or HOST:PORT")
        try:
            sender = parse_address(section.sender)
        except NotProven as error:
            raise ConfigError(f"from of [mail]: {error}") from None
        password = self._secret(section.password_file, section.password_env, "password")
        if bool(section.user) != bool(password):
            raise ConfigError("[mail] needs both user and password, or neither")
        if password and section.security == "none":
            raise ConfigError("[mail] would send the password unencrypted: use starttls or tls")
        return MailServer(
            host=host,
            port=int(port) if port else _SUBMISSION[section.security],
            security=section.security,
            sender=sender.spec,
            user=section.user,
            password=password,
            ca_file=self._authorities(section.ca_file),
        )

    def _issuer(self, section: IssuerSection, allowed: AllowedHosts) -> Issuer:
        issuer = Issuer(
            url=section.issuer,
            name=section.name or section.issuer.removeprefix("https://").rstrip("/"),
            client_id=section.client_id,
            secret=self._secret(section.secret_file, section.secret_env, "secret"),
            domains=_domains("domains", section.domains),
            device_flow=section.device_flow,
        )
        try:
            allowed.read_url(issuer.discovery)
        except BadTarget as error:
            raise ConfigError(f"issuer {section.issuer!r}: {error}") from None
        if not (issuer.name.isprintable() and len(issuer.name) <= 100 and section.client_id):
            raise ConfigError(
                f"issuer {section.issuer!r} needs a client_id, and a name of one line"
            )
        return issuer

    def _authorities(self, name: str) -> Path | None:
        if not name:
            return None
        path = self._folder / name
        try:
            ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:
            raise ConfigError(f"ca_file {path} cannot be used: {error}") from None
        return path

    def _secret(self, file: str, variable: str, what: str) -> str:
        if file and variable:
            raise ConfigError(f"{what}_file and {what}_env are both there: which one?")
        if variable:
            secret = self._environment.get(variable, "")
            if not secret:
                raise ConfigError(f"the environment has no {variable}")
            return secret
        return self._secret_in(self._folder / file) if file else ""

    def _secret_in(self, path: Path) -> str:
        try:
            with path.open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                secret = opened.read(MAX_SECRET + 1).decode().strip()
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path} holds no text") from None
        if stat.S_IMODE(mode) & 0o077:
            raise ConfigError(f"{path} can be read by others: chmod 600 it")
        if not secret or len(secret) > MAX_SECRET or not secret.isprintable():
            raise ConfigError(f"{path} holds no secret of one line")
        return secret


def _domains(what: str, names: list[str]) -> frozenset[str]:
    domains = frozenset(each.lower() for each in names)
    for each in sorted(domains):
        try:
            check_host(each)
        except BadTarget:
            raise ConfigError(f"{what}: {each!r} is no domain") from None
        if each in FREE_MAIL:
            raise ConfigError(f"{what}: everybody gets mail at {each}, which proves no company")
    return domains
