"""Events about claims: to the person alone, at all of their connections unless it is an answer."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from ..badges import BadgeKind, OfferedIssuer, OwnClaim
from ..times import Seconds
from .base import DeskEvent

WebAddress = Annotated[str, Meta(pattern=r"^https://[!-~]{1,4000}\Z")]
"""What a person opens in a browser, as a server names it: nothing else is ever opened."""


class ClaimsListed(DeskEvent, frozen=True, kw_only=True):
    """One's own claims, the oldest first, and what can be claimed here.

    ``companies`` are the domains at which mail proves a company, ``issuers`` those at which one can
    sign on.
    """

    claims: tuple[OwnClaim, ...] = ()
    companies: tuple[str, ...] = ()
    issuers: tuple[OfferedIssuer, ...] = ()


class MailCodeSent(DeskEvent, frozen=True, kw_only=True):
    """A code was sent to ``address``, if there is such a box; ``attempt`` goes with it."""

    address: str
    attempt: str
    until: Seconds


class SignOnBegun(DeskEvent, frozen=True, kw_only=True):
    """The person opens ``url`` in a browser; it comes back with ``sent_state`` as its
    ``state`` (RFC 6749), and from ``issuer``.

    ``names_issuer`` says that it then has to name the issuer (RFC 9207).
    """

    issuer: str
    attempt: str
    sent_state: str
    url: WebAddress
    until: Seconds
    names_issuer: bool = False


class DeviceCodeReady(DeskEvent, frozen=True, kw_only=True):
    """The person opens ``url`` on any device and types ``user_code`` there, until then."""

    issuer: str
    user_code: str
    url: WebAddress
    until: Seconds


class ClaimMade(DeskEvent, frozen=True, kw_only=True):
    """A claim of one's own is proven."""

    claim: OwnClaim


class ClaimRefused(DeskEvent, frozen=True, kw_only=True):
    """What one claimed is not proven: ``code`` is stable, ``text`` is for a person."""

    kind: BadgeKind
    subject: str
    code: str
    text: str


class ClaimChanged(DeskEvent, frozen=True, kw_only=True):
    """A claim of one's own is hidden from others now, or shown to them again."""

    claim: OwnClaim


class ClaimEnded(DeskEvent, frozen=True, kw_only=True):
    """A claim of one's own is no more.

    ``why``: one took it back, it is so no longer, it is too old, or another has proven it.
    """

    claim: OwnClaim
    why: Literal["withdrawn", "gone", "expired", "moved"]


ClaimEvent = (
    ClaimsListed
    | MailCodeSent
    | SignOnBegun
    | DeviceCodeReady
    | ClaimMade
    | ClaimRefused
    | ClaimChanged
    | ClaimEnded
)
"""Every event about claims."""
