"""Tests of what comes before a room: password, look, home; and what the frontend is told."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from roomcli.cli import entrance, exits, main, recent_rooms, room_password, settings
from roomcli.frontends.model.open_rooms import HomeServer
from roomcli.frontends.outcome import Outcome
from roomcli.frontends.tui.screens.first_run import OwnAnswers
from roomcli.protocol.address import parse_server
from roomcli.protocol.local import Enter

from ..test_folders import settle

DONE = Outcome(0, "", "left")
NEEDED = Outcome(4, "standup wants a password: ask a host for it", "password_needed")
WRONG = Outcome(4, "that is not the room's password", "wrong_password")
URL = "wss://h/r/standup"


class Screen:
    """Replaces the frontends: remembers what it was given and ends as it is told to."""

    def __init__(self) -> None:
        self.entered: list[Enter] = []
        self.looks: list[tuple[object, object]] = []
        self.outcomes = [DONE]
        self.chooses = ""
        self.enters: list[str] = []
        self.remarks: list[str] = []
        self.homes: list[tuple[HomeServer, ...]] = []
        self.newcomers: list[Any] = []

    def run_app(
        self,
        enter: Enter,
        servers: tuple[HomeServer, ...] = (),
        *,
        theme: object = None,
        keys: object = None,
        **more: Any,
    ) -> Any:
        """Act as the app, or as the lines of a room."""
        self.homes.append(servers)
        self.newcomers.append(more.get("newcomer"))
        self.entered.append(enter)
        self.looks.append((theme, keys))
        for url in self.enters:
            more["entered"](url)
        if self.chooses:
            self.remarks.append(more["keep_theme"](self.chooses))
            self.chooses = ""
        return self.outcomes.pop(0)

    @property
    def passwords(self) -> list[str | None]:
        """The passwords that were tried, in order."""
        return [each.password for each in self.entered]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv(room_password.VARIABLE, raising=False)
    return settle(monkeypatch, tmp_path)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    stand_in = Screen()
    replace_module(monkeypatch, "roomcli.frontends.plain.program", run_plain=stand_in.run_app)
    replace_module(monkeypatch, "roomcli.frontends.tui.launch", run_app=stand_in.run_app)
    return stand_in


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put somebody at a terminal; return the list of passwords that they will type."""
    typed: list[str] = []
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(room_password, "getpass", lambda prompt: typed.pop(0))
    return typed


def replace_module(
    monkeypatch: pytest.MonkeyPatch, name: str, **functions: Callable[..., object]
) -> None:
    module = ModuleType(name)
    vars(module).update(functions)
    monkeypatch.setitem(sys.modules, name, module)


