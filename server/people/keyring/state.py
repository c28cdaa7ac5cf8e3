"""The keyring: persons, their keys, and what else has to follow them.

Keys are named by their fingerprints. The rules touch the persons whose keys a command names and no
others, so that a store may read just these.
"""

from __future__ import annotations

from msgspec import Struct

from roomcli.protocol.statements import Statement

UNDO_SECONDS = 72 * 3600.0
"""How long the revocation of a key by another one can be undone."""
COVERED_SECONDS = 90 * 86400.0
"""How long a key that a person has no more is still covered by what is done about the person."""
MAX_KEYS = 32
"""Keys that a person may have had in this time; the recovery key can always bring in one more."""
SERVER = ""
"""The place of a ban that keeps somebody out of the whole server."""


class KeyRecord(Struct, frozen=True, kw_only=True):
    """A key of a person, in force or not.

    ``seen_at`` is when the server first saw it, ``joined_at`` when it came to this person, by the
    word of ``introduced_by`` (empty for the first one). ``left_at`` is when it became a person of
    its own. A key is revoked since ``revoked_at``, ``for_good`` if nobody can undo that.
    """

    id: str
    seen_at: float
    joined_at: float
    introduced_by: str = ""
    left_at: float | None = None
    revoked_at: float | None = None
    revoked_by: str = ""
    for_good: bool = False

    @property
    def in_force(self) -> bool:
        """Whether the key speaks for the person."""
        return self.left_at is None and self.revoked_at is None

    def is_cut(self, now: float) -> bool:
        """Whether the key is revoked, but that may still be undone."""
        if self.left_at is not None or self.revoked_at is None or self.for_good:
            return False
        return now < self.revoked_at + UNDO_SECONDS

    def is_over(self, now: float) -> bool:
        """Whether the key will never speak for the person again."""
        return not self.in_force and not self.is_cut(now)

    def is_covered(self, now: float) -> bool:
        """Whether what is done about the person now is about this key too."""
        end = self.left_at if self.left_at is not None else self.revoked_at
        return end is None or now < end + COVERED_SECONDS


class Past(Struct, frozen=True, kw_only=True):
    """What the server holds of a person besides their keys and bans.

    ``silences`` are the places where they are silenced, ``reports`` the reports about them.
    ``ranks`` says how high they stand in each place, in that place's own numbers: above 0, and
    more is higher. ``withheld`` are ranks that wait until a host or admin agrees. ``blocked_by``
    are keys of those who block them.
    """

    silences: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    ranks: dict[str, int] = {}
    withheld: dict[str, int] = {}
    blocked_by: frozenset[str] = frozenset()


class KnownPerson(Struct, frozen=True, kw_only=True):
    """A person: the keys that they have or had, from the oldest to the youngest.

    ``id`` is the fingerprint of their first key. ``recovery`` is the key that they keep offline.
    ``claims`` are pairs of a claim and the key through which it was proven.
    """

    id: str
    keys: tuple[KeyRecord, ...]
    recovery: str = ""
    past: Past = Past()
    claims: frozenset[tuple[str, str]] = frozenset()

    def record_of(self, key: str) -> KeyRecord | None:
        """Return the record of a key, or None: the recovery key has none."""
        return next((each for each in self.keys if each.id == key), None)

    def speaks(self, key: str) -> bool:
        """Whether a key speaks for the person."""
        found = self.record_of(key)
        return key == self.recovery if found is None else found.in_force

    def is_older(self, key: str, other: str) -> bool:
        """Whether a key came to this person before another one. The recovery key is the oldest."""
        if self.recovery in (key, other):
            return key == self.recovery != other
        order = [each.id for each in self.keys]
        return key in order and other in order and order.index(key) < order.index(other)

    def is_disputed(self, now: float) -> bool:
        """Whether a revocation can still be undone; meanwhile no key joins."""
        return self.disputed_until(now) is not None

    def disputed_until(self, now: float) -> float | None:
        """Return until when a revocation can be undone; None if none can.

        Against the word of the recovery key nobody has one: what fell by it is no dispute.
        """
        cut = [each for each in self.keys if each.is_cut(now) and each.revoked_by != self.recovery]
        return max(((each.revoked_at or 0.0) + UNDO_SECONDS for each in cut), default=None)

    def first_key(self, now: float) -> str:
        """Return the key whose word counts most: the recovery key, else the oldest that is left."""
        left = (each.id for each in self.keys if not each.is_over(now))
        return self.recovery or next(left, "")

    def standing_claims(self) -> frozenset[str]:
        """Return what is proven of the person through keys that are in force."""
        return frozenset(claim for claim, key in self.claims if self.speaks(key))


