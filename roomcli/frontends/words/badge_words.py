"""Badges in words: exactly what was proven, and when."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol import events as e
from ...protocol.badges import Badge, OwnClaim
from ...protocol.durations import rounded_up
from ...protocol.people import Person
from ...protocol.text import CHECK_MARK
from .names import LOOKALIKE_MARK, bracketed

_TODAY = 86400.0


def badge_words(badge: Badge, now: float) -> str:
    """Return a badge in words: ``mail at acme.example, 3 days ago``."""
    if badge.is_overdue(now):
        return f"{_proven(badge)}, last checked {_ago(now - badge.checked_at)}"
    if badge.is_looked_at:
        return f"{_proven(badge)}, checked {_ago(now - badge.checked_at)}"
    return f"{_proven(badge)}, {_ago(now - badge.checked_at)}"


def badge_label(badge: Badge) -> str:
    """Return a badge in as few words as say what was proven: ``acme.example``."""
    named = badge.domain or badge.subject
    return f"{named}, by a code" if badge.by_device else named


def labels_of(person: Person) -> str:
    """Return the badges of a person as short as they are said, the first one first; or nothing."""
    return ", ".join(dict.fromkeys(map(badge_label, person.badges)))


def with_badges(person: Person) -> str:
    """Return the full name, and in brackets what is proven: ``Ann Lind (verified: acme.example)``.

    For lists of people in words. Who only seems to be somebody verified is called unverified.
    """
    proven = labels_of(person)
    if proven:
        return f"{person.full_name} (verified: {proven})"
    return person.full_name + bracketed(None, is_you=False, lookalike=person.lookalike)


def proven_words(person: Person, now: float) -> str:
    """Return in words what is proven of a person, and when that was seen; or nothing."""
    return "; ".join(badge_words(each, now) for each in person.badges)


def proven_lines(person: Person, badges: Iterable[Badge], now: float) -> list[str]:
    """Return what is proven of a person, a line each; or that their name only seems so."""
    said = [f"{CHECK_MARK} {badge_words(each, now)}" for each in badges if each.holds(now)]
    if person.lookalike and not said:
        return [f"{LOOKALIKE_MARK} nothing; the name reads like that of somebody verified here"]
    return said


def own_claim_words(claim: OwnClaim, now: float) -> str:
    """Return a claim of the user's own in words, and whether others see it."""
    words = badge_words(claim.badge, now)
    if not claim.stands:
        return f"{words} (nobody sees it: the key that proved it is revoked)"
    return f"{words} (hidden: for doors that ask)" if claim.hidden else words


def since_words(badge: Badge, now: float) -> str:
    """Return since when an account exists, or else since when this server has seen it proven."""
    if badge.account_since is not None:
        return f"account made {_ago(now - badge.account_since)}"
    return f"first proven here {_ago(now - badge.proven_at)}"


def _proven(badge: Badge) -> str:
    match badge.kind:
        case "forge":
            host, _, user = badge.subject.rpartition("/")
            return f"account {user} at {host}"
        case "domain":
            return f"domain {badge.subject}"
        case "mail":
            return f"mail at {badge.subject}"
        case "sign_on":
            how = "by a code typed elsewhere " if badge.by_device else ""
            mail = f", with mail at {badge.domain}" if badge.domain else ""
            return f"signed on {how}at {badge.subject}{mail}"


def _ago(seconds: float) -> str:
    """Return how long ago something was: ``today``, ``3 days ago``, ``2 years ago``."""
    days = int(seconds // _TODAY)
    if days < 1:
        return "today"
    for length, word in ((365, "year"), (30, "month"), (1, "day")):
        count = days // length
        if count >= (2 if length == 30 else 1):
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "today"


_ENDED = {
    "withdrawn": "you took it back",
    "gone": "it is so no longer",
    "expired": "it is too old",
    "moved": "somebody else here has proven it",
}


def claim_line(event: e.ClaimEvent, now: float) -> str:
    """Return what one reads of one's own claims, in one line."""
    match event:
        case e.ClaimMade(claim=claim):
            return f"Proven: {badge_words(claim.badge, now)}"
        case e.ClaimChanged(claim=claim) if claim.hidden:
            return (
                f"Shown to nobody: {_proven(claim.badge)}; rooms that ask for it still let you in"
            )
        case e.ClaimChanged(claim=claim):
            return f"Shown to everybody: {_proven(claim.badge)}"
        case e.ClaimEnded(claim=claim, why=why):
            return f"No longer proven: {_proven(claim.badge)}, {_ENDED[why]}"
        case e.ClaimRefused(subject=subject, text=text):
            return f"Not proven: {subject}: {text}"
        case e.MailCodeSent(address=address, until=until):
            return (
                f"A code goes to {address}, good for {rounded_up(until - now)}:"
                " say it with /confirm_mail CODE"
            )
        case e.SignOnBegun(url=url, until=until):
            return f"Open this within {rounded_up(until - now)}: {url}"
        case e.DeviceCodeReady(url=url, user_code=user_code, until=until):
            return (
                f"Open {url} and type {user_code} there, within {rounded_up(until - now)};"
                " do that only if you asked for it yourself just now"
            )
        case e.ClaimsListed(claims=claims):
            shown = [f"{claim.id}: {own_claim_words(claim, now)}" for claim in claims]
            return f"Proven of you: {'; '.join(shown)}" if shown else "Nothing is proven of you"
