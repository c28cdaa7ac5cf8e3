"""Enter a room, for ``join`` and ``host`` alike: options, person, devices and frontend."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from .. import folders
from ..audio import naming
from ..errors import AudioError, UsageError
from ..frontends.model.open_rooms import HomeServer
from ..frontends.model.own_settings import OwnSettings
from ..frontends.model.sound_memory import SoundMemory
from ..frontends.outcome import Outcome
from ..loading import loading
from ..protocol.address import Address, is_loopback, parse_address
from ..protocol.local import ConnectServer, Enter, Notices
from ..protocol.text import is_text
from . import (
    devices,
    exits,
    home_servers,
    people,
    piped_sound,
    recent_rooms,
    room_password,
    setting_values,
    settings,
    settings_file,
)
from .charset import ascii_alone
from .kept_devices import KeptDevices

if TYPE_CHECKING:
    from ..frontends.tui.screens.first_run import OwnAnswers

KeepAnswers = Callable[["OwnAnswers"], str]
"""Keeps what somebody answered at the first run; returns what to tell them, if anything."""

Face = Literal["tui", "plain", "jsonl"]


def add_options(
    parser: argparse.ArgumentParser, *, elsewhere: bool = True, faces: bool = True
) -> None:
    """Add the options that all commands which enter a room have.

    ``elsewhere``: the server can be chosen. ``faces``: the room can be shown without a screen.
    """
    if elsewhere:
        parser.add_argument(
            "--server", metavar="URL", help="the server, like wss://rooms.example.org"
        )
    parser.add_argument("--name", help="your name this time (default: that of your profile)")
    parser.add_argument("--headline", help="what you are known for, in a few words")
    parser.add_argument("--mic", metavar="DEVICE", help=f"microphone: {devices.MICROPHONE}")
    parser.add_argument("--speaker", metavar="DEVICE", help=f"speaker: {devices.SPEAKER}")
    if not faces:
        return
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--plain", action="store_true", help="line by line, for screen readers and pipes"
    )
    either.add_argument(
        "--jsonl", action="store_true", help="one JSON object a line: events out, commands in"
    )


def settled(options: argparse.Namespace) -> settings.Settings:
    """Load the settings in force, with the flags in ``options``.

    With ``--mic -`` standard input becomes the terminal. Raises AudioError, UsageError.
    """
    flags = {key: getattr(options, key, None) for key in settings.KEYS}
    if flags["mic"] == naming.STANDARD_INPUT:
        flags["mic"] = piped_sound.take_standard_input(
            for_commands=getattr(options, "jsonl", False)
        )
    return settings.load(flags)


def face(options: argparse.Namespace) -> Face:
    """Choose how the room is shown: on a screen if there is one to draw on, else line by line."""
    if options.jsonl:
        return "jsonl"
    if not options.plain and (says := ascii_alone(os.environ)) and sys.stderr.isatty():
        print(
            f"{says} says that this terminal shows ASCII alone, so the room comes line by line; "
            "LC_ALL=C.UTF-8 brings the screen",
            file=sys.stderr,
        )
    return "plain" if options.plain or not on_terminal() else "tui"


def enter_command(
    url: str,
    current: settings.Settings,
    *,
    intent: Literal["join", "host"],
    access: Literal["open", "invite"] = "open",
) -> Enter:
    """Make the frontend's first command. Raises AudioError for a sound file that cannot be read."""
    return Enter(
        url=url,
        name=current.name or people.name_of_account(),
        headline=current.headline or "",
        keeps_name="flag" in (current.sources["name"], current.sources["headline"]),
        intent=intent,
        access=access,
        mic=_device(current.mic, reads=True),
        speaker=_device(current.speaker, reads=False),
        password=room_password.given(),
        auto_mute=current.auto_mute or 0.0,
        sound=settings.sound_settings(current),
        udp=current.udp is not False,
        chimes=current.chimes,
        push_to_talk_anywhere=bool(current.push_to_talk_anywhere),
    )


def at(command: Enter, address: Address) -> Enter:
    """Return ``command`` with the room's address, known only when the server has started."""
    return msgspec.structs.replace(command, url=str(address))


