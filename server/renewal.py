"""What a server reads again at a hangup signal: what its admin may have changed since."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

from roomcli.errors import ConfigError

from .admin.commands import Admin
from .cautions import caution_about_host_token
from .data_folder import leave_to_owner
from .limits_file import read_limits
from .people.claims.configuration import read_configuration
from .people.claims.desk import ClaimsDesk
from .public.certificate import Certificates
from .rooms.hub import Hub
from .rooms.invites import kept_token

log = logging.getLogger(__name__)


@dataclass
class Renewal:
    """Reads certificate, host token, limits and claims again; what cannot be used changes nothing.

    ``limits_file`` and ``claims_file`` are those that were named, None for the folder's own.
    ``host_token`` is the one that was read last.
    """

    folder: Path
    host_token: str
    limits_file: Path | None
    claims_file: Path | None
    hub: Hub
    certificates: Certificates | None
    claims: ClaimsDesk
    admin: Admin

    def read_again(self) -> None:
        """Read everything again, and write to the log what cannot be used."""
        log.info("reading certificate, host token, limits and claims again")
        if self.certificates is not None:
            self.certificates.renew()
        self._renew_host_token()
        self._renew_limits()
        self._renew_claims()

    def _renew_host_token(self) -> None:
        try:
            token = kept_token(self.folder)
        except ConfigError as error:
            log.error("%s; the one before is still good", error)
        else:
            # The file of another server may be the newer one: an old one here ends nothing.
            if token != self.host_token:
                self.hub.admit_hosts(token)
                self.host_token = token
            elif not self.hub.is_host_token(token):
                log.warning("%s", caution_about_host_token(self.folder))
        leave_to_owner(self.folder)

    def _renew_limits(self) -> None:
        hub = self.hub
        try:
            changed = hub.limits.take_over(read_limits(self.folder, self.limits_file))
        except ConfigError as error:
            log.error("%(why)s; the limits before still hold", {"why": str(error)})
            return
        if not changed:
            return
        hub.allowances.begin_anew()
        later = "; rooms that are open keep theirs" if any(map(_is_of_rooms, changed)) else ""
        facts = {"changed": ", ".join(changed), "later": later}
        log.info("these limits have changed: %(changed)s%(later)s", facts)

    def _renew_claims(self) -> None:
        try:
            claims = read_configuration(self.folder, self.claims_file, os.environ)
        except ConfigError as error:
            log.error("%(why)s; what it said before still holds", {"why": str(error)})
            return
        self.claims.configure(replace(claims, server=self.claims.configuration.server))
        self.admin.claims = self.claims.configuration


def _is_of_rooms(limit: str) -> bool:
    return limit.startswith("room.")
