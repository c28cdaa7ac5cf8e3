"""Test of an evening at two terminals: hands, a troublemaker, a host who drops, a successor.

The server is a real one whose clock the test moves (``tests.support.moved_server``); three more
people are there by JSON lines.
"""

from __future__ import annotations

import os
import signal
import subprocess
from typing import NamedTuple

import pytest

from ..support.processes import Journey, ParticipantProcess, room_on
from ..support.terminal import Terminal, children, needs_tmux, terminal, until

pytestmark = needs_tmux


class EveningRoom(NamedTuple):
    """A room on a server whose clock can be moved."""

    address: str
    server: subprocess.Popen[bytes]

    def is_later(self, guest: ParticipantProcess) -> None:
        """Let half a minute pass; an act of the guest makes the room look at the clock."""
        self.server.send_signal(signal.SIGUSR1)
        guest.say("react", reaction="👏")


@pytest.fixture
def room(journey: Journey) -> EveningRoom:
    """Return a room that nobody has opened yet."""
    url, server = journey.serve("--no-tls", program=["tests.support.moved_server"])
    return EveningRoom(room_on(url, "standup"), server)


def enter(shell: Terminal, verb: str, room: EveningRoom, name: str) -> None:
    """Host or join a room at a terminal, with no sound devices."""
    shell.types("roomcli", verb, room.address, "--name", name, "--mic", "none", "--speaker", "none")


def command(shell: Terminal, line: str) -> None:
    """Type a command as people do: open the line, type, send, close it."""
    shell.presses("/")
    shell.types_text(line.removeprefix("/"))
    shell.sees(line)
    shell.presses("Enter")
    shell.presses("Escape")


def applause(*guests: ParticipantProcess) -> str:
    """Let guests react, and return the emoji; reactions are seen for only a moment."""
    for guest in guests:
        guest.say("react", reaction="🎉")
    return "🎉"


def accept(host: Terminal, name: str, guest: ParticipantProcess) -> None:
    """Let the host accept the first hand, once the host sees that it is this guest's."""
    host.sees(f"1 {name}")
    host.presses("a")
    guest.wait_for("stage_joined", when=lambda event: event["speaker"]["id"] == guest.id)


def test_an_evening(journey: Journey, room: EveningRoom) -> None:
    with (
        terminal("ann", journey.environment("ann")) as ann,
        terminal("bob", journey.environment("bob"), (120, 36)) as bob,
    ):
        # The host opens the room, and friends come in.
        enter(ann, "host", room, "Ann")
        ann.sees("Whoever runs this line")
        ann.presses("Enter")
        enter(bob, "join", room, "Bob")
        bob.sees("LISTENING")
        bob.sees("This server keeps")
        cara, dan, troll = (
            journey.participant(name, "join", room.address) for name in ("Cara", "Dan", "Troll")
        )
        for guest in (cara, dan, troll):
            guest.joined()

        # Hands go up, with what people want to say, and the host takes them in their order.
        bob.presses("h")
        ann.sees("1 Bob")
        cara.say("raise_hand", topic="How do you test a terminal?")
        bob.sees("How do you test a terminal?")
        dan.say("raise_hand")
        ann.sees("3 Dan")
        ann.presses("a")
        bob.sees("○ MUTED")
        accept(ann, "Cara", cara)
        accept(ann, "Dan", dan)
        ann.sees("Stage 4")
        command(ann, "/make_cohost Bob")
        ann.sees("if you drop: Bob in 30 s")
        bob.sees("You are co-host now")

        # They speak, write and clap.
        cara.say("unmute")
        bob.sees("● speaking")
        cara.say("chat", text="hello @Bob")
        bob.sees("hello @Bob")
        until(lambda: applause(cara, dan, troll) in ann.screen, "🎉 on her screen")

        # Somebody behaves badly. The co-host bans them, under whatever name they come back.
        troll.say("chat", text="buy my coins")
        ann.sees("buy my coins")
        command(bob, "/ban Troll 10m spam")
        left = troll.wait_for("left")
        assert (left["code"], left["exit_code"]) == ("banned", 4)
        assert "Bob banned you" in left["text"]
        ann.sees("Bob (co-host) banned Troll")
        back = journey.participant("Troll", "join", room.address, "--name", "Nice Person")
        assert "you are banned" in back.wait_for("left")["text"]

        # The host's machine is gone; the co-host takes over, as was said all the time.
        (engine,) = children(ann.program())
        for process in (engine, ann.program()):
            os.kill(process, signal.SIGKILL)
        bob.sees("you take over in")
        room.is_later(cara)
        bob.sees("You are host now: Ann dropped")
        bob.sees("the room closes after")

        # The host comes back and is host again; the two of them end it.
        ann.presses("C-l", "Enter")
        enter(ann, "host", room, "Ann")
        ann.sees("Whoever runs this line")
        ann.presses("Enter")
        ann.sees("if you drop: Bob in 30 s")
        bob.sees("You are co-host again")
        command(ann, "/end_room good night")
        for shell in (ann, bob):
            shell.sees("over=0")
            assert "The room was ended" in shell.screen or "the room is closed" in shell.screen
            assert shell.modes == "0 0"
        assert cara.wait_for("left")["exit_code"] == 0