def go(
    command: Enter,
    shown: Face,
    current: settings.Settings,
    share_line: str | None = None,
    *,
    own: Notices | None = None,
    keeps: bool = True,
) -> int:
    """Stay in the room until it is over and return the exit code.

    ``own`` are the notices of a server that was started for this stay, and are shown to its host.
    ``keeps``: the room is one of lately from then on, and home shows its server.
    """
    check_sound_libraries()
    address = parse_address(command.url)
    warn_if_open(address)
    if shown == "tui":
        left_out = "" if keeps else address.server
        servers = home_servers.to_show(address)
        return _run_app(command, servers, current, share_line, own, left_out=left_out)
    if shown == "jsonl":
        with loading():
            from ..engine.process import run_stdio
            from ..frontends.grammar.script import Script

        code = run_stdio(command, own, Script())
    else:
        from ..frontends.plain.program import run_plain

        def stay(command: Enter) -> Outcome:
            return run_plain(
                command,
                share_line=share_line,
                notices=own,
                keep_device=KeptDevices(current).keep,
                sound=_sound_memory(command, current),
                log=_log(),
            )

        code = _conclude(room_password.asked_for(command, stay))
    if keeps and code in (exits.DONE, exits.INTERRUPTED):
        recent_rooms.note_entry(command.url)
    return code


def stay_home(server: Address | None, current: settings.Settings, shown: Face = "tui") -> int:
    """Show home, and the rooms that are entered from there, and return the exit code.

    ``server`` is shown before the others that the user is used to. Without any there is nothing to
    enter, and nobody is asked who they are.
    """
    check_sound_libraries()
    servers = home_servers.to_show(server)
    if not servers:
        return _run_app(Enter(url="", name=people.name_of_account()), (), current)
    for each in servers:
        warn_if_open(parse_address(each.url))
    command = enter_command("", current, intent="join")
    if shown == "tui":
        return _run_app(command, servers, current)
    if shown == "jsonl":
        return _tell_home(command, servers)
    return _say_home(command, servers, KeptDevices(current), _sound_memory(command, current))


def ask_who(current: settings.Settings, keep: KeepAnswers) -> int:
    """Ask what the first run asks, and nothing more; return the exit code."""
    check_sound_libraries()
    command = enter_command("", current, intent="join")
    return _run_app(command, (), current, newcomer=keep)


def _tell_home(command: Enter, servers: Sequence[HomeServer]) -> int:
    """Write the news of home as JSON lines, and obey those that come in."""
    from ..engine.process import run_stdio
    from ..frontends.grammar.script import Script

    homes = [home_command(command, each.url) for each in servers]
    return run_stdio(homes, None, Script())


def home_command(who: Enter, url: str) -> ConnectServer:
    """Return the command to be at home at a server, as who enters rooms."""
    return ConnectServer(url=url, name=who.name, headline=who.headline, keeps_name=who.keeps_name)


def _say_home(
    command: Enter, servers: Sequence[HomeServer], devices: KeptDevices, sound: SoundMemory
) -> int:
    """Be at home and in rooms line by line."""
    from ..frontends.plain.home import Entering
    from ..frontends.plain.home_program import run_plain_home
    from ..frontends.plain.program import run_plain

    def stay(command: Enter) -> Outcome:
        entered = msgspec.structs.replace(devices.applied(command), sound=sound.sound)
        return run_plain(entered, keep_device=devices.keep, sound=sound, log=_log())

    kept = home_servers.ListedServers()
    while True:
        who = partial(home_command, command)
        chosen, servers = run_plain_home(who, servers, kept, log=_log())
        if not isinstance(chosen, Entering):
            return _conclude(chosen)
        try:
            url = chosen.server.address(chosen.room)
        except UsageError as error:
            print(error, file=sys.stderr)
            continue
        outcome = room_password.asked_for(msgspec.structs.replace(command, url=url), stay)
        if outcome.exit_code == exits.DONE:
            recent_rooms.note_entry(url)
        if outcome.exit_code == exits.INTERRUPTED:
            return _conclude(outcome)
        print(outcome.text or "You are at home again")


