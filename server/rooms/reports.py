"""Reports: who was reported, why, and what was said and written in the room around it.

Reports are for the server's admins alone: neither the reported person nor the room's moderators are
told.
"""

from __future__ import annotations

import base64
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from roomcli.protocol import commands as c
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person, Role
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.text import MAX_REASON, cleaned

from .last_minute import LAST_SECONDS, LastMinute
from .rules.state import RoomState

CHAT_IN_REPORT = 50
"""The number of newest messages that go with a report."""


class Frame(Struct, frozen=True, array_like=True):
    """A voice frame: milliseconds since the evidence began, its speaker, and the bundle's entry."""

    at: Annotated[int, Meta(ge=0)]
    speaker: str
    entry: bytes


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence of a report: what was said and written.

    ``voice`` holds packed frames; ``began_at`` is their time zero. ``speakers`` says who was heard,
    as far as the room still knew.
    """

    began_at: float
    speakers: dict[str, Person] = {}
    voice: bytes = b""
    chat: tuple[ChatMessage, ...] = ()

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


def report_on(
    state: RoomState,
    reporter: Person,
    reported: Person,
    command: c.Report,
    last_minute: LastMinute,
    now: float,
    entropy: bytes,
) -> FiledReport:
    """Return ``reporter``'s report on ``reported``, with the room's last minute, chat and stage.

    ``entropy``, ten random bytes or more, makes the id, so that nobody can guess an id.
    """
    return FiledReport(
        id=base64.b32encode(entropy[:10]).decode().lower(),
        room=state.name,
        opened_at=state.opened_at,
        at=now,
        reporter=reporter,
        reported=reported,
        reason=command.reason,
        note=cleaned(command.note, MAX_REASON),
        settings=state.settings,
        stage=tuple(
            Present(state.participants[id].person, state.participants[id].role)
            for id in state.stage
        ),
        audience=state.audience_now,
        evidence=_evidence(state, last_minute, now),
    )


def _evidence(state: RoomState, last_minute: LastMinute, now: float) -> Evidence:
    heard = last_minute.since(now - LAST_SECONDS)
    began_at = heard[0][0] if heard else now
    frames = [(round(1000 * (at - began_at)), speaker, entry) for at, speaker, entry in heard]
    known = {id: state.known(id) for id in dict.fromkeys(speaker for _, speaker, _ in heard)}
    return Evidence(
        began_at=began_at,
        speakers={id: someone.person for id, someone in known.items() if someone is not None},
        voice=msgspec.msgpack.encode(frames),
        chat=state.chat[-CHAT_IN_REPORT:],
    )
