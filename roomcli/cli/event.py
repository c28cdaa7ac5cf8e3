"""``roomcli event``: plan events on a server, see what is on, and say whether you come."""

from __future__ import annotations

import argparse
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ..errors import UsageError
from ..frontends.grammar.series import EXAMPLES, parse_series
from ..frontends.words.calendar_words import calendar_lines, shown_lines
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.text import is_text
from . import exits
from .errand import ServerErrand
from .parser import Parser, WordParser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = _event_parser().parse_args(argv)
    options.act(options)
    return exits.DONE


def _event_parser() -> Parser:
    parser = Parser("event", "Events: what is planned on a server, and whether you come.")
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=WordParser)
    verb = _add_event_verb(verbs, "list", "what is on this week, or what is yours", _list_events)
    verb.add_argument("of", nargs="?", choices=("week", "mine", "community"), default="week")
    verb.add_argument(
        "--community", default="", metavar="ID", help="the community, for `community`"
    )
    verb = _add_event_verb(verbs, "show", "an event, with its agenda and who speaks", _show_event)
    verb.add_argument("event", metavar="EVENT", help="its id, as `list` shows it")
    verb = _add_event_verb(verbs, "plan", "plan an event", _plan_event)
    verb.add_argument("title", metavar="TITLE")
    verb.add_argument("start", metavar="START", help="on the wall, like 2027-03-02T18:30")
    verb.add_argument("zone", metavar="ZONE", help="like Europe/Paris")
    verb.add_argument("--minutes", type=int, metavar="NUMBER", help="how long; 60 by default")
    verb.add_argument("--agenda", action="append", metavar="LINE", help="may be given again")
    verb.add_argument("--repeats", metavar="TEXT", help=EXAMPLES)
    verb.add_argument("--room", metavar="ROOM", help="where people meet")
    verb.add_argument("--capacity", type=int, metavar="NUMBER", help="seats; others wait")
    verb.add_argument("--visibility", choices=("public", "community", "private"))
    verb.add_argument("--community", metavar="ID", help="plan it for this community")
    for word in ("organiser", "speaker", "invite"):
        field = "invited" if word == "invite" else f"{word}s"
        verb.add_argument(f"--{word}", dest=field, action="append", metavar="ID")
    verb = _add_event_verb(verbs, "answer", "say whether you come", _answer_event)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("answer", choices=("yes", "no", "maybe"))
    verb.add_argument("--day", metavar="DAY", help="one day of a series, like 2027-03-02")
    verb = _add_event_verb(
        verbs, "cancel", "cancel an event of yours, or one day of a series", _cancel_event
    )
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("--day", metavar="DAY", help="one day of a series, like 2027-03-02")
    verb.add_argument("--notice", default="", metavar="TEXT", help="told to those who come")
    verb = _add_event_verb(
        verbs, "export", "an event, or all of yours, as iCalendar", _export_events, lines=False
    )
    verb.add_argument("event", nargs="?", metavar="EVENT")
    return parser


def _add_event_verb(
    verbs: Any,
    name: str,
    what: str,
    act: Callable[[argparse.Namespace], None],
    *,
    lines: bool = True,
) -> Parser:
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "--server", metavar="URL", help="on this server, not the configured or the local one"
    )
    if lines:
        verb.add_argument("--jsonl", action="store_true", help="one JSON object a line")
    verb.set_defaults(act=act)
    return verb


def _list_events(options: argparse.Namespace) -> None:
    server, after = ServerErrand(options), ""
    pages: list[e.EventsListed] = []
    while after or not pages:
        fields = {"of": options.of, "community": options.community, "after": after}
        (page,) = server.ask_server(_filled(c.ListEvents, fields))
        assert isinstance(page, e.EventsListed)
        pages.append(page)
        after = page.more
    rows = tuple(each for page in pages for each in page.occurrences)
    if options.jsonl:
        _print_json(rows)
        return
    for line in calendar_lines(e.EventsListed(of=options.of, occurrences=rows)):
        print(line)


def _show_event(options: argparse.Namespace) -> None:
    _print_shown(options, ServerErrand(options).ask_server(_filled(c.ShowEvent, vars(options))))


def _plan_event(options: argparse.Namespace) -> None:
    server, fields = ServerErrand(options), dict(vars(options))
    if options.repeats is not None:
        fields["recurrence"] = parse_series(options.repeats)
        if fields["recurrence"] is None:
            raise UsageError(f"{options.repeats!r} is no series: it is {EXAMPLES}")
    fields["host_token"] = server.address.host_token
    _print_shown(options, server.ask_server(_filled(c.PlanEvent, fields)))


def _answer_event(options: argparse.Namespace) -> None:
    _print_shown(options, ServerErrand(options).ask_server(_filled(c.AnswerEvent, vars(options))))


def _cancel_event(options: argparse.Namespace) -> None:
    server = ServerErrand(options)
    (shown,) = server.ask_server(_filled(c.ShowEvent, vars(options)))
    assert isinstance(shown, e.EventShown)
    fields = {**vars(options), "version": shown.shown.version}
    _print_shown(options, server.ask_server(_filled(c.CancelEvent, fields)))


def _export_events(options: argparse.Namespace) -> None:
    for part in ServerErrand(options).ask_server(_filled(c.ExportEvents, vars(options))):
        if isinstance(part, e.EventsExported):
            sys.stdout.write(b64decode(part.data).decode().replace("\r\n", "\n"))


def _filled(kind: type[c.CalendarCommand], given: dict[str, Any]) -> c.CalendarCommand:
    """Return a command with those of its fields that were given. Raises UsageError."""
    fields = {name: given.get(name) for name in kind.__struct_fields__ if name != "ref"}
    fields = {name: value for name, value in fields.items() if value is not None}
    for value in fields.values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not is_text(text):
                raise UsageError(f"{text!r} is not UTF-8")
    try:
        return msgspec.convert(msgspec.to_builtins(fields), type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"that does not fit: {error}") from None


def _print_shown(options: argparse.Namespace, answers: Iterable[e.DeskEvent]) -> None:
    for answer in answers:
        if options.jsonl:
            _print_json([answer])
        elif isinstance(answer, e.EventShown):
            for line in shown_lines(answer):
                print(line)


def _print_json(things: Iterable[object]) -> None:
    for each in things:
        print(msgspec.json.encode(each).decode())
