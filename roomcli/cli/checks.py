"""Checks of what a room needs from a machine; each says what is wrong and what to do."""

from __future__ import annotations

import contextlib
import locale
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .. import folders
from ..audio import naming
from ..errors import AudioError, CommandRefused, RoomcliError
from ..protocol.address import parse_address, parse_server
from . import configuration, devices, inquiry, notes, people, settings

if TYPE_CHECKING:
    from ..audio.device import DeviceInfo

COLUMNS, LINES = 40, 12
"""Smallest terminal size at which the screen still shows who speaks."""


@dataclass(frozen=True)
class Check:
    """The result of one check. Without what is ``essential`` nobody can take part by ear."""

    what: str
    ok: bool
    text: str
    remedy: str = ""
    essential: bool = False


def all_checks() -> Iterable[Check]:
    """Run all checks and yield their results; a check that fails itself gives a result too."""
    yield _guarded("settings", _settings)
    yield _guarded("folders", _folders)
    yield _guarded("codec", _codec)
    yield from _sound()
    yield _guarded("terminal", _terminal, essential=False)
    yield _guarded("server", _server)
    yield _guarded("udp", _udp, essential=False)
    yield _guarded("held key", _held_key, essential=False)


def _guarded(what: str, check: Callable[[], Check], *, essential: bool = True) -> Check:
    try:
        return check()
    except RoomcliError as error:
        text, _, remedy = str(error).partition(": ")
        return Check(what, False, text, remedy, essential)
    except Exception as error:  # whatever it is, the other checks still run
        return Check(what, False, f"{type(error).__name__}: {error}", essential=essential)


def _settings() -> Check:
    faults = configuration.unusable(settings.load())
    if faults:
        return Check("settings", False, "; ".join(faults), "the screen goes on without")
    return Check("settings", True, configuration.where())


def _folders() -> Check:
    places = (folders.data_folder(), folders.log_folder(), folders.runtime_folder())
    return Check("folders", True, ", ".join(map(str, places)))


def _codec() -> Check:
    from ..audio.opus import libopus

    found = libopus()
    return Check("codec", True, f"{found.version} ({found.origin})")


def _sound() -> Iterable[Check]:
    """Check the sound system and its devices; without a microphone one can still listen."""
    try:
        from ..audio.devices import list_devices

        found = list_devices()
        yield _guarded("sound", _sound_system)
    except (AudioError, ImportError, OSError) as error:
        text, _, remedy = str(error).partition(": ")
        yield Check("sound", False, text, remedy, essential=True)
        return
    where = " of the machine you are logged in to over SSH" if devices.over_ssh() else ""
    by_kind = {"microphone": devices.microphones(found), "speaker": devices.speakers(found)}
    for kind, essential in (("microphone", False), ("speaker", True)):
        these = by_kind[kind]
        wanted = _wanted(kind)
        if wanted and not naming.is_card(wanted):
            yield Check(kind, True, f"{wanted}, as your settings have it")
        elif these:
            count = f"{len(these)} {kind}{'s' if len(these) > 1 else ''}{where}"
            names = ", ".join(each.name + _mark(each, kind) for each in these)
            yield _guarded(
                kind, partial(_found, kind, wanted, f"{count}: {names}"), essential=essential
            )
        else:
            yield Check(kind, False, f"no {kind}{where}", _without(kind), essential)
    if sys.platform == "darwin" and by_kind["microphone"]:
        yield _guarded("permission", _permission, essential=False)


def _sound_system() -> Check:
    """Tell which sound system has the cards, and how much sound it holds back."""
    from ..audio.devices import describe_speakers
    from ..audio.sound_system import find_sound_system

    words = find_sound_system().words
    with contextlib.suppress(AudioError):  # without speakers: that is a check of its own
        words = "; ".join(filter(None, (words, describe_speakers())))
    return Check("sound", True, words)


def _wanted(kind: str) -> str | None:
    """Return the device in the settings, or None if they cannot be read (told elsewhere)."""
    try:
        current = settings.load()
    except RoomcliError:
        return None
    return current.mic if kind == "microphone" else current.speaker


def _mark(device: DeviceInfo, kind: str) -> str:
    default = device.default_input if kind == "microphone" else device.default_output
    return " (default)" if default else ""


