"""Tests that commands, options, keys and files named in README, CONTRIBUTING and docs/ exist."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, get_args

import msgspec
import pytest

from roomcli.cli import main, settings
from roomcli.cli.parser import Parser
from roomcli.errors import UsageError
from roomcli.frontends.grammar import slash, usage
from roomcli.frontends.grammar.aliases import ALIASES
from roomcli.frontends.tui.keys import Keymap
from roomcli.protocol import commands as c
from roomcli.protocol import events as e
from roomcli.protocol.local import LocalEvent
from roomcli.protocol.tags import snake_case

from .. import ROOT
from ..support.plain_seat import seated
from .test_protocol import DOCUMENT as PROTOCOL

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PLACEHOLDERS = {
    "ID": "abc",
    "KEY": "0" * 32,
    "FILE": "standup.jsonl",
    "NAME": "standup",
    "DIR": "data",
    "ROOM": "standup",
}
BEFORE_A_VERB = ("ctl", "admin", "audit", "bans")
"""Words that begin a command line where the text has named ``roomcli`` before."""
OTHERS_OPTIONS = {
    "--no-repeat",
    "--release",
    "--quiet",
    "--constraint",
    "--editable",
    "--version",
    "--help",
    "--unix-socket",
    *("--now", "--permanent", "--add-port", "--reload", "--standalone", "--deploy-hook", "--build"),
    *("--rm", "--no-deps", "--entrypoint", "--wait"),
}
"""Options of sway, i3, pip, curl, systemctl, firewalld, certbot and docker, and those that need no
command."""
EXAMPLE_ARGUMENTS = {
    "host": "standup",
    "event": "list",
    "profile": "show",
    "community": "list",
    "ctl": "mute",
    "audit": "verify a",
    "completion": "bash",
    "bench": "wss://h",
    "admin": "reports list",
}
"""What a command needs to be parsed at all."""
PATHS_OF_THE_PORT = {"/rooms", "/rooms?after=NAME", "/r/ROOM", "/events.atom"}
PATHS_OF_THE_PORT |= {"/healthz", "/readyz", "/metrics"}


def spans(text: str) -> list[str]:
    """Return the texts between backticks, outside of code blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", text))


def lines(text: str) -> list[str]:
    """Return the lines of code blocks, without comments and prompts."""
    found = [line for block in BLOCK.findall(text) for line in block.splitlines()]
    return [re.sub(r"\s+#\s.*", "", line).removeprefix("$ ").strip() for line in found]


def command_lines(text: str) -> Iterator[str]:
    """Yield every command line of roomcli in a text, from the word ``roomcli`` on."""
    for line in lines(text):
        for part in re.split(r" && | ; | \| ", line):
            if found := re.search(r"(?:^|exec |bin/)(roomcli(?: .*)?)$", part):
                yield found[1]
    for span in spans(text):
        first = span.split()[0] if span.split() else ""
        if first == "roomcli":
            yield span
        elif first in BEFORE_A_VERB and " " in span:
            yield f"roomcli {'admin ' if first == 'bans' else ''}{span}"


