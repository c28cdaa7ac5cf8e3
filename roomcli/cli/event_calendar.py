"""``roomcli event export``, ``feed`` and ``remind``: one's own calendar."""

from __future__ import annotations

import argparse
import sys
from base64 import b64decode
from typing import Any

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.text import cleaned
from .errand import ServerErrand
from .event_verbs import add_event_verb, print_answers, print_json
from .filling import filled_command

MAX_ADDRESS = 1000


def add_calendar_verbs(verbs: Any) -> None:
    """Add the verbs about one's own calendar."""
    what = "an event, or all of yours, as iCalendar"
    verb = add_event_verb(verbs, "export", what, _export_events, lines=False)
    verb.add_argument("event", nargs="?", metavar="EVENT")
    what = "an address of your calendar for another program; the one before ends"
    verb = add_event_verb(verbs, "feed", what, _make_feed)
    verb.add_argument("--revoke", action="store_true", help="let it end, and have none")
    what = "be reminded so many minutes before what you come to; alone, what is set"
    verb = add_event_verb(verbs, "remind", what, _set_reminder)
    verb.add_argument("minutes", nargs="?", type=int, metavar="MINUTES", help="0 is never")


def _export_events(options: argparse.Namespace) -> None:
    command = filled_command(c.ExportEvents, vars(options))
    for part in ServerErrand(options).ask_server(command):
        if isinstance(part, e.EventsExported):
            sys.stdout.write(b64decode(part.data).decode().replace("\r\n", "\n"))


def _make_feed(options: argparse.Namespace) -> None:
    server = ServerErrand(options)
    if options.revoke:
        server.ask_server(c.RevokeFeed())
        print("your calendar has no address any more", file=sys.stderr)
        return
    (made,) = server.ask_server(c.MakeFeed())
    assert isinstance(made, e.FeedMade)
    if options.jsonl:
        print_json([made])
        return
    address = f"http{server.address.server.removeprefix('ws')}{made.path}"
    print(cleaned(address, MAX_ADDRESS))
    print("whoever has this address can read your calendar", file=sys.stderr)


def _set_reminder(options: argparse.Namespace) -> None:
    fields = vars(options)
    chosen = c.ShowCalendar() if options.minutes is None else filled_command(c.SetReminder, fields)
    print_answers(options, ServerErrand(options).ask_server(chosen))
