"""Golden messages of the door: who knocks, and what they are answered."""

from __future__ import annotations

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.people import Knocker

from .people import ADA, ROOM, ZOE

COMMANDS: list[c.Command] = [
    c.Knock(room=ROOM),
    c.Knock(room=ROOM, invite="inv-1_x", on=False, ref=7),
    c.AnswerKnock(id=ZOE.id),
    c.AnswerKnock(id=ZOE.id, let_in=False, ref=8),
]

EVENTS: list[e.Event] = [
    e.Knocked(knockers={ZOE.id: Knocker(ZOE, 1_800_000_001.5)}),
    e.KnockSettled(person=ZOE.id, answer="refused", by=ADA.id),
    e.KnockSettled(person=ZOE.id, answer="gone"),
    e.KnockAnswered(room=ROOM, answer="let_in", text="come in", until=1_800_000_300.0),
    e.KnockAnswered(room=ROOM, answer="refused", text="not now", retry_after=600.0),
    e.KnockAnswered(room=ROOM, answer="over", text="the room is locked"),
]