class Parsed(BaseException):
    """Raised when a command has parsed its words, so that it does nothing more."""

    def __init__(self, parser: Parser, options: argparse.Namespace) -> None:
        super().__init__()
        self.parser, self.options = parser, options


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Let commands only parse their words; return the options of all parsers that are made."""
    options: set[str] = set()
    made, read = Parser.__init__, argparse.ArgumentParser.parse_args

    def remember(self: Parser, *words: Any, **more: Any) -> None:
        made(self, *words, **more)
        add = self._add_action

        def remember_option(action: Any) -> Any:
            options.update(action.option_strings)
            return add(action)

        self._add_action = remember_option  # type: ignore[method-assign]

    def stop(self: Parser, *words: Any) -> NoReturn:
        raise Parsed(self, read(self, *words))

    monkeypatch.setattr(Parser, "__init__", remember)
    monkeypatch.setattr(Parser, "parse_args", stop)
    return options


def understood(line: str) -> Parsed | None:
    """Parse a command line as the command does; return the result. Raises UsageError."""
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(line)][1:]
    if not words or words[0] in ("--version", "--help"):
        return None
    try:
        main._command(words[0])(words[1:])
    except Parsed as parsed:
        return parsed
    except SystemExit as stop:
        if "--help" not in words or stop.code != 0:
            raise
    return None


def is_only_named(line: str) -> bool:
    """Whether the text only names a command or a group of commands, and is no whole line."""
    words = line.split()[1:]
    return len(words) == 1 or (words[0] == "admin" and len(words) <= 3 and line.islower())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_is_one(page: Path, reading: set[str]) -> None:
    for line in command_lines(page.read_text()):
        words = line.split()[1:]
        if not words or is_only_named(line):
            assert set(words[:1]) <= {*main.COMMANDS, *main.HOME_OPTIONS, "--version"}, line
            if words[:1] == ["admin"]:
                understood(f"{line} --help")
            continue
        parsed = understood(line)
        if parsed is not None and words[0] == "ctl":
            verb = parsed.options.words[0]
            told = re.findall(r"[a-z_]+", parsed.parser.epilog or "")
            assert verb in {*told, *usage.COMMANDS, *ALIASES}, line


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_help_of_a_command_has_examples_that_are_command_lines(
    name: str, reading: set[str]
) -> None:
    with pytest.raises(Parsed) as parsed:
        main._command(name)(EXAMPLE_ARGUMENTS.get(name, "").split())
    examples = parsed.value.parser.examples
    assert len(examples) >= 2
    for words in examples:
        understood(f"roomcli {words.partition(' > ')[0]}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_is_one(page: Path, reading: set[str]) -> None:
    for name in main.COMMANDS:
        for words in ([], ["reports", "play"], ["reports", "list"], ["bans", "add"]):
            if words and name != "admin":
                continue
            with pytest.raises(SystemExit):
                main._command(name)([*words, "--help"])
    benchmarks = "".join(each.read_text() for each in (ROOT / "benchmarks").glob("*.py"))
    of_benchmarks = (
        set(re.findall(r'"(--[a-z-]+)"', benchmarks)) if "benchmarks" in page.name else set()
    )
    text = page.read_text()
    told = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", "\n".join((*spans(text), *lines(text)))))
    assert told - reading - of_benchmarks - OTHERS_OPTIONS == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_slash_command_is_one(page: Path) -> None:
    room = seated()
    plain = "".join(each.read_text() for each in (ROOT / "roomcli/frontends/plain").glob("*.py"))
    of_plain = set(re.findall(r'"/([a-z_]+)"', plain))
    for span in spans(page.read_text()):
        name, _, rest = span.removeprefix("/").partition(" ")
        if not re.match(r"/[a-z]", span) or span in PATHS_OF_THE_PORT or "/" in name:
            continue
        assert name in {*usage.COMMANDS, *ALIASES, *of_plain}, span
        if name not in usage.COMMANDS or not rest:
            continue
        if re.search(r"\b[A-Z]{2,}|\[", rest):  # how it is typed, not an example
            told = usage.USAGE[name].arguments
            assert re.sub(r"[][]", "", told).startswith(re.sub(r"[][]", "", rest)), (span, told)
        else:
            assert isinstance(slash.parse(span, room.room.model), c.Command), span


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_and_variable_is_one(page: Path) -> None:
    text = page.read_text()
    parts = (ROOT / "roomcli", ROOT / "server")
    sources = "".join(each.read_text() for part in parts for each in part.rglob("*.py"))
    known = {settings.variable(key) for key in settings.KEYS}
    known |= set(re.findall(r'"(ROOMCLI_[A-Z_]+)"', sources))
    assert set(re.findall(r"ROOMCLI_[A-Z_]*[A-Z]", text)) <= known
    keys = Keymap({})
    for name in re.findall(r"`([a-z_]+) = \"[^`]*`", text):
        assert name in settings.KEYS or keys.shown(name), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_module_is_there(page: Path) -> None:
    text = page.read_text()
    everywhere = [each for each in ROOT.rglob("*") if ".venv" not in each.parts]
    for span in spans(text):
        if re.fullmatch(r"[\w./]+\.py|(?:server|roomcli|tests|benchmarks)/[\w./]*", span):
            end = span.rstrip("/")
            assert any(str(each).endswith(f"/{end}") for each in everywhere), span
    for module in re.findall(r"python3? -m ((?:tests|benchmarks|roomcli|server)[\w.]*)", text):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_with_an_underscore_is_of_the_protocol_or_the_code(page: Path) -> None:
    sources = "".join(
        each.read_text()
        for folder in ("roomcli", "server", "benchmarks", "tests")
        for each in (ROOT / folder).rglob("*.py")
        if each != Path(__file__)
    )
    known = set(re.findall(r"\w+", sources))
    # The name of a message stands in the code as that of its struct.
    known |= {snake_case(each) for each in known if each[:1].isupper()}
    told = {
        span for span in spans(page.read_text()) if re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)+", span)
    }
    assert told - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_line_of_json_is_a_command_or_an_event(page: Path) -> None:
    events = {
        each.__struct_config__.tag for each in (*get_args(e.ServerMessage), *get_args(LocalEvent))
    }
    for line in lines(page.read_text()):
        if not line.startswith("{"):
            continue
        said = json.loads(line.replace("{…}", "{}").replace(",…", ""))
        if "command" in said:
            msgspec.convert(said, c.RoomCommand)
        else:
            assert said["event"] in events


def test_the_keys_of_the_readme_are_those_of_the_screen() -> None:
    table = (ROOT / "README.md").read_text().split("| key | what it does |")[1].split("\n\n")[0]
    told = re.findall(r"`([^`]+)`", "".join(row.split("|")[1] for row in table.splitlines()[2:]))
    source = (ROOT / "roomcli/frontends/tui/keys.py").read_text()
    source += (ROOT / "roomcli/frontends/tui/screens/room.py").read_text()
    bound = {key.lower() for keys in re.findall(r'"([^"\n]+)"', source) for key in keys.split(",")}
    written = {"/": "slash", ",": "comma", ".": "full_stop"}
    written |= {"<": "less_than_sign", ">": "greater_than_sign"}
    for key in told:
        names = {key.lower(), written.get(key.lower(), key.lower())}
        assert names & bound or key.isdigit() or key == "…", key


def test_this_finds_what_is_not_there(reading: set[str]) -> None:
    """Test the test itself: it reads the pages, and finds a made-up name."""
    read = list(command_lines((ROOT / "README.md").read_text()))
    assert "roomcli host standup" in read
    assert "roomcli ctl ptt down" in read
    assert "roomcli ctl raise" in read
    assert len(PROTOCOL) > 1000
    for line in ("roomcli host --nothing x", "roomcli bans", "roomcli admin bans drop"):
        with pytest.raises((UsageError, KeyError)):
            understood(line)