def test_a_password_is_asked_for_and_the_room_entered_again(
    screen: Screen, terminal: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    screen.outcomes = [NEEDED, WRONG, DONE]
    terminal += ["sesam", "sesame"]
    assert main.main(["join", URL, "--plain"]) == exits.DONE
    assert screen.passwords == [None, "sesam", "sesame"]
    assert terminal == []
    assert capsys.readouterr().err == f"{NEEDED.text}\n{WRONG.text}\n"


def test_a_room_that_was_entered_is_one_of_lately(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen.outcomes = [Outcome(4, "no", "banned"), DONE]
    for lately in ([], ["wss://h:7420/r/standup"]):
        main.main(["join", URL, "--plain"])
        assert [str(each) for each in recent_rooms.latest()] == lately
    screen.outcomes, screen.enters = [DONE], ["wss://other/r/tea#invite=x", "wss://gone/r/demo"]
    monkeypatch.setattr(entrance, "on_terminal", lambda: True)
    entering = Enter(url="wss://gone/r/demo", name="Ann")
    entrance.go(entering, "tui", settings.load(), keeps=False)
    assert str(recent_rooms.latest()[0]) == "wss://other:7420/r/tea", "not of a server that is gone"
    assert len(recent_rooms.latest()) == 2


def test_only_a_name_of_the_moment_goes_before_that_of_the_profile(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMCLI_NAME", "Ann")
    screen.outcomes = [DONE, DONE, DONE]
    for options in ([], ["--name", "Anna"], ["--headline", ""]):
        assert main.main(["join", URL, "--plain", *options]) == exits.DONE
    assert [each.keeps_name for each in screen.entered] == [False, True, True]


def test_after_three_tries_it_is_over(screen: Screen, terminal: list[str]) -> None:
    screen.outcomes = [NEEDED, WRONG, WRONG, WRONG]
    terminal += ["a", "b", "c", "d"]
    assert main.main(["join", URL, "--plain"]) == exits.REFUSED
    assert terminal == ["d"]


def test_who_types_none_stays_outside(
    screen: Screen, terminal: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    screen.outcomes = [NEEDED]
    terminal += [""]
    assert main.main(["join", URL, "--plain"]) == exits.REFUSED
    assert capsys.readouterr().err == f"{NEEDED.text}\n"


def test_the_environment_is_asked_first(
    screen: Screen, terminal: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(room_password.VARIABLE, "old")
    screen.outcomes = [WRONG, DONE]
    terminal += ["sesame"]
    assert main.main(["join", URL, "--plain"]) == exits.DONE
    assert screen.passwords == ["old", "sesame"]


def test_a_password_that_is_no_text_is_one_line(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(room_password.VARIABLE, "sesam\udce9")
    assert main.main(["join", URL, "--plain"]) == 2
    assert capsys.readouterr().err == f"roomcli: {room_password.VARIABLE} is not UTF-8\n"


def test_no_other_refusal_asks_for_a_password(screen: Screen, terminal: list[str]) -> None:
    screen.outcomes = [Outcome(4, "you are banned", "banned")]
    assert main.main(["join", URL, "--plain"]) == exits.REFUSED


def test_without_a_terminal_it_says_where_a_password_goes(
    screen: Screen, capsys: pytest.CaptureFixture[str]
) -> None:
    screen.outcomes = [NEEDED]
    assert main.main(["join", URL]) == exits.REFUSED
    advice = "set ROOMCLI_ROOM_PASSWORD to it, or come by an invite"
    assert capsys.readouterr().err == f"{NEEDED.text}; {advice}\n"


def test_jsonl_takes_it_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[Enter] = []

    def run_stdio(enter: Enter, *_: object) -> int:
        entered.append(enter)
        return 4

    replace_module(monkeypatch, "roomcli.engine.process", run_stdio=run_stdio)
    monkeypatch.setenv(room_password.VARIABLE, "sesame")
    assert main.main(["join", URL, "--jsonl"]) == exits.REFUSED
    assert [each.password for each in entered] == ["sesame"]


def test_looks_keys_and_silence_reach_the_screen(
    screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "config/roomcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('name = "Ann"\ntheme = "nord"\nauto_mute = 30\n[keys]\nraise_hand = "j"\n')
    monkeypatch.setattr(entrance, "on_terminal", lambda: True)
    assert main.main(["join", URL]) == exits.DONE
    assert screen.looks == [("nord", {"raise_hand": "j"})]
    assert screen.entered[0].auto_mute == 30.0


def test_a_theme_that_is_chosen_is_the_next_ones(
    screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = home / "config/roomcli/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('# mine\nname = "Ann"\ntheme = "nord"  # at night\n[keys]\nwrite = "w"\n')
    monkeypatch.setattr(entrance, "on_terminal", lambda: True)
    screen.outcomes, screen.chooses = [NEEDED, DONE, DONE], "gruvbox"
    assert main.main(["join", URL]) == exits.REFUSED
    assert main.main(["join", URL]) == exits.DONE
    assert [theme for theme, _ in screen.looks] == ["nord", "gruvbox"]
    assert config.read_text() == (
        '# mine\nname = "Ann"\ntheme = "gruvbox"  # at night\n[keys]\nwrite = "w"\n'
    )
    assert screen.remarks == [""]
    monkeypatch.setenv("ROOMCLI_THEME", "nord")
    screen.chooses = "dracula"
    assert main.main(["join", URL]) == exits.DONE
    assert screen.remarks[-1].startswith("ROOMCLI_THEME goes before")


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(entrance, "on_terminal", lambda: True)
    return main.main([*words])


@pytest.mark.parametrize(
    ("words", "url"),
    [
        (("lobby", "--server", f"wss://h#pin={'c' * 64}", "--name", "Ann"), ""),
        (("join", f"wss://h/r/standup#pin={'c' * 64}&invite=x", "--name", "Ann"), "standup"),
    ],
)
def test_home_has_the_rooms_of_the_server_that_is_named(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str
) -> None:
    assert at_a_terminal(monkeypatch, *words) == exits.DONE
    ((home,),) = screen.homes
    assert home.name == "wss://h:7420"
    assert home.address("retro") == f"wss://h:7420/r/retro#pin={'c' * 64}"
    assert parse_server(home.url).pin == "c" * 64
    assert (screen.entered[0].intent, screen.entered[0].name) == ("join", "Ann")
    assert screen.entered[0].url.partition("#")[0].rpartition("/r/")[2] == url
    assert screen.newcomers == [None], "who has a name is not asked for it"


def test_roomcli_alone_is_home(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", type("Shown", (io.StringIO,), {"isatty": lambda _: True})())
    assert at_a_terminal(monkeypatch) == exits.DONE
    assert screen.homes == [()], "no server is known"
    assert screen.newcomers == [None], "nobody is asked who they are where they cannot go in"
    monkeypatch.setenv("ROOMCLI_SERVER", "wss://h")
    screen.outcomes = [DONE]
    assert at_a_terminal(monkeypatch) == exits.DONE
    assert [server.name for server in screen.homes[1]] == ["wss://h:7420"]
    assert screen.newcomers[1] is not None
    assert screen.entered[1].url == ""


def test_setup_asks_again_with_what_is_known(
    screen: Screen,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["setup"]) == exits.WRONG_USAGE
    assert "`roomcli config set name NAME`" in capsys.readouterr().err
    file = home / "config/roomcli/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text('# mine\nname = "Ann"\nheadline = "Maps"\n')
    monkeypatch.setenv("ROOMCLI_SERVER", "wss://h")
    assert at_a_terminal(monkeypatch, "setup") == exits.DONE
    assert capsys.readouterr().out == f"saved in {file}\n"
    assert (screen.entered[0].name, screen.entered[0].headline) == ("Ann", "Maps")
    assert (screen.entered[0].url, screen.homes) == ("", [()]), "nothing is entered"
    (keep,) = screen.newcomers
    assert keep(OwnAnswers("Anna", "", "USB")) == ""
    assert file.read_text() == '# mine\nname = "Anna"\nheadline = ""\nmic = "USB"\n'
    file.unlink()
    file.mkdir()
    assert "Is a directory" in keep(OwnAnswers("Ann", ""))


def test_what_a_new_user_answers_is_kept_and_a_fault_is_told(
    screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert at_a_terminal(monkeypatch, "join", URL) == exits.DONE
    (keep,) = screen.newcomers
    assert keep(OwnAnswers("Ann", "Maps", None, "Headphones")) == ""
    file = home / "config/roomcli/config.toml"
    assert file.read_text() == 'name = "Ann"\nheadline = "Maps"\nspeaker = "Headphones"\n'
    file.unlink()
    file.mkdir()
    assert keep(OwnAnswers("Ann", "")).endswith("you will be asked again next time")
