"""``roomcli doctor``: check whether this machine can take part, and say what to do if not."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from ..protocol.text import cleaned
from . import exits
from .checks import all_checks
from .parser import Parser

MAX_TEXT = 2000


def run(argv: list[str]) -> int:
    """Run the command and return its exit code: 0 if one can take part."""
    options = make_parser().parse_args(argv)
    findings = []
    for found in all_checks():
        # The text may hold words of a server, a device or a file.
        each = replace(
            found, text=cleaned(found.text, MAX_TEXT), remedy=cleaned(found.remedy, MAX_TEXT)
        )
        findings.append(each)
        if not options.json:
            print(f"{'ok     ' if each.ok else 'problem'}  {each.what:<10}  {each.text}")
            if each.remedy:
                print(f"{'':<21}{each.remedy}", flush=True)
    able = all(each.ok or not each.essential for each in findings)
    if options.json:
        checks = [asdict(each) for each in findings]
        print(json.dumps({"ok": able, "checks": checks}, ensure_ascii=False))
    else:
        print("\nYou can take part." if able else "\nYou cannot take part yet.")
    return exits.DONE if able else exits.FAILED


def make_parser() -> Parser:
    """Return the parser of ``roomcli doctor``."""
    parser = Parser(
        "doctor",
        "Check what a room needs, and say what to do about what is missing.",
        epilog="Exit code 0 says that you can take part, if only as a listener; 1 that you cannot.",
        examples={
            "doctor": "before the first room",
            "doctor --json": "the same, for a script",
        },
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser
