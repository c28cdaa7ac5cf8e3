"""A scripted room as one person sees it, with the events that follow each command.

``fake_engine`` and the tests of the screens use it. Only the start of the chat reads a clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import msgspec
from msgspec.structs import asdict, replace

from roomcli.engine.adjusting import adjusted
from roomcli.frontends.model.room_model import RoomModel
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.adjustment import (
    AS_SENT,
    Adjustment,
    MuteForMe,
    SetVolume,
    SuppressNoise,
    UnmuteForMe,
    VoicesAdjusted,
)
from roomcli.protocol.evolve_view import evolve_view
from roomcli.protocol.health import (
    MicrophoneHealth,
    ShowQuality,
    SpeakersHealth,
    Stats,
    VoiceHealth,
    VoiceWay,
    WatchStats,
)
from roomcli.protocol.listing import ListedRoom
from roomcli.protocol.moderation_log import LogEntry, root, sealed
from roomcli.protocol.people import BanNotice, Person, Role, RoomInvite, SilenceNotice
from roomcli.protocol.settings import RoomSettings
from roomcli.protocol.sound import ChangeSound, SoundChanged, SoundPart, SoundSettings
from roomcli.protocol.view import RoomView

from .fake_cast import KEEPS, ME, OPENED_AT, TROLL, YOU, listener, make_chat, make_view
from .seats import chat_posted, hand_raised, people_page, seat, stage_joined

__all__ = [
    "KEEPS",
    "ME",
    "OPENED_AT",
    "STATS",
    "TROLL",
    "WALL",
    "YOU",
    "FakeRoom",
    "entered",
    "make_view",
]

MICROPHONES = ("Built-in microphone", "USB podcast mic")
SPEAKERS = ("Headphones", "Built-in speakers")
LISTED = (
    ListedRoom(name="standup", topic="Trains", host="Ann Lindqvist", stage=6, audience=240),
    ListedRoom(name="vienna", topic="Ask anything", host="Cho Min-seo", stage=1, audience=12),
)
WORKS: tuple[SoundPart, ...] = ("high_pass", "noise", "level", "gate")
VOICE = VoiceHealth(
    delay_ms=24.0,
    target_ms=20.0,
    to_ear_ms=61.0,
    frame_ms=20.0,
    frames=1500,
    lost=0,
    late=0,
    broken=0,
    concealed_ms=0,
    hurried_ms=0,
    stretched_ms=0,
    kbps=32.1,
)
STATS = Stats(
    rtt_ms=34.2,
    uplink=VoiceWay(by="udp", lost_percent=2.1, repeated=True),
    voices={
        "ann1": VOICE,
        "ben1": replace(
            VOICE,
            delay_ms=180.0,
            target_ms=160.0,
            to_ear_ms=260.0,
            frames=90,
            lost=10,
            late=7,
            broken=2,
            concealed_ms=340,
            hurried_ms=60,
            stretched_ms=20,
        ),
        "cho1": replace(VOICE, frames=0, kbps=0.0),
    },
    microphone=MicrophoneHealth(
        name="USB Mic", latency_ms=10.2, lost_ms=40, frames=2950, unsent=12, kbps=33.0
    ),
    speaker=SpeakersHealth(
        name="Built-in", latency_ms=21.6, cushion_ms=20, missing_ms=30, gaps=3, stalls=2
    ),
)
"""How well voice goes: one voice is as it should be, one is not, one is silent."""
WALL = 1_800_000_000.0
"""Time of the viewer in :func:`entered`; the server's clock is 5 s ahead."""


Said = e.ServerMessage | local.LocalEvent


def entered(role: Role = "speaker", *events: local.ChannelEvent, audience: int = 4) -> RoomModel:
    """Return a model that has joined the scripted room and then received ``events``."""
    model = RoomModel()
    view = make_view(role, audience, WALL)
    joined = e.Joined(room="standup", you=YOU, view=view, server_time=WALL + 5)
    for event in (joined, *events):
        model.receive(event, 100.0, WALL)
    return model


