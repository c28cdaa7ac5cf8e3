"""``roomcli echo``: hear yourself as others would, and be told what is wrong with your sound."""

from __future__ import annotations

import argparse
import json
import math
import os

from ..errors import UsageError
from . import devices, entrance, exits
from .parser import Parser

SCRIPT_SECONDS = 10.0
"""Seconds that the test takes where nobody can end it by a key."""
LONGEST = 3600.0


def run(argv: list[str]) -> int:
    """Run the command and return its exit code: 0 if the sound is good."""
    options = make_parser().parse_args(argv)
    told = _hear_yourself(options)
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    return exits.DONE if told["ok"] else exits.FAILED


def make_parser() -> Parser:
    """Return the parser of ``roomcli echo``."""
    parser = Parser(
        "echo",
        "Hear yourself through the codec, or through a server, a second after you speak.",
        epilog="What you hear is what a room would: your sound as you have set it, the same codec\n"
        "and buffer. Nobody else hears it. The second is added, so that you hear yourself\n"
        "apart from what you say. In words it says what is wrong with your sound, and what\n"
        "to do.\n"
        "Exit code 0 says that your sound is good, 1 that something is wrong with it.",
        examples={
            "echo": "hear yourself until you press Enter",
            "echo --server wss://rooms.example.org": "by way of a server and back",
            "echo --mic file:talk.wav --json": "judge a recording",
        },
    )
    parser.add_argument(
        "--server", metavar="URL", help="by way of this server, and show the round trip"
    )
    parser.add_argument("--mic", metavar="DEVICE", help=f"microphone: {devices.MICROPHONE}")
    parser.add_argument("--speaker", metavar="DEVICE", help=f"speaker: {devices.SPEAKER}")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        metavar="N",
        help="end after so long with a microphone (default: by Enter; where nobody can type, "
        f"{SCRIPT_SECONDS:.0f})",
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--plain", action="store_true", help="line by line, for screen readers and pipes"
    )
    either.add_argument("--json", action="store_true", help="one JSON object, at the end")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 1.0 <= seconds <= LONGEST:
        raise UsageError(f"--seconds is a number from 1 to {LONGEST:.0f}, not {text!r}")
    return seconds


def _hear_yourself(options: argparse.Namespace) -> dict[str, object]:
    """Let somebody hear themselves until they, or the time, end it; return how it was."""
    import trio

    from ..engine import device_memory
    from ..engine.echo import EchoTest
    from ..engine.keys import personal_key
    from ..engine.link import ServerConnection
    from ..engine.own_sound import OwnSound
    from ..protocol.address import parse_server
    from .echo_lines import EchoLines

    entrance.check_sound_libraries()
    by_key = entrance.on_terminal() and not options.json
    seconds = options.seconds or (math.inf if by_key else SCRIPT_SECONDS)
    command = entrance.enter_command("", entrance.settled(options), intent="join")
    link, way = None, ""
    if options.server:
        address = parse_server(options.server)
        entrance.warn_if_open(address)
        way = f", by way of {address.server}"
        link = ServerConnection(address, command.name, "", personal_key(), echoes=True)
    lines = EchoLines(meter=by_key and not options.plain, silent=options.json)
    sound = OwnSound(command.sound)

    async def hear() -> None:
        async with trio.open_nursery() as nursery:
            test = EchoTest(command.mic, command.speaker, lines.hear, link, sound)
            nursery.start_soon(test.run)
            nursery.start_soon(lines.run, nursery.cancel_scope)
            if not by_key:
                with trio.move_on_after(seconds):
                    await lines.listens.wait()
            with trio.move_on_after(seconds):
                if by_key:
                    await trio.lowlevel.wait_readable(0)
                    os.read(0, 4096)
                else:
                    await trio.sleep_forever()
            nursery.cancel_scope.cancel()

    lines.say(f"Speak, and hear yourself a second later{way}{': Enter ends it' if by_key else ''}")
    device_memory.recall()
    try:
        trio.run(hear)
    finally:
        device_memory.keep()
    lines.finish()
    return lines.figures()
