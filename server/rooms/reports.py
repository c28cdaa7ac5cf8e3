"""Reports: who was reported, why, and what was said and written in the room around it.

Reports are for the server's admins alone: neither the reported person nor the room's moderators are
told.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec
from msgspec.structs import replace

from roomcli.protocol import commands as c
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person
from roomcli.protocol.text import MAX_REASON, cleaned

from ..store.reports import ChatLine, Evidence, FiledReport, Present
from .last_minute import LAST_SECONDS, Heard
from .room_voice import KeptFrame
from .rules.answered import KeptAnswer
from .rules.state import RoomState

CHAT_IN_REPORT = 50
"""The number of newest messages that go with a report."""


def report_on(
    state: RoomState,
    reporter: Person,
    reported: Person,
    command: c.Report,
    now: float,
    entropy: bytes,
) -> FiledReport:
    """Return ``reporter``'s report on ``reported``, with who is on stage, without evidence.

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
            Present(state.who(state.participants[id]), state.participants[id].role)
            for id in state.stage
        ),
        audience=state.audience_now,
    )


def entropy_of(state: RoomState, answer: KeptAnswer) -> bytes:
    """Return what makes the same id each time that a report is given again.

    Whoever has the same store keeps the first one then, also where nobody knows of it any more.
    Nobody else knows the ``ref``.
    """
    said = f"{state.name} {state.opened_at} {answer.key} {answer.ref}"
    return hashlib.blake2b(said.encode(), digest_size=16).digest()


def evidence_of(state: RoomState, heard: list[Heard], now: float, unanswered: int = 0) -> Evidence:
    """Return what goes with a report: what was heard in the room, and the newest chat.

    ``unanswered`` servers have not said what they heard.
    """
    began_at = heard[0][0] if heard else now
    frames = [(round(1000 * (at - began_at)), speaker, entry) for at, speaker, entry in heard]
    known = {id: state.known(id) for id in dict.fromkeys(speaker for _, speaker, _ in heard)}
    return Evidence(
        began_at=began_at,
        speakers={id: state.who(each) for id, each in known.items() if each is not None},
        voice=msgspec.msgpack.encode(frames),
        chat=tuple(_chat_line(state, each) for each in state.chat[-CHAT_IN_REPORT:]),
        unanswered=unanswered,
    )


def join_heard(own: list[Heard], elsewhere: list[KeptFrame], now: float) -> list[Heard]:
    """Return what was heard in the last minute, with what others have kept, each frame once."""
    had = {(seat, entry) for _, seat, entry in own}
    more = [
        (now - age, seat, entry)
        for age, seat, entry in elsewhere
        if age <= LAST_SECONDS and (seat, entry) not in had
    ]
    return sorted([*own, *more], key=lambda heard: heard[0])


def _chat_line(state: RoomState, message: ChatMessage) -> ChatLine:
    author = replace(state.people[message.person], name=message.name, tail=message.tail)
    return ChatLine(number=message.number, person=author, text=message.text, at=message.at)