class FakeRoom:
    """Answers commands as a server does that allows everything that the role allows."""

    def __init__(self, view: RoomView, *, invite: str | None = None) -> None:
        self.view = view
        self.invite = invite
        self.open = False
        self.sound = SoundSettings()
        self.commands: list[c.Command] = []
        self.chat = make_chat(time.time())
        self.log: list[LogEntry] = []
        self.bans: list[BanNotice] = []
        self.silences: list[SilenceNotice] = []
        self.links: list[RoomInvite] = []
        self.voices: dict[str, Adjustment] = {}

    def enter(self) -> list[Said]:
        """Return the events that an engine sends after ``enter``."""
        return [
            local.Connection(state="connected", rtt_ms=34.0),
            local.Device(kind="microphone", name="Built-in microphone"),
            local.Device(kind="speaker", name="Headphones"),
            SoundChanged(sound=self.sound, works=WORKS, bitrate=32_000),
            e.Joined(
                room=self.view.name,
                you=self.view.you,
                view=self.view,
                server_time=time.time(),
                invite=self.invite,
                chat=tuple(self.chat),
                keeps=KEEPS,
            ),
        ]

    def answer(self, command: c.Command) -> list[Said]:
        """Return the events that follow a command."""
        self.commands.append(command)
        events = list(self._answer(command))
        answered = isinstance(events[-1] if events else None, local.Left | e.Refused)
        if command.ref is not None and not answered:
            events.append(e.Done(ref=command.ref))
        for event in events:
            if isinstance(event, e.RoomEvent):
                self.view = evolve_view(self.view, event)
        return events

    def _answer(self, command: c.Command) -> Iterator[Said]:
        match command:
            case local.Enter():
                yield from self.enter()
            case local.OpenDevices(mic=mic, speaker=speaker):
                yield _device("microphone", mic, MICROPHONES)
                yield _device("speaker", speaker, SPEAKERS)
            case local.WatchDevices(on=True) | local.ListDevices():
                yield local.DeviceList(microphones=MICROPHONES, speakers=SPEAKERS)
                yield local.DeviceStatus(kind="microphone", latency_ms=8.2, buffer_ms=5.0)
                yield local.DeviceStatus(kind="speaker", latency_ms=14.6, buffer_ms=12.5)
            case local.ChooseMicrophone(device=device):
                yield local.DeviceChosen(kind="microphone", device=device)
                yield local.Device(kind="microphone", name=device)
            case local.ChooseSpeakers(device=device):
                yield local.DeviceChosen(kind="speaker", device=device)
                yield local.Device(kind="speaker", name=device)
            case c.EndRoom():
                yield from self._close("left")
                yield e.RoomEnded(reason="ended", by=ME.id)
                yield local.Left(code="ended", text="The room was ended", exit_code=0)
            case ShowQuality() | WatchStats(on=True):
                yield replace(STATS, ref=command.ref if isinstance(command, ShowQuality) else None)
            case local.ConnectServer(name=name):
                yield e.Welcome(you=Person(YOU, name), server_time=time.time())
            case c.WatchRooms(on=True):
                yield e.RoomsListed(rooms=LISTED)
            case c.LeaveRoom():
                yield from self._close("left")
                yield e.RoomLeft(reason="left", text="you left")
            case c.Leave():
                yield from self._close("left")
                yield local.Left(code="left", text="", exit_code=0)
            case _:
                yield from self._own(command)
                yield from self._moderated(command)
                yield from self._housekept(command)

    def _own(self, command: c.Command) -> Iterator[Said]:
        you, view = self.view.you, self.view
        me = view.stage.get(you)
        match command:
            case c.Unmute() if me is None or me.silenced:
                text = "You are in the audience" if me is None else "A moderator silenced you"
                yield e.Refused(command="unmute", code="not_allowed", text=text, ref=command.ref)
            case c.Unmute() if not self.open:
                self.open = True
                yield local.Microphone(open=True)
                yield e.Unmuted(id=you)
            case ChangeSound(ref=ref):
                self.sound = command.applied_to(self.sound)
                yield SoundChanged(sound=self.sound, works=WORKS, bitrate=32_000, ref=ref)
            case local.PushToTalk(down=down, ref=ref):
                yield from self._own(c.Unmute(ref=ref) if down else c.Mute(ref=ref))
            case c.Mute() if self.open:
                yield from self._close("pressed")
                yield e.Muted(id=you)
            case local.HearYourself(on=on):
                yield local.OwnVoice(on=on)
            case c.RaiseHand(topic=topic) if me is None:
                yield hand_raised(ME, time.time(), topic=topic)
            case c.LowerHand() if view.place_in_queue(you):
                yield e.HandLowered(id=you)
            case c.AcceptStageInvitation() if you in view.stage_invitations:
                yield e.StageInvitationSettled(id=you, answer="accepted")
                yield stage_joined(ME, "speaker", 9, 0)
            case c.DeclineStageInvitation() if you in view.stage_invitations:
                yield e.StageInvitationSettled(id=you, answer="declined")
            case c.LeaveStage():
                yield from self._close("audience")
                yield e.StageLeft(id=you)
            case c.React(reaction=reaction):
                yield e.Pulse(audience=view.audience, reactions={reaction: 1})
            case c.Chat(text=text, reply_to=quoted):
                number = self.chat[-1].number + 1 if self.chat else 1
                posted = chat_posted(ME, number, text, time.time(), quoted)
                self.chat.append(posted.message)
                yield posted
            case c.RemoveMessage(number=number):
                self.chat = [each for each in self.chat if each.number != number]
                yield e.ChatRemoved(number=number, by=ME.id)
            case SetVolume() | MuteForMe() | UnmuteForMe() | SuppressNoise():
                heard = self.voices.get(command.key, AS_SENT)
                self.voices[command.key] = adjusted(heard, command)
                yield VoicesAdjusted(voices=dict(self.voices))
            case c.ReadChat(before=before):
                older = tuple(each for each in self.chat if each.number < before)
                yield e.ChatPage(messages=older, ref=command.ref)

    def _moderated(self, command: c.Command) -> Iterator[Said]:
        you, now = self.view.you, time.time()
        match command:
            case c.AcceptHand(id=id) | c.InviteToStage(id=id):
                yield e.HandLowered(id=id, reason="accepted", by=ME.id)
                yield stage_joined(self._person(id), "speaker", 20, 0)
            case c.DeclineHand(id=id):
                yield e.HandLowered(id=id, reason="declined", by=ME.id)
            case c.LowerAllHands():
                yield e.HandsLowered(by=ME.id)
            case c.MoveToAudience(id=id, reason=reason):
                yield self._logged("move_to_audience", id, reason=reason)
                yield e.StageLeft(id=id, by=ME.id, reason="moved")
            case c.GiveTime(id=id, seconds=seconds):
                yield e.TurnSet(id=id, ends_at=now + seconds)
            case c.Silence(id=id, reason=reason):
                yield self._logged("silence", id, reason=reason)
                someone = self._person(id)
                self.silences.append(
                    SilenceNotice(
                        person=someone.id,
                        key=someone.key,
                        name=someone.name,
                        at=now,
                        reason=reason,
                        by=ME.name,
                    )
                )
                yield e.Silenced(id=id, by=ME.id)
            case c.AskToUnmute(id=id):
                yield e.SilenceLifted(id=id, by=ME.id)
            case c.Remove(id=id, reason=reason):
                yield self._logged("remove", id, reason=reason)
                yield e.ParticipantLeft(id=id, reason="removed", by=ME.id)
            case c.Ban(id=id, seconds=seconds, reason=reason):
                someone = self._person(id)
                self.bans.append(
                    BanNotice(
                        person=someone.id,
                        key=someone.key,
                        name=someone.name,
                        at=now,
                        until=None if seconds is None else now + seconds,
                        reason=reason,
                        by=ME.name,
                    )
                )
                length = "for good" if seconds is None else f"for {seconds} s"
                yield self._logged("ban", id, length, reason)
                yield e.ParticipantLeft(id=id, reason="banned", by=ME.id)
            case c.Unban(key=key):
                self.bans = [each for each in self.bans if each.key != key]
                yield self._logged("unban", detail=key)
            case c.LiftSilence(id=id):
                self.silences = [
                    each for each in self.silences if each.person != self._person(id).id
                ]
                yield self._logged("lift_silence", id)
                yield e.SilenceLifted(id=id, by=ME.id)
            case c.MakeCohost(id=id):
                yield e.RoleChanged(id=id, role="cohost", by=ME.id)
            case c.HandOver(id=id):
                yield e.RoleChanged(id=you, role="speaker", by=ME.id)
                yield e.RoleChanged(id=id, role="host", by=ME.id)

    def _housekept(self, command: c.Command) -> Iterator[Said]:
        view, now, ref = self.view, time.time(), command.ref
        match command:
            case c.Lock():
                yield e.RoomLocked(by=ME.id)
            case c.Unlock():
                yield e.RoomUnlocked(by=ME.id)
            case c.ChangeSettings():
                asked = asdict(command)
                changes = {
                    name: asked[name]
                    for name in RoomSettings.__struct_fields__
                    if asked[name] is not None
                }
                yield e.SettingsChanged(settings=replace(view.settings, **changes), by=ME.id)
            case c.SetPassword(password=password):
                yield e.PasswordChanged(wanted=bool(password), by=ME.id)
            case c.MakeRoomInvite(role=role, uses=uses, seconds=seconds):
                id = f"i{len(self.links) + 1}"
                link = RoomInvite(id=id, role=role, expires_at=now + seconds, uses=uses, by=ME.name)
                self.links.append(link)
                yield e.RoomInviteMade(
                    invite="fresh-invite", expires_at=link.expires_at, id=id, ref=ref
                )
            case c.RevokeRoomInvite(id=gone):
                self.links = [each for each in self.links if gone not in (None, each.id)]
            case c.ListRoomInvites():
                yield e.RoomInviteList(invites=tuple(self.links), ref=ref)
            case c.ListBans():
                yield e.BanList(bans=tuple(self.bans), ref=ref)
            case c.ListSilenced():
                yield e.SilenceList(silences=tuple(self.silences), ref=ref)
            case c.ListPeople(of="left"):
                yield people_page((TROLL,), of="left", ref=ref)
            case c.ListPeople(offset=offset):
                numbers = range(offset, min(offset + 100, view.audience))
                people = (listener(number) for number in numbers)
                yield people_page(people, offset=offset, total=view.audience, ref=ref)
            case c.ReadLog(after=after):
                entries = tuple(each for each in self.log if each.number > after)
                yield e.LogPage(entries=entries, opened_at=OPENED_AT, ref=ref)

    def _logged(
        self, action: str, target: str | None = None, detail: str = "", reason: str = ""
    ) -> e.ModerationLogged:
        entry = sealed(
            LogEntry(
                number=len(self.log) + 1,
                at=time.time(),
                action=action,
                actor=ME,
                target=self._person(target) if target else None,
                detail=detail,
                reason=reason,
                previous=self.log[-1].hash if self.log else root(self.view.name, OPENED_AT),
            )
        )
        self.log.append(entry)
        return e.ModerationLogged(entry=entry, log=entry.hash)

    def _close(self, reason: str) -> Iterator[Said]:
        if self.open:
            self.open = False
            yield msgspec.convert(
                {"event": "microphone", "open": False, "reason": reason}, local.Microphone
            )

    def _person(self, id: str) -> Person:
        if id in (TROLL.id, seat(TROLL)):
            return TROLL
        return self.view.person(id) or listener(int(id[1:]))

    def levels(self, at: float) -> local.Levels:
        """Return the levels at the time ``at``; people with open microphones talk in turn."""
        talking = [id for id, each in self.view.stage.items() if not each.muted]
        turn = int(at / 3) % max(1, len(talking))
        speakers = {
            id: -int(26 + 12 * math.sin(at * 9 + turn) + 4 * math.sin(at * 31))
            if index == turn
            else -90
            for index, id in enumerate(talking)
        }
        own = -int(28 + 12 * math.sin(at * 7)) if self.open else -70
        return local.Levels(microphone=own, speakers=speakers)


def _device(kind: str, wanted: str | None, known: tuple[str, ...]) -> local.Device:
    fields = {"event": "device", "kind": kind, "name": wanted or known[0], "choices": known}
    return msgspec.convert(fields, local.Device)
