"""Reports for tests, with people, chat messages and voice."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from roomcli.audio.opus import Encoder
from roomcli.audio.samples import FRAME, RATE, Samples
from roomcli.protocol.audio import BundleEntry, Flags
from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person
from roomcli.protocol.settings import RoomSettings
from server.store.reports import ChatLine, Evidence, FiledReport, Frame, Present

ANN = Person("ann", "Ann", "hosts", "a" * 32)
BEN = Person("ben", "Ben", "", "b" * 32)
VOICE = msgspec.msgpack.encode([Frame(0, ANN.id, b"a frame")])


def message(number: int) -> ChatMessage:
    """Make Ben's chat message with this number."""
    return ChatMessage(
        number=number, person=BEN.id, name=BEN.name, text=f"message {number}", at=float(number)
    )


def line(number: int) -> ChatLine:
    """Return Ben's chat message with this number as a report has it."""
    return ChatLine(number=number, person=BEN, text=f"message {number}", at=float(number))


def report(id: str, at: float = 5.0, voice: bytes = VOICE) -> FiledReport:
    """Make a report of Ben by Ann, with ``voice`` as it is packed in a report."""
    return FiledReport(
        id=id,
        room="standup",
        opened_at=1_000.125,
        at=at,
        reporter=ANN,
        reported=BEN,
        reason="spam",
        note="sells watches",
        settings=RoomSettings(topic="Überblick"),
        stage=(Present(ANN, "host"),),
        audience=3,
        evidence=Evidence(
            began_at=at - 60.0,
            speakers={"ann": ANN, "ben": BEN},
            voice=voice,
            chat=(line(1),),
        ),
    )


def tone(hertz: float, seconds: float) -> Samples:
    """Make a sine tone at -15 dBov."""
    at = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(0.25 * np.sin(2 * np.pi * hertz * at), dtype=np.float32)


def entries(
    sound: Samples, slot: int = 0, media: int = 0, flags: Flags = Flags.NONE
) -> list[BundleEntry]:
    """Encode a sound as a speaker's frames and return each as an entry of a bundle."""
    encoder = Encoder()
    return [
        BundleEntry(
            slot,
            1,
            number,
            media + number * FRAME,
            flags if number == 0 else Flags.NONE,
            -10,
            encoder.encode(frame),
        )
        for number, frame in enumerate(sound.reshape(-1, FRAME))
    ]


def spoken(
    speaker: str,
    begins: float,
    these: list[BundleEntry],
    late: Callable[[int], float] = lambda _: 0.0,
) -> list[Frame]:
    """Return entries as frames of ``speaker``, forwarded from ``begins`` on, in seconds."""
    return [
        Frame(round(1000 * (begins + number * 0.02 + late(number))), speaker, entry.encode())
        for number, entry in enumerate(these)
    ]


def voice_of(frames: list[Frame]) -> bytes:
    """Pack frames as a report does."""
    return msgspec.msgpack.encode(frames)