class KeyBan(Struct, frozen=True, kw_only=True):
    """Somebody is kept out of ``place`` until ``until`` (None is for good), by any of ``keys``."""

    id: str
    place: str
    keys: frozenset[str]
    at: float
    until: float | None = None

    def holds(self, now: float) -> bool:
        """Whether the ban still keeps them out."""
        return self.until is None or now < self.until


class Proposal(Struct, frozen=True, kw_only=True):
    """A statement that waits for signatures; ``signed_by`` has given theirs.

    ``salt`` is that of what two persons are shown.
    """

    statement: Statement
    salt: str = ""
    signed_by: frozenset[str] = frozenset()


class Keyring(Struct, frozen=True, kw_only=True):
    """All persons of a server. ``holders`` says whose a key is, or was last.

    ``proposals`` are by who asked for them, a key that signed in, which has one at most.
    """

    server: str
    persons: dict[str, KnownPerson] = {}
    holders: dict[str, str] = {}
    bans: dict[str, KeyBan] = {}
    proposals: dict[str, Proposal] = {}

    def person_of(self, key: str) -> KnownPerson | None:
        """Return the person whose key this is, or None for a key that was never seen."""
        return self.persons.get(self.holders.get(key, ""))

    def may_sign_in(self, key: str) -> bool:
        """Whether a key opens a connection: any but a revoked or a recovery key."""
        person = self.person_of(key)
        return person is None or (key != person.recovery and person.speaks(key))

    def may_contest(self, key: str, now: float) -> bool:
        """Whether a key that is cut can undo that: it opens a connection for its keys alone."""
        person = self.person_of(key)
        record = person.record_of(key) if person is not None else None
        if person is None or record is None or not record.is_cut(now):
            return False
        return person.is_older(key, record.revoked_by)

    def is_banned(self, key: str, place: str, now: float) -> bool:
        """Whether the person with this key is kept out of a place, or of the whole server."""
        return any(each.place in (SERVER, place) for each in self.bans_on(key, now))

    def bans_on(self, key: str, now: float) -> list[KeyBan]:
        """Return all bans that hold for the person with this key, by whichever of their keys."""
        person = self.person_of(key)
        return self._bans(now, {key}) if person is None else self.bans_of(person, now, key)

    def bans_of(self, person: KnownPerson, now: float, key: str = "") -> list[KeyBan]:
        """Return all bans that hold for a person, and for one more key."""
        keys = {each.id for each in person.keys if each.left_at is None}
        return self._bans(now, keys | {key})

    def _bans(self, now: float, keys: set[str]) -> list[KeyBan]:
        return [each for each in self.bans.values() if each.holds(now) and each.keys & keys]

    def is_blocked(self, blocker: str, key: str) -> bool:
        """Whether the person with one key blocks the person with the other."""
        by, person = self.person_of(blocker), self.person_of(key)
        if by is None or person is None:
            return False
        return any(by.record_of(each) is not None for each in person.past.blocked_by)

    def waiting_for(self, key: str) -> list[Proposal]:
        """Return the statements that wait for a signature of this key."""
        return [
            each
            for each in self.proposals.values()
            if key in each.statement.signers - each.signed_by
        ]
