"""An engine that is none: a scripted room over the channel, for tests and for looking at it.

By hand, with nobody else there and no sound (``--help`` tells the scenes)::

    python -m tests.fake_engine --you host --audience 500

As an engine, the way a frontend starts it: ``python -m tests.fake_engine --channel-fd N``.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol import local
from roomcli.protocol.people import Hand, Person, Role, Speaker
from roomcli.protocol.room import RoomView, evolve_view

YOU = "you1"
STAGE = (
    ("ann1", "Ann Lindqvist", "Principal engineer, Northwind Rail", "host"),
    ("ben1", "Ben Okafor", "Compilers at Halyard Systems", "cohost"),
    ("cho1", "Cho Min-seo", "Audio research, Seoul National University", "speaker"),
    ("dee1", "Dee Castellanos", "Site reliability, Porto Bank", "speaker"),
    ("eli1", "Eli Brandt", "Writes about networks", "speaker"),
)
HANDS = (
    ("fay1", "Fay Nakamura", "Staff engineer, Tern", 252.0),
    ("gus1", "Gus Petrov", "Founder, Lumen Tools", 95.0),
    ("hal1", "Hal Abebe", "Student", 12.0),
)
FIRST = [
    "Ida",
    "Jon",
    "Kai",
    "Lea",
    "Max",
    "Noa",
    "Ole",
    "Pia",
    "Quy",
    "Rui",
    "Sam",
    "Tea",
    "Uma",
    "Van",
    "Wim",
    "Xia",
    "Yan",
    "Zoe",
]
LAST = [
    "Berg",
    "Costa",
    "Diaz",
    "Evans",
    "Fischer",
    "Garcia",
    "Haas",
    "Ito",
    "Jansen",
    "Kim",
    "Lopez",
    "Moreau",
    "Novak",
]


def audience_name(number: int) -> str:
    """A name for the numbered listener, always the same."""
    return f"{FIRST[number % len(FIRST)]} {LAST[(number * 7) % len(LAST)]}"


def make_view(you: Role = "listener", audience: int = 40, now: float | None = None) -> RoomView:
    """The scripted room, seen by somebody with this role."""
    now = time.time() if now is None else now
    stage = {
        id: Speaker(
            Person(id, name, headline), "cohost" if you == role == "host" else role, slot, 0
        )
        for slot, (id, name, headline, role) in enumerate(_stage())
    }
    stage["ann1"] = msgspec.structs.replace(stage["ann1"], muted=False)
    stage["ben1"] = msgspec.structs.replace(stage["ben1"], muted=False)
    stage["dee1"] = msgspec.structs.replace(stage["dee1"], silenced=True)
    stage["eli1"] = msgspec.structs.replace(stage["eli1"], connected=False)
    me = Person(YOU, "Robin Keller", "Platform, Kestrel Labs")
    if you != "listener":
        stage[YOU] = Speaker(me, you, 9, 0)
    front = {
        f"p{number}": Person(f"p{number}", audience_name(number), "Engineer")
        for number in range(min(audience, 24))
    }
    return RoomView(
        name="standup",
        you=YOU,
        stage=stage,
        hands=tuple(Hand(Person(id, name, line), now - ago) for id, name, line, ago in HANDS),
        front_row=front,
        audience=audience,
    )


def _stage() -> Iterator[tuple[str, str, str, Role]]:
    for id, name, headline, role in STAGE:
        assert role in ("host", "cohost", "speaker", "listener")
        yield id, name, headline, role  # type: ignore[misc]


class FakeRoom:
    """Answers commands like a server would that grants everything one's role allows."""

    def __init__(self, view: RoomView, *, invite: str | None = None) -> None:
        self.view = view
        self.invite = invite
        self.open = False
        self.commands: list[c.Command] = []

    def enter(self) -> list[local.ChannelEvent]:
        """What an engine says after ``enter``."""
        return [
            local.Connection(state="connected", rtt_ms=34.0),
            local.Device(kind="microphone", name="Built-in microphone"),
            local.Device(kind="speaker", name="Headphones"),
            e.Joined(
                room=self.view.name,
                you=self.view.you,
                view=self.view,
                server_time=time.time(),
                invite=self.invite,
            ),
        ]

    def answer(self, command: c.Command) -> list[local.ChannelEvent]:
        """The events that a command leads to."""
        self.commands.append(command)
        events = list(self._answer(command))
        for event in events:
            if isinstance(event, e.RoomEvent):
                self.view = evolve_view(self.view, event)
        return events

    def _answer(self, command: c.Command) -> Iterator[local.ChannelEvent]:
        you, view = self.view.you, self.view
        me = view.stage.get(you)
        match command:
            case local.Enter():
                yield from self.enter()
            case local.OpenDevices(mic=mic, speaker=speaker):
                yield _device("microphone", mic, ("Built-in microphone", "USB podcast mic"))
                yield _device("speaker", speaker, ("Headphones", "Built-in speakers"))
            case c.Unmute() if me is None or me.silenced:
                text = "You are in the audience" if me is None else "A moderator silenced you"
                yield e.Refused(command="unmute", code="not_allowed", text=text)
            case c.Unmute() if not self.open:
                self.open = True
                yield local.Microphone(open=True)
                yield e.Unmuted(id=you)
            case c.Mute() if self.open:
                yield from self._close("pressed")
                yield e.Muted(id=you)
            case c.RaiseHand() if me is None and view.place_in_queue(you) is None:
                yield e.HandRaised(person=Person(you, "Robin Keller"), at=time.time())
            case c.LowerHand() if view.place_in_queue(you):
                yield e.HandLowered(id=you)
            case c.AcceptHand(id=id) | c.InviteToStage(id=id):
                yield e.HandLowered(id=id, reason="accepted", by=you)
                yield e.StageJoined(speaker=Speaker(self._person(id), "speaker", 20, 0))
            case c.DeclineHand(id=id):
                yield e.HandLowered(id=id, reason="declined", by=you)
            case c.AcceptInvite() if you in view.invites:
                yield e.InviteSettled(id=you, answer="accepted")
                yield e.StageJoined(speaker=Speaker(Person(you, "Robin Keller"), "speaker", 9, 0))
            case c.DeclineInvite() if you in view.invites:
                yield e.InviteSettled(id=you, answer="declined")
            case c.LeaveStage():
                yield from self._close("audience")
                yield e.StageLeft(id=you)
            case c.MoveToAudience(id=id):
                yield e.StageLeft(id=id, by=you)
            case c.Silence(id=id):
                yield e.Silenced(id=id, by=you)
            case c.AskToUnmute(id=id):
                yield e.SilenceLifted(id=id, by=you)
            case c.Remove(id=id):
                yield e.ParticipantLeft(id=id, reason="removed", by=you)
            case c.Lock():
                yield e.RoomLocked(by=you)
            case c.Unlock():
                yield e.RoomUnlocked(by=you)
            case c.React(reaction=reaction):
                yield e.Pulse(audience=view.audience, reactions={reaction: 1})
            case c.ListPeople(offset=offset):
                numbers = range(offset, min(offset + 100, view.audience))
                people = tuple(Person(f"p{n}", audience_name(n), "Engineer") for n in numbers)
                yield e.PeoplePage(offset=offset, total=view.audience, people=people)
            case c.MakeInvite():
                yield e.InviteMade(invite="fresh-invite", expires_at=time.time() + 86400)
            case c.EndRoom():
                yield from self._close("left")
                yield e.RoomEnded(reason="ended", by=you)
                yield local.Left(code="ended", text="The room was ended", exit_code=0)
            case c.Leave():
                yield from self._close("left")
                yield local.Left(code="left", text="", exit_code=0)

    def _close(self, reason: str) -> Iterator[local.ChannelEvent]:
        if self.open:
            self.open = False
            yield msgspec.convert(
                {"event": "microphone", "open": False, "reason": reason}, local.Microphone
            )

    def _person(self, id: str) -> Person:
        return self.view.person(id) or Person(id, audience_name(int(id[1:])), "Engineer")

    def levels(self, at: float) -> local.Levels:
        """Meters at a time: the open microphones take turns."""
        talking = [id for id, each in self.view.stage.items() if not each.muted]
        turn = int(at / 3) % max(1, len(talking))
        speakers = {
            id: int(26 + 12 * math.sin(at * 9 + turn) + 4 * math.sin(at * 31))
            if index == turn
            else 90
            for index, id in enumerate(talking)
        }
        own = int(28 + 12 * math.sin(at * 7)) if self.open else 70
        return local.Levels(microphone=own, speakers=speakers)


