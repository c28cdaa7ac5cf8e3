"""Who may enter a room, as a rule that everybody can read before they try.

Three things can be asked of whoever comes (no guests, members only, claimed identities only), and
all of them hold together. Who is on the list of those allowed comes in without them; with a list
and nothing else asked, nobody else does. With ``knock``, who is not let in by this may wait at the
door; where nothing is asked, everybody does.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, get_args

from msgspec import Meta, Struct

GuestMode = Literal["on", "listen", "off"]
"""on: guests are as everybody else. listen: they stay in the audience. off: they are not let in."""
MAX_PATTERNS = 8
MAX_ALLOWED = 50
PatternText = Annotated[str, Meta(pattern=r"^[a-z0-9@/:.+-]{1,80}\Z")]
"""What a room asks to be proven, like ``anyone@acme.example``."""
ClaimPatterns = Annotated[
    tuple[PatternText, ...],
    Meta(max_length=MAX_PATTERNS),
]
"""Which claims let somebody in, one of them being enough; :func:`parse_pattern` reads them."""
AllowedPeople = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=32)], ...], Meta(max_length=MAX_ALLOWED)
]
"""People by id, or by the fingerprint of their key."""
PATTERN_FORMS = (
    "anyone@acme.example, acme.example, github.com/anyone, github.com/anyone+365d or any"
)
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})+"
_PATTERN = (
    rf"(?P<any>any)|anyone@(?P<organisation>{_DOMAIN})|(?P<domain>{_DOMAIN})"
    rf"|(?P<forge>{_DOMAIN}(?::[0-9]{{1,5}})?)/anyone(?:\+(?P<days>[0-9]{{1,5}})d)?"
)
PatternKind = Literal["any", "organisation", "domain", "forge"]
_WORDED = 3
"""Patterns that are told in words, so that a line stays one."""


class ClaimPattern(NamedTuple):
    """One pattern, taken apart. ``days`` is how old a forge account has to be."""

    kind: PatternKind
    at: str
    days: int = 0


class EntranceRule(Struct, frozen=True, kw_only=True):
    """The rule of a room's entrance, as those who are not in it may know it.

    ``by_list`` is whether some people are let in by name; who they are is not told. ``by_device``
    is whether a sign-on counts for which a code was typed elsewhere.
    """

    guests: GuestMode = "on"
    members: bool = False
    claimed: ClaimPatterns = ()
    by_device: bool = True
    by_list: bool = False
    knock: bool = False

    @property
    def asks(self) -> bool:
        """Whether something is asked of whoever comes."""
        return self.guests == "off" or self.members or bool(self.claimed)


def parse_pattern(text: str) -> ClaimPattern | None:
    """Return what a pattern means: ``PATTERN_FORMS`` has an example of each; None if it is none."""
    found = re.fullmatch(_PATTERN, text)
    if found is None:
        return None
    kind = next(each for each in get_args(PatternKind) if found[each] is not None)
    return ClaimPattern(kind, found[kind], int(found["days"] or 0))


def pattern_words(text: str) -> str:
    """Return in words what somebody needs to fit a pattern."""
    pattern = parse_pattern(text)
    match pattern:
        case ClaimPattern(kind="any"):
            return "a checked claim"
        case ClaimPattern(kind="organisation", at=at):
            return f"mail or sign-on at {at}"
        case ClaimPattern(kind="domain", at=at):
            return f"the domain {at}"
        case ClaimPattern(at=at, days=0):
            return f"an account at {at}"
        case ClaimPattern(at=at, days=days):
            return (
                f"an account at {at} of {days} days or more (by the forge's own date; where it"
                " tells none, since this server first saw it)"
            )
    return text


def claims_words(claimed: tuple[str, ...]) -> str:
    """Return in words which claims let somebody in."""
    told = [pattern_words(each) for each in claimed[:_WORDED]]
    more = len(claimed) - _WORDED
    return " or ".join([*told, *([f"{more} others"] if more > 0 else [])])


def entrance_words(rule: EntranceRule) -> tuple[str, ...]:
    """Return the rule in words, a line each; none if everybody may come in."""
    lines = []
    if rule.members:
        lines.append("for members of its community")
    if rule.claimed:
        lines.append(f"for people with {claims_words(rule.claimed)}")
        if not rule.by_device:
            lines.append("but not by a code typed elsewhere")
    if rule.guests == "off":
        lines.append("not for guests (have a profile or a checked claim)")
    if rule.by_list:
        lines.append("and for people on its list" if rule.asks else "for people on its list")
    if rule.guests == "listen":
        lines.append("guests only listen")
    if rule.knock:
        lines.append("others knock" if rule.asks or rule.by_list else "everybody knocks")
    return tuple(lines)
