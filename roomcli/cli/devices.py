"""``roomcli devices``: list the microphones and speakers for ``--mic`` and ``--speaker``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from . import exits
from .parser import Parser

if TYPE_CHECKING:
    from ..audio.device import DeviceInfo

MICROPHONE = (
    "a number or part of a name from `roomcli devices`, file:PATH (WAV, FLAC, Ogg or MP3), - or "
    "fd:NUMBER (raw sound from a pipe: 16 bit, 48 kHz, mono), tone:HZ or none"
)
SPEAKER = "a number or part of a name from `roomcli devices`, file:PATH (written as WAV) or none"
"""Help text for the values of ``--speaker``."""
REMOTE = (
    "You are here over SSH: these are the devices of the machine you are logged in to, not of the "
    "one you sit at."
)


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    from ..audio.devices import list_devices
    from ..audio.sound_system import find_sound_system

    devices = list_devices()
    system = find_sound_system().words
    if over_ssh():
        print(REMOTE, file=sys.stderr)
    if options.json:
        told = {"sound": system, "devices": [asdict(each) for each in devices]}
        print(json.dumps(told, ensure_ascii=False))
        return exits.DONE
    for title, these in (("microphones", microphones(devices)), ("speakers", speakers(devices))):
        print(f"{title}:")
        for each in these:
            default = each.default_input if title == "microphones" else each.default_output
            print(
                f"  {each.index:>3}  {each.name} ({each.host_api}){', default' if default else ''}"
            )
        if not these:
            print("  none")
    print(f"\nsound: {system}")
    print(f"--mic: {MICROPHONE}\n--speaker: {SPEAKER}")
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli devices``."""
    parser = Parser(
        "devices",
        "List microphones and speakers.",
        examples={
            "devices": "what --mic and --speaker can name",
            "devices --json": "the same, for a script",
        },
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def microphones(devices: Iterable[DeviceInfo]) -> list[DeviceInfo]:
    """Return the devices that can record."""
    return [each for each in devices if each.inputs > 0]


def speakers(devices: Iterable[DeviceInfo]) -> list[DeviceInfo]:
    """Return the devices that can play."""
    return [each for each in devices if each.outputs > 0]


def over_ssh() -> bool:
    """Whether the person sits at another machine than the one that roomcli runs on."""
    return bool(os.environ.get("SSH_CONNECTION"))
