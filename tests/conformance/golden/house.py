"""Golden messages of the house: moderation, settings, invites, lists, and the chat."""

from __future__ import annotations

from msgspec.structs import asdict

from roomcli.protocol import commands as c
from roomcli.protocol import events as e

from .moderation_log import LOG
from .people import ADA, BOB, NEW
from .room import MESSAGE, SETTINGS, TAILED

COMMANDS: list[c.Command] = [
    c.Silence(id="s2", reason="noise"),
    c.LiftSilence(id="s2", ref=10),
    c.AskToUnmute(id="s2"),
    c.Remove(id="s2", reason="shouting"),
    c.Ban(id="s2"),
    c.Ban(id="s2", seconds=31_622_400, reason="shouting"),
    c.Unban(key=BOB.key),
    c.ListBans(ref=6),
    c.ListSilenced(ref=11),
    c.Report(id="s2", reason="harassment", note="from the start"),
    c.Lock(),
    c.Unlock(),
    c.MakeCohost(id="s2"),
    c.HandOver(id="s2"),
    c.React(reaction="👏"),
    # 500 characters of four bytes: the longest message that a room takes.
    c.Chat(text="😀" * 500, ref=7),
    c.Chat(text="which one?", reply_to=8),
    c.RemoveMessage(number=7, reason="spam"),
    c.ReadChat(before=7),
    c.ListPeople(offset=50),
    c.ListPeople(of="left"),
    c.ChangeSettings(),
    c.ChangeSettings(**asdict(SETTINGS)),
    c.SetPassword(password="open sesame"),
    c.MakeRoomInvite(),
    c.MakeRoomInvite(role="speaker", uses=1000, seconds=3_024_000),
    c.RevokeRoomInvite(),
    c.RevokeRoomInvite(id="abcdefgh234567ab"),
    c.ListRoomInvites(),
    c.ReadLog(after=3),
    c.EndRoom(reason="we are done"),
]

EVENTS: list[e.Event] = [
    e.RoomLocked(by=ADA.id),
    e.RoomUnlocked(by=ADA.id),
    e.SettingsChanged(settings=SETTINGS, by=ADA.id),
    e.PasswordChanged(wanted=True, by=ADA.id),
    e.ChatPosted(message=MESSAGE, people=NEW, log=LOG[2].hash),
    e.ChatPosted(message=TAILED),
    e.ChatRemoved(number=7, by=ADA.id),
    e.ModerationLogged(entry=LOG[2], log=LOG[2].hash),
    e.HostAbsent(closes_at=1_800_000_060.0),
    e.HostPresent(),
    e.RoomEnded(reason="ended", by=ADA.id),
    e.RoomEnded(reason="closed_by_admin"),
]
