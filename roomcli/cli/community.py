"""``roomcli community``: find and join communities of a server, found and moderate them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args

import msgspec

from ..errors import UsageError
from ..frontends.words.community_words import answer_lines, rule_lines
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.community import (
    CommunityDetails,
    CommunityEntry,
    CommunityHosting,
    CommunityRole,
    PeopleList,
)
from ..protocol.durations import parse_duration
from . import exits
from .community_names import NamedCommunities
from .errand import ServerErrand
from .filling import filled_command
from .parser import Parser, WordParser

Act = Callable[["CommunityErrand"], "list[e.DeskEvent] | str"]


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    errand = CommunityErrand(options)
    told = options.act(errand)
    if isinstance(told, str):
        print(told)
        return exits.DONE
    for event in told:
        if options.jsonl:
            print(msgspec.json.encode(event).decode())
            continue
        for line in answer_lines(event):
            print(line)
    return exits.DONE


class CommunityErrand(ServerErrand):
    """One community of a server, or all of them."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        self.options = options
        self.names = NamedCommunities(self.ask_server)

    @property
    def id(self) -> str:
        """The id of the community that the command names."""
        return self.names.community(self.options.community)

    @property
    def person(self) -> str:
        """The id of the person whom the command names."""
        return self.names.person(self.id, self.options.person)

    def details(self) -> CommunityDetails:
        """Return what the community is."""
        (shown,) = self.ask_server(c.ShowCommunity(community=self.id))
        assert isinstance(shown, e.CommunityShown)
        return shown.community

    def about_person(self, command: type[Any], **fields: Any) -> str:
        """Carry out a command about a person, and return what to say."""
        self.ask_server(
            filled_command(command, {"community": self.id, "person": self.person, **fields})
        )
        return "done"


def make_parser() -> Parser:
    """Return the parser of ``roomcli community``."""
    parser = Parser(
        "community",
        "Find and join communities of a server, found and moderate them.",
        examples={
            "community list": "those of the server",
            "community join c7q2": "become a member, or apply",
            'community found "Night owls" --entry application': "found one that people apply to",
        },
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=WordParser)
    verb = _verb(verbs, "list", "your communities, or all that may be found", _list)
    verb.add_argument("--all", action="store_true", help="all that may be found")
    _verb(verbs, "show", "what a community is, and its rules", _tell_of, "community")
    verb = _verb(verbs, "join", "read its rules, and join or apply", _join, "community")
    verb.add_argument("--note", default="", help="a word to its moderators, where one applies")
    _yes(verb, "agree to its rules without being asked")
    verb = _verb(verbs, "agree", "agree to rules that have changed", _agree, "community")
    _yes(verb, "do not ask")
    _verb(verbs, "leave", "leave, take an application back, or decline", _go, "community")
    verb = _verb(verbs, "people", "who is in it, applies, or is banned", _list_people, "community")
    verb.add_argument("--of", choices=get_args(PeopleList), default="members")
    verb.add_argument("--from", dest="offset", type=int, default=0, metavar="NUMBER")
    verb = _verb(verbs, "log", "what its moderators did", _log, "community")
    verb.add_argument("--after", type=int, default=0, metavar="NUMBER")
    verb = _verb(verbs, "found", "found a community, and own it", _found_new)
    verb.add_argument("name", metavar="NAME")
    _described(verb)
    verb = _verb(verbs, "edit", "change what it says of itself (owners)", _edit, "community")
    verb.add_argument("--name")
    _described(verb)
    verb.add_argument("--hosting", choices=get_args(CommunityHosting), help="who opens its rooms")
    for name, what, command in (
        ("accept", "make somebody who applied a member", c.AcceptApplication),
        ("invite", "ask somebody to join", c.InviteToCommunity),
        ("withdraw", "take an invitation back", c.WithdrawCommunityInvitation),
        ("lift", "let somebody in again who is banned", c.LiftCommunityBan),
        ("hand-over", "make a member the owner in your place", c.HandOverCommunity),
    ):
        _verb(verbs, name, what, _act_on(command), "community", "person")
    for name, what, harsh in (
        ("decline", "decline an application", c.DeclineApplication),
        ("remove", "put a member out", c.RemoveMember),
        ("ban", "keep somebody out of it and of all its rooms", c.BanFromCommunity),
    ):
        verb = _verb(verbs, name, what, _act_on(harsh), "community", "person")
        verb.add_argument("--reason", default="", help="why; they are told")
        if name == "ban":
            verb.add_argument("--for", dest="seconds", type=_duration, metavar="3d", default=None)
    verb = _verb(verbs, "role", "raise or lower a member", _role, "community", "person")
    verb.add_argument("role", choices=get_args(CommunityRole))
    verb = _verb(verbs, "room", "let a room belong to it", _room, "community")
    verb.add_argument("room", metavar="ROOM")
    verb.add_argument("--give-up", action="store_true", help="no longer, instead")
    verb = _verb(verbs, "close", "close it for good (owners)", _close, "community")
    verb.add_argument("--reason", default="")
    _yes(verb, "do not ask")
    return parser


def _verb(verbs: Any, name: str, what: str, act: Act, *names: str) -> Parser:
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    for each in names:
        verb.add_argument(each, metavar=each.upper(), help="by name or id")
    verb.add_argument(
        "--server", metavar="URL", help="on this server, not the configured or the local one"
    )
    verb.add_argument("--jsonl", action="store_true", help="the server's answers, one a line")
    verb.set_defaults(act=act)
    return verb


