"""``roomcli event``: plan events on a server, see what is on, and say whether you come."""

from __future__ import annotations

import argparse
from typing import Any

from ..frontends.words.calendar_words import calendar_lines
from ..protocol import commands as c
from ..protocol import events as e
from . import exits
from .errand import ServerErrand
from .event_calendar import add_calendar_verbs
from .event_plans import add_plan_verbs
from .event_verbs import add_event_verb, print_answers, print_json
from .filling import filled_command
from .parser import Parser, WordParser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    options.act(options)
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli event``."""
    parser = Parser(
        "event",
        "Events: what is planned on a server, and whether you come.",
        examples={
            "event list": "what is on this week",
            "event show EVENT": "its agenda, and who speaks",
            "event answer EVENT yes": "say that you come",
        },
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=WordParser)
    _add_reading_verbs(verbs)
    add_plan_verbs(verbs)
    add_calendar_verbs(verbs)
    return parser


def _add_reading_verbs(verbs: Any) -> None:
    verb = add_event_verb(verbs, "list", "what is on this week, or what is yours", _list_events)
    verb.add_argument("of", nargs="?", choices=("week", "mine", "community"), default="week")
    verb.add_argument(
        "--community", default="", metavar="ID", help="the community, for `community`"
    )
    verb = add_event_verb(verbs, "show", "an event, with its agenda and who speaks", _show_event)
    verb.add_argument("event", metavar="EVENT", help="its id, as `list` shows it")
    verb = add_event_verb(verbs, "answer", "say whether you come", _answer_event)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("answer", choices=("yes", "no", "maybe"))
    verb.add_argument("--day", metavar="DAY", help="one day of a series, like 2027-03-02")


def _list_events(options: argparse.Namespace) -> None:
    server, after = ServerErrand(options), ""
    pages: list[e.EventsListed] = []
    while after or not pages:
        fields = {"of": options.of, "community": options.community, "after": after}
        (page,) = server.ask_server(filled_command(c.ListEvents, fields))
        assert isinstance(page, e.EventsListed)
        pages.append(page)
        after = page.more
    rows = tuple(each for page in pages for each in page.occurrences)
    if options.jsonl:
        print_json(rows)
        return
    for line in calendar_lines(e.EventsListed(of=options.of, occurrences=rows)):
        print(line)


def _show_event(options: argparse.Namespace) -> None:
    command = filled_command(c.ShowEvent, vars(options))
    print_answers(options, ServerErrand(options).ask_server(command))


def _answer_event(options: argparse.Namespace) -> None:
    command = filled_command(c.AnswerEvent, vars(options))
    print_answers(options, ServerErrand(options).ask_server(command))
