"""``roomcli devices``: the microphones and speakers that ``--mic`` and ``--speaker`` can name."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict

from . import exits
from .parser import Parser

REMOTE = (
    "You are here over SSH: these are the devices of the machine you are logged in to, not of the "
    "one you sit at."
)


def run(argv: list[str]) -> int:
    """The command; returns the exit code."""
    parser = Parser("devices", "List microphones and speakers.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    from ..audio.devices import list_devices

    devices = list_devices()
    if over_ssh():
        print(REMOTE, file=sys.stderr)
    if options.json:
        print(json.dumps({"devices": [asdict(each) for each in devices]}, ensure_ascii=False))
        return exits.DONE
    for kind, title in (("microphone", "microphones"), ("speaker", "speakers")):
        print(f"{title}:")
        these = [each for each in devices if each.kind == kind]
        for each in these:
            print(f"  {each.name}{'  (default)' if each.default else ''}")
        if not these:
            print("  none")
    return exits.DONE


def over_ssh() -> bool:
    """Whether the person sits at another machine than the one that roomcli runs on."""
    return bool(os.environ.get("SSH_CONNECTION"))
