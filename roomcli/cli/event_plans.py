"""``roomcli event plan``, ``change``, ``move``, ``cancel`` and ``people``: for organisers."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import UsageError
from ..frontends.grammar.series import EXAMPLES, parse_series
from ..protocol import commands as c
from ..protocol import events as e
from .errand import ServerErrand
from .event_verbs import add_event_verb, print_answers
from .filling import filled_command
from .parser import Parser


def add_plan_verbs(verbs: Any) -> None:
    """Add the verbs of organisers."""
    verb = add_event_verb(verbs, "plan", "plan an event", _plan_event)
    verb.add_argument("title", metavar="TITLE")
    verb.add_argument("start", metavar="START", help="on the wall, like 2027-03-02T18:30")
    verb.add_argument("zone", metavar="ZONE", help="like Europe/Paris")
    _plan_options(verb, "60 by default")
    verb.add_argument("--community", metavar="ID", help="plan it for this community")
    what = "change an event of yours, or move it; what is not named stays"
    verb = add_event_verb(verbs, "change", what, _change_event)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("--title", metavar="TITLE")
    verb.add_argument("--start", metavar="START", help="on the wall, like 2027-03-02T18:30")
    verb.add_argument("--zone", metavar="ZONE", help="like Europe/Paris")
    _plan_options(verb, "as before")
    verb.add_argument("--once", action="store_true", help="a series no longer")
    _based(verb)
    what = "let one day of a series of yours take place at another time"
    verb = add_event_verb(verbs, "move", what, _move_occurrence)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("day", metavar="DAY", help="like 2027-03-02")
    verb.add_argument("start", metavar="START", help="on the wall, like 2027-03-03T18:30")
    _based(verb)
    what = "cancel an event of yours, or one day of a series"
    verb = add_event_verb(verbs, "cancel", what, _cancel_event)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("--day", metavar="DAY", help="one day of a series, like 2027-03-02")
    _based(verb)
    verb = add_event_verb(verbs, "people", "who comes to an event of yours", _list_people_of)
    verb.add_argument("event", metavar="EVENT")
    verb.add_argument("--day", metavar="DAY", help="one day of a series, like 2027-03-02")


def _plan_options(verb: Parser, length: str) -> None:
    verb.add_argument("--minutes", type=int, metavar="NUMBER", help=f"how long; {length}")
    verb.add_argument("--agenda", action="append", metavar="LINE", help="may be given again")
    verb.add_argument("--repeats", metavar="TEXT", help=EXAMPLES)
    verb.add_argument("--room", metavar="ROOM", help="where people meet")
    verb.add_argument("--capacity", type=int, metavar="NUMBER", help="seats; others wait")
    verb.add_argument("--visibility", choices=("public", "community", "private"))
    for word in ("organiser", "speaker", "invite"):
        field = "invited" if word == "invite" else f"{word}s"
        verb.add_argument(f"--{word}", dest=field, action="append", metavar="ID")


def _based(verb: Parser) -> None:
    verb.add_argument("--notice", default="", metavar="TEXT", help="told to those who come")
    verb.add_argument(
        "--version",
        type=int,
        metavar="NUMBER",
        help="the one that you saw: refused if somebody has changed it since",
    )


def _plan_event(options: argparse.Namespace) -> None:
    server, fields = ServerErrand(options), _plan_fields(options)
    fields["host_token"] = server.address.host_token
    print_answers(options, server.ask_server(filled_command(c.PlanEvent, fields)))


def _plan_fields(options: argparse.Namespace) -> dict[str, Any]:
    fields = dict(vars(options))
    if options.repeats is not None:
        fields["recurrence"] = parse_series(options.repeats)
        if fields["recurrence"] is None:
            raise UsageError(f"{options.repeats!r} is no series: it is {EXAMPLES}")
    return fields


def _change_event(options: argparse.Namespace) -> None:
    _change_based(options, c.ChangeEvent, _plan_fields(options))


def _move_occurrence(options: argparse.Namespace) -> None:
    _change_based(options, c.MoveOccurrence, dict(vars(options)))


def _cancel_event(options: argparse.Namespace) -> None:
    _change_based(options, c.CancelEvent, dict(vars(options)))


def _change_based(
    options: argparse.Namespace, kind: type[c.CalendarCommand], fields: dict[str, Any]
) -> None:
    """Carry out a change, of the version that the person saw or else of the present one."""
    server = ServerErrand(options)
    fields["host_token"] = server.address.host_token
    if options.version is None:
        (shown,) = server.ask_server(filled_command(c.ShowEvent, fields))
        assert isinstance(shown, e.EventShown)
        fields["version"] = shown.shown.version
    print_answers(options, server.ask_server(filled_command(kind, fields)))


def _list_people_of(options: argparse.Namespace) -> None:
    server, fields = ServerErrand(options), dict(vars(options))
    offset = 0
    while True:
        command = filled_command(c.ListAnswers, {**fields, "offset": offset})
        (page,) = server.ask_server(command)
        assert isinstance(page, e.AnswersListed)
        print_answers(options, [page])
        offset += len(page.answers)
        if not page.answers or offset >= page.total:
            return
