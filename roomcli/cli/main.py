"""The command line: find the command that is meant, and tell a failure in one clear line.

At the top only the version is imported, so that `roomcli --version` costs as much as starting
Python does; a command is imported when it is asked for.
"""

from __future__ import annotations

import sys

from ..frame_stack import call_with_room
from ..version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "host": ("host", "open a room, on a server of its own unless you name one"),
    "join": ("join", "enter a room"),
    "demo": ("demo", "see and hear a room full of people, without any"),
    "lobby": ("home", "what goes on at a server: rooms, events, communities, people"),
    "alias": ("alias", "give the long line of a room a short name"),
    "rooms": ("rooms", "list the open rooms of a server"),
    "event": ("event", "what is planned on a server, and whether you come"),
    "profile": ("profile", "who you are on a server, and all that it holds about you"),
    "community": ("community", "communities of a server: find, join, found, moderate"),
    "ctl": ("ctl", "do something in the open room, from a script or a hotkey"),
    "audit": ("audit", "check an exported moderation log"),
    "devices": ("devices", "list microphones and speakers"),
    "echo": ("echo", "hear yourself, and what is wrong with your sound"),
    "doctor": ("doctor", "check what a room needs, and say what is missing"),
    "setup": ("setup", "answer the questions of the first run again: name, microphone, speakers"),
    "config": ("configuration", "show the settings and where each comes from"),
    "completion": ("completion", "what completes these words in bash, zsh and fish"),
    "serve": ("serve", "run a server"),
    "bench": ("bench", "let many people speak and listen on a server, and see how it bears them"),
    "admin": ("admin", "reports, bans and rooms of a server of yours"),
}
"""Name of a command → (module in this package, one line of help).

A module holds ``run(argv: list[str]) -> int``, which gets the words after the command's name and
returns the exit code. It is imported only when its command is asked for.
"""

HOME_OPTIONS = ("--plain", "--jsonl", "--server")
"""Options that are understood without a command: it is home then."""
SOUND = {"roomcli.audio.portaudio", "roomcli.audio.pulse.mainloop"}
"""What leaves threads behind that a process cannot end in order."""
MAX_LINE = 2000
"""Longest line that tells why a command failed, in characters."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; no traceback gets through.

    Without ``argv`` this is the whole process, and the call may end it instead of returning.
    """
    if argv is not None:
        return _result(argv)
    code = call_with_room(_result, sys.argv[1:])
    if SOUND & sys.modules.keys():
        from ..audio.portaudio import end_process

        end_process(code)
    return code


def _result(words: list[str]) -> int:
    try:
        _fill_closed_streams()
        _print_anything()
        try:
            code = _run_command(words)
        except SystemExit as stop:  # argparse, after --help
            code = _code_of(stop)
        _flush()
        return code
    except BaseException as error:
        return _ended_by(error)


def _run_command(words: list[str]) -> int:
    from . import exits

    if any("roomcli" in each for each in words):
        from .pasted import unfolded

        words = unfolded(words)
    first = words[0] if words else ""
    if first in ("--version", "-V"):
        print(f"roomcli {VERSION}")
        return exits.DONE
    if first in ("--help", "-h", "help"):
        print(_help(), end="")
        return exits.DONE
    if first.partition("=")[0] in HOME_OPTIONS:
        return _command("lobby")(words)
    if first in COMMANDS:
        return _command(first)(words[1:])
    from ..errors import UsageError

    if first:
        raise UsageError(_unknown(first))
    if sys.stdout is None or not sys.stdout.isatty():
        raise UsageError("which command? `roomcli --help` lists them")
    from .entrance import on_terminal

    if on_terminal():
        from .home import open_home

        return open_home()
    print(_first_steps())
    return exits.DONE


def _command(name: str) -> Callable[[list[str]], int]:
    from importlib import import_module

    module = import_module(f"{__package__}.{COMMANDS[name][0]}")
    run: Callable[[list[str]], int] = module.run
    return run


def _first_steps() -> str:
    from ..frontends.words.first_steps import FIRST_STEPS, MORE

    steps = "\n".join(f"  {command:<25} {does}" for command, does in FIRST_STEPS)
    return f"roomcli: a live audio room in your terminal\n\n{steps}\n\n{MORE}"


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return (
        "usage: roomcli [COMMAND [OPTION...]]\n\n"
        "A live audio room in a terminal: a stage, an audience, raised hands. Without a command\n"
        "roomcli shows what goes on at your server; --plain says it in lines.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "`roomcli COMMAND --help` says more; `roomcli --version` says which version this is.\n"
    )


def _unknown(word: str) -> str:
    from difflib import get_close_matches

    if word.startswith("-"):
        return f"unknown option {word}: options come after a command (see roomcli --help)"
    near = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean `roomcli {near[0]}`?" if near else "`roomcli --help` lists the commands"
    return f"unknown command {word!r}: {hint}"


def _ended_by(error: BaseException) -> int:
    """Tell the person in one line why the command failed, and return its exit code."""
    from ..errors import RoomcliError
    from . import exits

    while isinstance(error, BaseExceptionGroup):  # tasks fail in groups; one reason is enough
        known, _ = error.split((KeyboardInterrupt, RoomcliError))
        if known is None:
            break
        error = known.exceptions[0]
    if isinstance(error, BrokenPipeError):
        _abandon_output()  # the reader is gone: there is nobody to tell
        return exits.FAILED
    if isinstance(error, KeyboardInterrupt):
        return exits.INTERRUPTED
    if isinstance(error, RoomcliError):
        _say_line(str(error))
    elif isinstance(error, OSError):
        _abandon_output()
        where = f"{error.filename}: " if error.filename else ""
        _say_line(f"{where}{error.strerror or error}")
        _record(error)
    else:
        log = _record(error)
        details = f"the details are in {log}" if log else repr(error)
        _say_line(f"roomcli met a fault of its own; {details}")
    return exits.exit_code(error)


def _say_line(text: str) -> None:
    from contextlib import suppress

    from ..protocol.text import cleaned

    with suppress(OSError, ValueError):  # text of a server or a file may be in it
        visible = text.encode("utf-8", "backslashreplace").decode()
        print(f"roomcli: {cleaned(visible, MAX_LINE)}", file=sys.stderr, flush=True)


def _record(error: BaseException) -> str | None:
    """Write the traceback to the log file and return its path, or None if it cannot be written."""
    import os
    import time
    import traceback

    from ..errors import RoomcliError
    from ..folders import log_folder, opened_log

    try:
        path = log_folder() / "roomcli.log"
        with os.fdopen(opened_log(path), "a", encoding="utf-8") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} roomcli {VERSION}\n")
            log.writelines(traceback.format_exception(error))
    except (OSError, RoomcliError):
        return None
    return str(path)


def _code_of(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    _say_line(str(stop.code))
    return 1


def _fill_closed_streams() -> None:
    """Open closed standard streams on the null device, so that no other file gets their numbers."""
    import os

    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _print_anything() -> None:
    """Escape letters that the terminal's encoding lacks: a name must not end a command."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _abandon_output() -> None:
    """Discard further output, so that Python's own flush at exit does not fail."""
    import os

    if sys.stdout is not None:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (OSError, ValueError):
            return
