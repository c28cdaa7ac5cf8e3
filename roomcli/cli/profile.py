"""``roomcli profile``: who you are on a server; all that it holds about you."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ..errors import RoomcliError, UsageError
from ..frontends.words.profile_words import FIELDS, person_lines
from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.profile import MAX_LINKS, Profile
from . import exits, profile_claims, profile_keys, profile_union
from .errand import ServerErrand
from .filling import check_texts, filled_command
from .named_people import named_person
from .parser import Parser, WordParser
from .profile_text import changes_in, text_of


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    options.act(options)
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli profile``."""
    parser = Parser(
        "profile",
        "Who you are on a server: what you say of yourself there.",
        examples={
            "profile show": "what others read of you",
            "profile edit": "fill it in, in your editor",
            "profile export > me.json": "all that the server holds about you",
        },
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=WordParser)
    verb = _verb(verbs, "show", "what somebody says of themselves; alone, you", _show)
    verb.add_argument("person", nargs="?", metavar="PERSON", help="a name, or the id")
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb = _verb(verbs, "edit", "change your profile; without options, in your editor", _edit)
    for field in Profile.__struct_fields__:
        if field != "links":
            metavar = "public" if field == "page" else "TEXT"
            verb.add_argument(f"--{field}", metavar=metavar, help=f"{FIELDS[field]}; '' removes it")
    verb.add_argument(
        "--link",
        dest="links",
        action="append",
        metavar="URL",
        help=f"in place of all before, at most {MAX_LINKS} times; '' removes them",
    )
    profile_claims.add_verbs(verbs)
    profile_keys.add_verbs(verbs)
    profile_union.add_verb(verbs)
    _verb(verbs, "export", "all that the server holds about you, as JSON", _export)
    verb = _verb(verbs, "delete", "delete all that the server holds about you", _delete)
    verb.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _verb(verbs: Any, name: str, what: str, act: Callable[[argparse.Namespace], None]) -> Parser:
    verb: Parser = verbs.add_parser(name, help=what, description=f"{what.capitalize()}.")
    verb.add_argument(
        "--server", metavar="URL", help="on this server, not the configured or the local one"
    )
    verb.set_defaults(act=act)
    return verb


class ProfileErrand(ServerErrand):
    """The server that the command is about."""

    def shown_profile(self, person: str | None = None) -> e.ProfileShown:
        """Return what the server shows of somebody, or of oneself."""
        (shown,) = self.ask_server(c.ShowProfile(person=person))
        assert isinstance(shown, e.ProfileShown)
        return shown

    def profile(self, person: str | None = None) -> Profile:
        """Return somebody's profile, or one's own."""
        return self.shown_profile(person).profile


def _show(options: argparse.Namespace) -> None:
    check_texts(options.person)
    server, person = ProfileErrand(options), options.person
    if person is not None:
        person = named_person(person, server.ask_server)
    shown = server.shown_profile(person)
    if options.json:
        print(json.dumps(msgspec.to_builtins(shown.profile)))
        return
    for line in person_lines(shown, time.time()):
        print(line)


def _edit(options: argparse.Namespace) -> None:
    server = ProfileErrand(options)
    given = {field: getattr(options, field) for field in Profile.__struct_fields__}
    changes = {field: value for field, value in given.items() if value is not None}
    if "links" in changes:
        changes["links"] = tuple(each for each in changes["links"] if each)
        if len(changes["links"]) > MAX_LINKS:
            raise UsageError(f"a profile has {MAX_LINKS} links at most")
    if changes:
        server.ask_server(filled_command(c.ChangeProfile, changes))
    elif not _edited(server):
        print("nothing is changed")
        return
    print(f"your profile on {server.address.server} is changed")


def _edited(server: ProfileErrand) -> bool:
    """Let the person edit their profile as a text; return whether they changed anything.

    What cannot be taken is kept in its file.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise UsageError("no editor is set (EDITOR): say what to change, like --headline TEXT")
    profile = server.profile()
    folder = Path(tempfile.mkdtemp(prefix="roomcli-"))  # for the person alone
    path = folder / "profile.toml"
    path.write_text(text_of(profile, server.address.server), "utf-8")
    try:
        try:
            ended = subprocess.run([*shlex.split(editor), str(path)], check=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"the editor {editor} cannot be started: {error}") from None
        if ended.returncode:
            raise UsageError(f"the editor {editor} failed: nothing is changed")
        changes = changes_in(path.read_text("utf-8", errors="replace"), profile)
        if changes:
            server.ask_server(filled_command(c.ChangeProfile, changes))
    except RoomcliError as error:
        error.args = (f"{error}; your text is in {path}",)
        raise
    path.unlink(missing_ok=True)
    folder.rmdir()
    return bool(changes)


def _export(options: argparse.Namespace) -> None:
    held = [each for each in ProfileErrand(options).ask_server(c.ExportProfile())]
    things = [{"kind": each.kind, **each.thing} for each in held if isinstance(each, e.ThingHeld)]
    print(json.dumps(things, ensure_ascii=False, indent=2))


def _delete(options: argparse.Namespace) -> None:
    server = ProfileErrand(options)
    what = f"all that {server.address.server} holds about you"
    if not options.yes:
        if not sys.stdin.isatty():
            raise UsageError(f"this deletes {what}, but for what moderators did: --yes says so")
        print(f"This deletes {what}, but for what moderators did. Type yes to go on: ", end="")
        if input().strip().casefold() != "yes":
            print("nothing is deleted")
            return
    server.ask_server(c.DeleteProfile())
    print(f"{what} is deleted")
