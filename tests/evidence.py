"""A report as tests need one: who, against whom, and what was said."""

from __future__ import annotations

from roomcli.protocol.chat import ChatMessage
from roomcli.protocol.people import Person
from roomcli.protocol.settings import Settings
from server.reports import Evidence, Present, Report

ANN = Person("ann", "Ann", "hosts", "a" * 32)
BEN = Person("ben", "Ben", "", "b" * 32)


def message(number: int) -> ChatMessage:
    """Ben's message of this number."""
    return ChatMessage(number=number, person=BEN, text=f"message {number}", at=float(number))


def report(id: str, at: float = 5.0, voice: bytes = b"voice") -> Report:
    """Ann reports Ben, with this packed voice."""
    return Report(
        id=id,
        room="standup",
        opened_at=1_000.125,
        at=at,
        reporter=ANN,
        reported=BEN,
        reason="spam",
        note="sells watches",
        settings=Settings(topic="Überblick"),
        stage=(Present(ANN, "host"),),
        audience=3,
        evidence=Evidence(
            began_at=at - 60.0,
            speakers={"ann": ANN, "ben": BEN},
            voice=voice,
            chat=(message(1),),
        ),
    )
