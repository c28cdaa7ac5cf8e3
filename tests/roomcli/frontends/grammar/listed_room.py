"""The room in which typed lines are read: the scripted one, with all its lists asked for."""

from __future__ import annotations

from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import events as e
from roomcli.protocol.people import BanNotice, Knocker, Person, Role, RoomInvite, SilenceNotice

from ....support.fake_cast import ANN
from ....support.fake_room import TROLL, FakeRoom, make_view
from ....support.seats import people_page, someone

KEY = "0123456789abcdef" * 2
ANNS_KEY = ANN.key
BAN = BanNotice(key=KEY, name="Bad Actor", at=0.0)
LINK = RoomInvite(id="link1", expires_at=9.0)
KNOCKERS = (Person("ZOE", "Zoe Waits"), Person("DORA", "Dora Knocker"))
RUDE = someone("rude1", "Rudy Gone")


def seated(role: Role = "host") -> RoomModel:
    """Return a model that has joined the scripted room and asked for its lists."""
    model = RoomModel()
    asked = (
        e.BanList(bans=(BAN,)),
        e.SilenceList(silences=(SilenceNotice(person="away1", key="e" * 32, name="Away", at=0.0),)),
        e.RoomInviteList(invites=(LINK,)),
        people_page((TROLL, RUDE), of="left"),
        people_page((someone("far1", "Farah Backrow"),), offset=50, total=51),
        e.Knocked(knockers={each.id: Knocker(each, 0.0) for each in KNOCKERS}),
    )
    for event in (*FakeRoom(make_view(role, 4)).enter(), *asked):
        model.receive(event, 0.0, 0.0)
    return model
