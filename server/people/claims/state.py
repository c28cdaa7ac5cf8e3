"""Claims: what the server has checked about people, and how it may check it again."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from roomcli.protocol.badges import CHECK_AGAIN_SECONDS, Badge, BadgeKind, ForgeKind
from roomcli.protocol.evolve_view import without

UNREACHED_SECONDS = 14 * 86400.0
"""How long a claim stands that cannot be looked at again."""
RETRY_SECONDS = 3600.0
"""How long the server waits after it could not look."""
SEEN_SECONDS = 90 * 86400.0
"""How long that counts which only the person can prove again."""
MAX_CLAIMS = 16
"""The most claims of one person."""
MAX_CLAIMS_IN_ALL = 100_000
"""The most claims of a server; each is in memory, and many are looked at again every day."""


class ForgeAccount(Struct, frozen=True, tag="forge"):
    """An account at a forge, which lists a key of the person. ``host`` may have a port."""

    forge: ForgeKind
    host: str
    user: str


class OwnDomain(Struct, frozen=True, tag="domain"):
    """A domain that lists a key of the person, in a document of ours or in a DID document."""

    domain: str
    by_did: bool = False


class MailBox(Struct, frozen=True, tag="mail"):
    """A box at a company's domain; ``box`` is a hash of the address."""

    domain: str
    box: str


class IssuerAccount(Struct, frozen=True, tag="sign_on"):
    """An account at an issuer of OpenID Connect; ``account`` is a hash of issuer and subject.

    ``domain`` is a company's, if the issuer said that the person has mail there and the admin
    takes its word for that.
    """

    issuer: str
    account: str
    domain: str = ""
    by_device: bool = False


Fact = ForgeAccount | OwnDomain | MailBox | IssuerAccount
"""What is claimed."""


class Claim(Struct, frozen=True, kw_only=True):
    """Something that was proven of a person (by id), through a key of theirs.

    ``proven_at`` is since when, ``checked_at`` when that was last seen, ``until`` when it ends
    unless it is seen again. ``next_check_at`` is None for what only the person can prove again.
    One that is ``hidden`` its person shows to nobody: it counts at doors alone.
    """

    id: str
    person: str
    fact: Fact
    key: str
    proven_at: float
    checked_at: float
    until: float
    next_check_at: float | None = None
    account_since: float | None = None
    hidden: bool = False

    @property
    def badge(self) -> Badge:
        """The claim as others see it."""
        badge = Badge(
            kind=kind_of(self.fact),
            subject=subject_of(self.fact),
            proven_at=self.proven_at,
            checked_at=self.checked_at,
            until=self.until,
            account_since=self.account_since,
        )
        return _with_details(badge, self.fact)


class Claims(Struct, frozen=True, kw_only=True):
    """All claims, by their ids; ``of_person`` names those of each person in order."""

    claims: dict[str, Claim] = {}
    of_person: dict[str, tuple[str, ...]] = {}
    holders: dict[str, str] = {}
    """Which claim has what only one person may have, by :func:`sole_holding`."""

    def claims_of(self, person: str) -> list[Claim]:
        """Return the claims of a person, the oldest first."""
        own = (self.claims[id] for id in self.of_person.get(person, ()))
        return sorted(own, key=lambda claim: claim.proven_at)

    def claim_about(self, person: str, fact: Fact) -> Claim | None:
        """Return a person's claim about the same thing, or None."""
        same = (each for each in self.claims_of(person) if is_same(each.fact, fact))
        return next(same, None)

    def holder_of(self, fact: Fact) -> Claim | None:
        """Return the claim that has what only one person may have, or None."""
        return self.claims.get(self.holders.get(sole_holding(fact), ""))

    def standing(self, person: str, keys: frozenset[str], now: float) -> list[Claim]:
        """Return a person's claims that count: proven through a key in force, and not too old.

        ``keys`` are the person's that are in force.
        """
        return [each for each in self.claims_of(person) if each.key in keys and now < each.until]

    def due(self, now: float) -> list[Claim]:
        """Return the claims at which it is time to look again, those that wait longest first."""
        times = [
            (each.next_check_at, each)
            for each in self.claims.values()
            if each.next_check_at is not None and each.next_check_at <= now
        ]
        return [each for _, each in sorted(times, key=lambda pair: pair[0])]


def gather(claims: Iterable[Claim]) -> Claims:
    """Return the state that has just these claims."""
    by_id = {each.id: each for each in claims}
    of_person: dict[str, tuple[str, ...]] = {}
    for each in by_id.values():
        of_person[each.person] = (*of_person.get(each.person, ()), each.id)
    holdings = {sole_holding(each.fact): each.id for each in by_id.values()}
    return Claims(claims=by_id, of_person=of_person, holders=without(holdings, ""))


def kind_of(fact: Fact) -> BadgeKind:
    """Return the kind of a claim about this."""
    match fact:
        case ForgeAccount():
            return "forge"
        case OwnDomain():
            return "domain"
        case MailBox():
            return "mail"
        case IssuerAccount():
            return "sign_on"


def subject_of(fact: Fact) -> str:
    """Return what a badge names: exactly what was proven, and no box or account of a company."""
    match fact:
        case ForgeAccount(forge=forge, host=host, user=user):
            return f"{host}/{'~' if forge == 'sourcehut' else ''}{user}"
        case OwnDomain(domain=domain) | MailBox(domain=domain):
            return domain
        case IssuerAccount(issuer=issuer):
            return issuer.removeprefix("https://").rstrip("/")


def sole_holding(fact: Fact) -> str:
    """Return what only one person may have at a time; empty if several may."""
    match fact:
        case MailBox(box=box):
            return f"mail {box}"
        case IssuerAccount(account=account):
            return f"sign_on {account}"
        case _:
            return ""


def is_same(fact: Fact, other: Fact) -> bool:
    """Whether two claims of one person would be about the same thing: the newer one replaces."""
    return (kind_of(fact), subject_of(fact)) == (kind_of(other), subject_of(other))


def can_be_looked_at(fact: Fact) -> bool:
    """Whether the server can see without the person that it still is so."""
    return isinstance(fact, ForgeAccount | OwnDomain)


def lasts_until(fact: Fact, now: float) -> float:
    """Return when a claim ends that is seen to be so now, and then no more."""
    return now + (UNREACHED_SECONDS if can_be_looked_at(fact) else SEEN_SECONDS)


def look_again_at(fact: Fact, now: float, share: float) -> float | None:
    """Return when to look again; ``share`` (0 to 1) keeps all claims from one moment."""
    return now + CHECK_AGAIN_SECONDS * (0.75 + share / 4) if can_be_looked_at(fact) else None


def _with_details(badge: Badge, fact: Fact) -> Badge:
    if isinstance(fact, MailBox):
        return replace(badge, domain=fact.domain)
    if isinstance(fact, IssuerAccount):
        return replace(badge, domain=fact.domain, by_device=fact.by_device)
    return badge