def _found(kind: str, wanted: str | None, text: str) -> Check:
    """Check that the wanted device exists; ``text`` says which ones do. Raises AudioError."""
    if not wanted:
        return Check(kind, True, text)
    from ..audio.devices import look_for_card

    look_for_card(wanted, "input" if kind == "microphone" else "output")
    return Check(kind, True, f"{text}; your settings have {wanted}")


def _without(kind: str) -> str:
    if devices.over_ssh():
        return "run roomcli on the machine you sit at; the server may be anywhere"
    if kind == "microphone":
        return "plug one in, or listen; --mic file:talk.mp3 plays a WAV, FLAC, Ogg or MP3 file"
    return "plug one in, or start the desktop's sound server (PipeWire or PulseAudio)"


def _permission() -> Check:
    """Check that the microphone gives sound: without permission macOS gives zeros and no error."""
    from ..audio.devices import open_input

    heard = False
    microphone = open_input(settings.load().mic)
    try:
        microphone.start(lambda: None)
        for _ in range(20):
            time.sleep(0.1)
            samples, _real = microphone.ring.read(microphone.ring.fill)
            heard = heard or bool(samples.any())
    finally:
        microphone.close()
    if heard:
        return Check("permission", True, "the terminal may use the microphone")
    return Check(
        "permission",
        False,
        "the microphone gives nothing but zeros: the terminal has no permission",
        "allow it in System Settings > Privacy & Security > Microphone, then restart the terminal",
    )


def _terminal() -> Check:
    if sys.stdout is None or not sys.stdout.isatty():
        return Check("terminal", True, "none here: --plain and --jsonl need none")
    size = shutil.get_terminal_size()
    encoding = locale.getpreferredencoding(False)
    text = f"{size.columns}x{size.lines}, {_colours()}, {encoding}"
    if encoding.lower().replace("-", "") != "utf8":
        return Check("terminal", False, text, "set a UTF-8 locale, like LANG=C.UTF-8")
    if size.columns < COLUMNS or size.lines < LINES:
        return Check("terminal", False, text, f"make it at least {COLUMNS}x{LINES}, or use --plain")
    if os.environ.get("TERM", "dumb") == "dumb":
        return Check("terminal", False, text, "set TERM, like TERM=xterm-256color, or use --plain")
    return Check("terminal", True, text)


def _colours() -> str:
    if os.environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in os.environ.get("TERM", "") else "16 colours"


def _server() -> Check:
    configured = settings.load().server
    if not configured:
        here = [parse_address(note.url).server for note in notes.living()]
        if here:
            return Check("server", True, f"none configured; here runs {', '.join(here)}")
        return Check("server", True, "none configured: `roomcli host ROOM` brings its own")
    address = parse_server(configured)
    inquiry.ask(address, "/healthz")
    return Check("server", True, f"{address.server} answers")


def _held_key() -> Check:
    """Ask whether the desktop gives a key that is held to speak, if the settings want one."""
    what = "held key"
    if not settings.load().push_to_talk_anywhere:
        return Check(what, True, "of the desktop, to speak: not wanted (push_to_talk_anywhere)")
    import trio

    from ..engine.global_shortcut import look_for_portal

    if reason := trio.run(look_for_portal):
        return Check(what, False, reason, "bind `roomcli ctl ptt down` and `up` to a key instead")
    return Check(
        what, True, "the desktop's portal has shortcuts; it asks you for the key in a room"
    )


def _udp() -> Check:
    """Try whether UDP gets through to the configured server and back; voice can do without."""
    current = settings.load()
    if current.udp is False:
        return Check("udp", True, "off, as your settings have it: voice goes by TCP")
    if not current.server:
        return Check("udp", True, "not tried: no server is configured")
    import trio

    from ..engine.keys import personal_key
    from ..engine.udp_trial import try_udp

    address, name = parse_server(current.server), current.name or people.name_of_account()
    try:
        trial = trio.run(try_udp, address, name, personal_key())
    except CommandRefused as refused:
        text = f"not tried: you may open no room there ({refused}); in a room, the page of w tells"
        return Check("udp", True, text)
    if not trial.is_offered:
        return Check("udp", True, f"{address.server} offers none: voice goes by TCP")
    if trial.to_server and trial.from_server:
        return Check("udp", True, f"gets through to {address.server}, and back")
    remedy = "a firewall here or there lets no UDP pass; until then voice goes by TCP"
    if trial.to_server:
        text = f"gets through to {address.server}, but nothing comes back: you hear by TCP"
    else:
        text = f"does not get through to {address.server}"
    return Check("udp", False, text, remedy)