def _run_app(
    command: Enter,
    servers: tuple[HomeServer, ...],
    current: settings.Settings,
    share_line: str | None = None,
    own: Notices | None = None,
    *,
    left_out: str = "",
    newcomer: KeepAnswers | None = None,
) -> int:
    with loading():
        from ..frontends.tui.launch import run_app

    if servers and not current.name:
        newcomer = people.keep

    def entered(url: str) -> None:
        if parse_address(url).server != left_out:
            recent_rooms.note_entry(url)

    outcome = run_app(
        command,
        servers,
        kept=home_servers.ListedServers(),
        entered=entered,
        log=_log(),
        newcomer=newcomer,
        share_line=share_line,
        ends_room=own is not None,
        notices=own,
        theme=current.theme,
        keep_theme=partial(_keep_theme, current),
        keep_device=KeptDevices(current).keep,
        sound=_sound_memory(command, current),
        keys=current.keys,
        calls=settings.call_settings(current),
        own_settings=OwnSettings(setting_values.read_value, setting_values.set_value),
    )
    return _conclude(outcome)


def _keep_theme(current: settings.Settings, name: str) -> str:
    settings_file.save({"theme": name})
    if current.sources.get("theme") != "environment":
        return ""
    return f"{settings.variable('theme')} goes before the theme that you choose here"


def _sound_memory(command: Enter, current: settings.Settings) -> SoundMemory:
    return SoundMemory(command.sound, partial(_keep_sound, current))


def _keep_sound(current: settings.Settings, changes: Mapping[str, str | bool]) -> str:
    settings_file.save(changes)
    for name in changes:
        if current.sources.get(name) == "environment":
            return f"{settings.variable(name)} goes before what you switch here, the next time"
    return ""


def _log() -> Path:
    return folders.log_folder() / "roomcli.log"


def _conclude(outcome: Outcome) -> int:
    """Tell the last line of a stay and return its exit code."""
    if outcome.text:
        print(outcome.text, file=sys.stdout if outcome.exit_code == exits.DONE else sys.stderr)
    return outcome.exit_code


def check_sound_libraries() -> None:
    if not all(map(find_spec, ("numpy", "opuslib"))):
        raise AudioError(
            "this platform has no sound libraries for roomcli: `roomcli serve` works, rooms do not"
        )


def warn_if_open(address: Address) -> None:
    """Warn if the connection is not encrypted, so that everyone on the way can listen in."""
    if not address.tls and not is_loopback(address.host):
        print(
            f"not encrypted: everyone between you and {address.server} can listen in "
            "(wss:// is encrypted)",
            file=sys.stderr,
            flush=True,
        )


def _device(spec: str | None, *, reads: bool) -> str | None:
    """Return a device in the form that the engine wants, with whole paths for files.

    Raises AudioError for a file that cannot be played or written.
    """
    kind, rest = naming.parse(spec, speaker=not reads)
    if kind == "pipe":
        piped_sound.check_open(naming.descriptor(rest))
    if kind != "file":
        return None if naming.is_default(spec) else spec
    path = naming.file_path(rest)
    action, where, right = (
        ("read", path, os.R_OK) if reads else ("write", path.parent, os.W_OK | os.X_OK)
    )
    if not where.exists():
        raise AudioError(f"cannot {action} {path}: there is no {where}")
    if path.is_dir():
        raise AudioError(f"cannot {action} {path}: it is a folder")
    if not os.access(where, right) or (path.exists() and not os.access(path, right & ~os.X_OK)):
        raise AudioError(f"cannot {action} {path}: you have no right to")
    whole = path.absolute()
    if not is_text(str(whole)):
        raise AudioError(f"cannot {action} {str(whole)!r}: its name is not UTF-8, rename it")
    if reads:
        _check_playable(path)
    return f"file:{whole}"


def _check_playable(path: Path) -> None:
    if not path.is_file():
        raise AudioError(f"cannot read {path}: it is no file")
    try:
        from ..audio.file_device import FileInput
    except ImportError:  # `go` says what is missing
        return
    FileInput(path).close()


def can_ask() -> bool:
    """Whether somebody sits at a terminal, to be asked something."""
    streams = (sys.stdin, sys.stdout)
    return all(each is not None and each.isatty() for each in streams)


def on_terminal() -> bool:
    """Whether there is a terminal to draw on, with more than ASCII, and a keyboard."""
    dumb = os.environ.get("TERM") == "dumb"
    return can_ask() and not dumb and not ascii_alone(os.environ)