def _described(verb: Parser) -> None:
    verb.add_argument("--summary", help="what it is, in a line of up to 100 characters")
    verb.add_argument("--about", action="append", metavar="LINE", help="up to 4 times")
    verb.add_argument("--rule", dest="rules", action="append", metavar="LINE", help="up to 10")
    verb.add_argument("--entry", choices=get_args(CommunityEntry), help="how one gets in")
    verb.add_argument("--hidden", action=argparse.BooleanOptionalAction, default=None)


def _yes(verb: Parser, what: str) -> None:
    verb.add_argument("--yes", action="store_true", help=what)


def _duration(text: str) -> int:
    seconds = parse_duration(text)
    if seconds is None:
        raise argparse.ArgumentTypeError(f"{text} is no time: say 2h, or 3d")
    return seconds


def _list(errand: CommunityErrand) -> list[e.DeskEvent]:
    return list(errand.names.pages("discoverable" if errand.options.all else "mine"))


def _tell_of(errand: CommunityErrand) -> list[e.DeskEvent]:
    return errand.ask_server(c.ShowCommunity(community=errand.id))


def _join(errand: CommunityErrand) -> list[e.DeskEvent] | str:
    community = errand.details()
    if not _agreed(errand, community):
        return "you have not joined"
    note, version = errand.options.note, community.rules_version
    joined = errand.ask_server(
        filled_command(c.JoinCommunity, {"community": community.id, "rules": version, "note": note})
    )
    applied = any(isinstance(each, e.CommunityShown) and _waits(each) for each in joined)
    if errand.options.jsonl:
        return joined
    return f"you applied to {community.name}" if applied else f"you are in {community.name} now"


def _waits(shown: e.CommunityShown) -> bool:
    return shown.community.you == "applied"


def _agree(errand: CommunityErrand) -> str:
    community = errand.details()
    if not _agreed(errand, community):
        return "nothing is changed"
    errand.ask_server(c.AgreeToRules(community=community.id, rules=community.rules_version))
    return "you agree to the rules as they are"


def _agreed(errand: CommunityErrand, community: CommunityDetails) -> bool:
    """Show the rules; return whether the person agrees.

    Raises UsageError where nobody can be asked.
    """
    if not community.rules or errand.options.yes:
        return True
    for line in rule_lines(community):
        print(line, file=sys.stderr)
    return _says_yes("agree to these rules", "Do you agree? Type yes to go on: ")


def _says_yes(what: str, question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"you are asked to {what}: --yes does")
    print(question, end="", file=sys.stderr, flush=True)
    return input().strip().casefold() == "yes"


def _go(errand: CommunityErrand) -> str:
    errand.ask_server(c.LeaveCommunity(community=errand.id))
    return "you left"


def _list_people(errand: CommunityErrand) -> list[e.DeskEvent]:
    options = errand.options
    return errand.ask_server(
        filled_command(
            c.ListCommunityPeople,
            {"community": errand.id, "of": options.of, "offset": options.offset},
        )
    )


def _log(errand: CommunityErrand) -> list[e.DeskEvent]:
    return errand.ask_server(
        filled_command(c.ReadCommunityLog, {"community": errand.id, "after": errand.options.after})
    )


def _found_new(errand: CommunityErrand) -> list[e.DeskEvent]:
    return errand.ask_server(filled_command(c.FoundCommunity, dict(_given(errand, "name"))))


def _edit(errand: CommunityErrand) -> list[e.DeskEvent]:
    given = dict(_given(errand, "name", "hosting"))
    if not given:
        raise UsageError("say what to change, like --summary TEXT (see --help)")
    return errand.ask_server(filled_command(c.DescribeCommunity, {"community": errand.id, **given}))


def _given(errand: CommunityErrand, *also: str) -> Iterator[tuple[str, Any]]:
    for name in (*also, "summary", "about", "rules", "entry", "hidden"):
        value = getattr(errand.options, name)
        if value is not None:
            yield name, tuple(filter(None, value)) if isinstance(value, list) else value


def _act_on(command: type[Any]) -> Act:
    def act(errand: CommunityErrand) -> str:
        names = [each for each in ("reason", "seconds") if hasattr(errand.options, each)]
        return errand.about_person(
            command, **{each: getattr(errand.options, each) for each in names}
        )

    return act


def _role(errand: CommunityErrand) -> str:
    return errand.about_person(c.SetCommunityRole, role=errand.options.role)


def _room(errand: CommunityErrand) -> list[e.DeskEvent]:
    command = c.GiveUpCommunityRoom if errand.options.give_up else c.AddCommunityRoom
    fields = {"community": errand.id, "room": errand.options.room}
    if errand.address.host_token is not None:
        fields["host_token"] = errand.address.host_token
    return errand.ask_server(filled_command(command, fields))


def _close(errand: CommunityErrand) -> str:
    community = errand.details()
    what = f"close {community.name} for good"
    if not (errand.options.yes or _says_yes(what, f"Type yes to {what}: ")):
        return "nothing is closed"
    errand.ask_server(
        filled_command(
            c.CloseCommunity, {"community": community.id, "reason": errand.options.reason}
        )
    )
    return f"{community.name} is closed"
