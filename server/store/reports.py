"""Reports, for the server's admins alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from roomcli.protocol.people import Person, Role
from roomcli.protocol.settings import RoomSettings


class Frame(Struct, frozen=True, array_like=True):
    """A voice frame: milliseconds since the evidence began, its speaker, and the bundle's entry."""

    at: Annotated[int, Meta(ge=0)]
    speaker: str
    entry: bytes


class ChatLine(Struct, frozen=True, kw_only=True):
    """A chat message with its author by value, as they were called then: evidence has no ids."""

    number: int
    person: Person
    text: str
    at: float


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence of a report: what was said and written.

    ``voice`` holds packed frames; ``began_at`` is their time zero. ``speakers`` says who was heard,
    as far as the room still knew. ``unanswered`` servers of a cluster have not said in time what
    people said there.
    """

    began_at: float
    speakers: dict[str, Person] = {}
    voice: bytes = b""
    chat: tuple[ChatLine, ...] = ()
    unanswered: int = 0

    @property
    def frames(self) -> list[Frame]:
        """The voice frames, the earliest first."""
        return msgspec.msgpack.decode(self.voice, type=list[Frame]) if self.voice else []


class Present(Struct, frozen=True):
    """Somebody who was on stage, and their role."""

    person: Person
    role: Role


class Resolution(Struct, frozen=True, kw_only=True):
    """An admin's note on how a report was resolved."""

    by: str
    note: str
    at: float


class FiledReport(Struct, frozen=True, kw_only=True):
    """A report as it is kept for the server's admins.

    ``opened_at`` is when the room was opened, ``at`` when the report was made. ``evidence`` is None
    in lists, and for good a month after the report was resolved. A report ``without_evidence``
    never had any, because there were so many others.
    """

    id: str
    room: str
    opened_at: float
    at: float
    reporter: Person
    reported: Person
    reason: str
    note: str
    settings: RoomSettings
    stage: tuple[Present, ...]
    audience: int
    without_evidence: bool = False
    evidence: Evidence | None = None
    resolution: Resolution | None = None


class Reports(Protocol):
    """The reports from all rooms."""

    async def page(self, open_only: bool, after: str = "", limit: int = -1) -> list[FiledReport]:
        """Return all reports, or the unresolved ones, the latest first, without evidence.

        ``after`` is the id of the report after which to begin; at most ``limit`` reports are
        returned. Raises StoreError.
        """

    async def find(self, id: str) -> FiledReport | None:
        """Return the whole report, or None if there is none with this id. Raises StoreError."""

    async def count_open(self) -> tuple[int, int]:
        """Return the number of unresolved reports, and how many of these have no evidence.

        Raises StoreError.
        """

    async def reported_name(self, key: str) -> str:
        """Return the name under which this key was last reported; empty if it never was.

        Reports that are not kept yet may be left out. Raises StoreError.
        """

    async def about(self, keys: Collection[str]) -> frozenset[str]:
        """Return the ids of the reports about these keys. Raises StoreError."""

    def save(self, report: FiledReport) -> None:
        """Save a new report, without its evidence if too many writes wait.

        Of too much evidence that of the room with most of it makes way, of resolved reports first.
        """

    def resolve(self, id: str, by: str, note: str, at: float) -> None:
        """Save an admin's resolution of a report; it replaces an earlier one."""

    def forget_old(self, now: float) -> None:
        """Delete the evidence of reports that were resolved long enough ago."""