def _device(kind: str, wanted: str | None, known: tuple[str, ...]) -> local.Device:
    fields = {"event": "device", "kind": kind, "name": wanted or known[0], "choices": known}
    return msgspec.convert(fields, local.Device)


class ScriptedEngine:
    """An engine within the test: what it is told to say it says, what it is asked it keeps."""

    def __init__(self, room: FakeRoom | None = None) -> None:
        self.room = room
        self.sent: list[c.Command] = []
        self._events: asyncio.Queue[local.ChannelEvent | None] = asyncio.Queue()
        if room is not None:
            self.say(*room.enter())

    def say(self, *events: local.ChannelEvent) -> None:
        """Let the frontend hear this."""
        for event in events:
            self._events.put_nowait(event)

    def send(self, command: c.Command) -> None:
        """Keep it, and answer when there is a room; a lease kept alive is not of interest."""
        if isinstance(command, local.RenewMicrophone):
            return
        self.sent.append(command)
        if self.room is not None:
            self.say(*self.room.answer(command))

    async def events(self) -> AsyncIterator[local.ChannelEvent]:
        """What was said, until closed."""
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """End."""
        self._events.put_nowait(None)


async def serve(channel: socket.socket, room: FakeRoom, events: float) -> None:
    """Speak the channel: answers, ten meters a second, and something happening now and then."""
    reader, writer = await asyncio.open_unix_connection(sock=channel)
    encode = msgspec.json.Encoder().encode
    decoder = msgspec.json.Decoder(local.ChannelCommand)

    def say(*said: local.ChannelEvent) -> None:
        for event in said:
            writer.write(encode(event) + b"\n")

    async def meters() -> None:
        since = last = time.monotonic()
        while True:
            await asyncio.sleep(0.1)
            now = time.monotonic()
            say(room.levels(now - since))
            if events and now - last > events:
                last = now
                say(e.Pulse(audience=room.view.audience, reactions={"👏": 3, "🎉": 1}))

    task = asyncio.create_task(meters())
    while line := await reader.readline():
        said = room.answer(decoder.decode(line))
        say(*said)
        if said and isinstance(said[-1], local.Left):
            break
    task.cancel()
    await writer.drain()
    writer.close()


