"""The codes that are sent by mail: one for a person, a key, an attempt and an address. Pure.

They are in memory only, as hashes, for ten minutes. Time and randomness come in as arguments.
"""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .mail_address import MailAddress
from .refusals import refuse_claim

CODE_SECONDS = 600.0
CODE_DIGITS = 8
TRIES = 5
"""Wrong codes after which the right one is worth nothing either."""
HOUR = 3600.0
PER_ADDRESS = 3
PER_PERSON = 3
PER_NETWORK = 20
"""Mails in an hour."""
ENTROPY_BYTES = 32
MAX_HOLDERS = 20_000


@dataclass(frozen=True)
class MailedCode:
    """A code to be sent: ``attempt`` is told to the one connection that asked for it."""

    attempt: str
    code: str
    until: float


@dataclass
class _Waiting:
    person: str
    key: str
    address: MailAddress
    mac: bytes
    until: float
    wrong: int = 0


class MailCodes:
    """Codes that wait for whoever reads the mail; ``secret`` keys their hashes."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._waiting: dict[str, _Waiting] = {}
        self._sent: dict[tuple[str, str], deque[float]] = {}

    def issue(
        self,
        person: str,
        key: str,
        address: MailAddress,
        networks: Iterable[str],
        now: float,
        entropy: bytes,
    ) -> MailedCode:
        """Return a new code, in place of the one that the person has.

        Raises CommandRefused ``too_many_mails``.
        """
        if len(entropy) != ENTROPY_BYTES:
            raise ValueError(f"{ENTROPY_BYTES} bytes of entropy are needed")
        self._count(person, address, networks, now)
        self._waiting = {
            attempt: each
            for attempt, each in self._waiting.items()
            if each.person != person and now < each.until
        }
        attempt = entropy[:16].hex()
        code = str(int.from_bytes(entropy[16:], "big") % 10**CODE_DIGITS).zfill(CODE_DIGITS)
        until = now + CODE_SECONDS
        mac = self._mac(attempt, code)
        self._waiting[attempt] = _Waiting(person, key, address, mac, until)
        return MailedCode(attempt, code, until)

    def redeem(
        self, person: str, keys: Collection[str], attempt: str, code: str, now: float
    ) -> tuple[MailAddress, str]:
        """Return the address that this code proves, once, and the key by which it was asked for.

        ``keys`` are those of the person that are in force. Raises CommandRefused ``no_such_code``,
        ``wrong_code``.
        """
        waiting = self._waiting.get(attempt)
        if waiting is None or waiting.person != person or waiting.key not in keys:
            raise refuse_claim("no_such_code")
        if now >= waiting.until:
            del self._waiting[attempt]
            raise refuse_claim("no_such_code")
        typed = "".join(each for each in code if each not in " -")
        if not hmac.compare_digest(waiting.mac, self._mac(attempt, typed)):
            waiting.wrong += 1
            if waiting.wrong >= TRIES:
                del self._waiting[attempt]
            raise refuse_claim("wrong_code")
        del self._waiting[attempt]
        return waiting.address, waiting.key

    def forget_person(self, person: str) -> None:
        """Make a person's code worth nothing. What was sent goes on counting."""
        gone = [attempt for attempt, each in self._waiting.items() if each.person == person]
        for attempt in gone:
            del self._waiting[attempt]

    def _mac(self, attempt: str, code: str) -> bytes:
        return hmac.digest(self._secret, f"{attempt}\x00{code}".encode(), "sha256")

    def _count(
        self, person: str, address: MailAddress, networks: Iterable[str], now: float
    ) -> None:
        limits = {("address", address.box): PER_ADDRESS, ("person", person): PER_PERSON}
        limits |= {("network", each): PER_NETWORK for each in networks}
        if len(self._sent) >= MAX_HOLDERS:
            lately = {
                who: sent for who, sent in self._sent.items() if sent and sent[-1] > now - HOUR
            }
            self._sent = lately
        waits = []
        for who, most in limits.items():
            sent = self._sent.get(who, deque())
            while sent and sent[0] <= now - HOUR:
                sent.popleft()
            if len(sent) >= most:
                waits.append(sent[len(sent) - most] + HOUR - now)
        if waits:
            raise refuse_claim("too_many_mails", retry_after=max(waits))
        for who in limits:
            self._sent.setdefault(who, deque()).append(now)
