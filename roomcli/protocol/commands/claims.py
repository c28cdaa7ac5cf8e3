"""Commands about claims: what the server checks about a person.

What waits for a forge, an issuer or somebody else is carried out later: ``claim_made`` or
``claim_refused`` comes as news.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..badges import ForgeKind
from .base import Command, Id

Host = Annotated[str, Meta(max_length=260)]
Account = Annotated[str, Meta(min_length=1, max_length=256)]
Attempt = Annotated[str, Meta(max_length=64)]


class ListClaims(Command, frozen=True, kw_only=True):
    """Ask for one's own claims, and for what can be claimed here: ``claims_listed``."""


class ClaimForge(Command, frozen=True, kw_only=True):
    """Claim the account ``user`` at a forge; the account has to list a key of one's own.

    An empty ``host`` is the best known place of its kind: github.com, gitlab.com, codeberg.org
    (Forgejo), gitea.com, meta.sr.ht.
    """

    forge: ForgeKind
    user: Account
    host: Host = ""


class ClaimDomain(Command, frozen=True, kw_only=True):
    """Claim a domain (or ``did:web:`` and a domain); it has to list a key of one's own."""

    domain: Host


class ClaimMail(Command, frozen=True, kw_only=True):
    """Have a code sent to one's address at a company: ``mail_code_sent``, box or not."""

    address: Annotated[str, Meta(max_length=254)]


class ConfirmMail(Command, frozen=True, kw_only=True):
    """Say the code that came by mail; ``attempt`` is the one that ``mail_code_sent`` told."""

    code: Annotated[str, Meta(max_length=16)]
    attempt: Attempt = ""


class ClaimSignOn(Command, frozen=True, kw_only=True):
    """Sign on with an issuer, by a browser on this machine: ``sign_on_begun``.

    The client waits on ``port`` of 127.0.0.1 for the browser to come back.
    """

    issuer: Host
    port: Annotated[int, Meta(ge=1024, le=65535)]


class FinishSignOn(Command, frozen=True, kw_only=True):
    """Hand on what the browser came back with, once.

    ``sent_state`` is the ``state`` of the address that was opened (RFC 6749), as it came back.
    """

    attempt: Attempt
    sent_state: Annotated[str, Meta(max_length=128)]
    code: Annotated[str, Meta(max_length=2048)]


class ClaimByDevice(Command, frozen=True, kw_only=True):
    """Sign on with an issuer by a code that is typed on another device: ``device_code_ready``."""

    issuer: Host


class HideClaim(Command, frozen=True, kw_only=True):
    """Show a claim of one's own to nobody from now on: ``claim_changed``.

    It still opens the doors of rooms that ask for it.
    """

    claim: Id


class ShowClaim(Command, frozen=True, kw_only=True):
    """Show a claim of one's own to everybody again: ``claim_changed``."""

    claim: Id


class WithdrawClaim(Command, frozen=True, kw_only=True):
    """Take a claim of one's own back: ``claim_ended``."""

    claim: Id


TypedClaimCommand = (
    ListClaims
    | ClaimForge
    | ClaimDomain
    | ClaimMail
    | ConfirmMail
    | ClaimByDevice
    | HideClaim
    | ShowClaim
    | WithdrawClaim
)
"""Every command about claims that people give themselves; a sign-on by a browser is the client's:
it waits for the browser, and keeps the secrets of it."""

ClaimCommand = TypedClaimCommand | ClaimSignOn | FinishSignOn
"""Every command about claims."""