def main() -> None:
    """The engine with ``--channel-fd``, else the frontend with this engine."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--channel-fd", type=int)
    parser.add_argument("--you", choices=("host", "cohost", "speaker", "listener"), default="host")
    parser.add_argument("--audience", type=int, default=40)
    parser.add_argument("--events", type=float, default=6.0, help="seconds between reactions")
    parser.add_argument("--first-run", action="store_true", help="look at the first-run screen")
    parser.add_argument("--share", action="store_true", help="begin with the invite screen")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    if options.channel_fd is not None:
        room = FakeRoom(make_view(options.you, options.audience), invite="sesame")
        asyncio.run(serve(socket.socket(fileno=options.channel_fd), room, options.events))
        return
    _show(options)


def _show(options: argparse.Namespace) -> None:
    from roomcli.frontends.plain import run_plain
    from roomcli.frontends.tui.app import run_room
    from roomcli.frontends.tui.first_run import run_first_run

    engine = [sys.executable, "-m", "tests.fake_engine", "--you", options.you]
    engine += ["--audience", str(options.audience), "--events", str(options.events)]
    log = Path(tempfile.gettempdir()) / f"roomcli-fake-engine-{os.getuid()}.log"
    if options.first_run:
        print(run_first_run(name="Robin Keller", headline="", engine_command=engine, log=log))
        return
    enter = local.Enter(url="wss://rooms.example:7420/r/standup", name="Robin Keller")
    share = "roomcli join 'wss://rooms.example:7420/r/standup#invite=sesame'"
    run = run_plain if options.plain else run_room
    outcome = run(
        enter, share_line=share if options.share else None, engine_command=engine, log=log
    )
    if outcome.text:
        print(outcome.text)
    sys.exit(outcome.exit_code)


if __name__ == "__main__":
    main()
