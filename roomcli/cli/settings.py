"""The settings and the source of each: flag before environment before file before default."""

from __future__ import annotations

import codecs
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from .. import folders
from ..audio import naming
from ..errors import ConfigError, ProtocolError, RoomcliError, UsageError
from ..frontends.model.call_settings import CallSettings
from ..protocol.address import parse_server
from ..protocol.sound import EchoSetting, GateSetting, SoundSettings
from ..protocol.text import checked_headline, checked_name, is_text, trimmed

Source = Literal["flag", "environment", "file", "default"]


@dataclass(frozen=True)
class Settings:
    """The settings of a person; None where nothing is set.

    ``auto_mute`` closes an open microphone after so many seconds of silence, 0 never. What is done
    to one's own voice is as in ``SoundSettings``, what calls a user who looks away as in
    ``CallSettings``. ``udp`` says whether voice may go by UDP, ``chimes`` whether short sounds tell
    what happens. ``keys`` maps actions of the room to other keys, and can only be set in the file.
    ``sources`` says for every other field where its value came from.
    """

    server: str | None = None
    name: str | None = None
    headline: str | None = None
    mic: str | None = None
    speaker: str | None = None
    theme: str | None = None
    auto_mute: float | None = None
    echo: EchoSetting | None = None
    noise: bool | None = None
    level: bool | None = None
    high_pass: bool | None = None
    gate: GateSetting | None = None
    music: bool | None = None
    udp: bool | None = None
    call_on_mention: bool | None = None
    call_on_invitation: bool | None = None
    call_on_hand: bool | None = None
    call_on_turn: bool | None = None
    call_by_bell: bool | None = None
    call_by_desktop: bool | None = None
    unread_in_title: bool | None = None
    chimes: bool | None = None
    push_to_talk_anywhere: bool | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)


TABLE = "keys"
KEYS = tuple(each.name for each in fields(Settings) if each.name not in (TABLE, "sources"))
"""Settings that have a single value and an environment variable each."""
_WORDS = {"echo": get_args(EchoSetting), "gate": get_args(GateSetting)}
_CALLS = tuple(each.name for each in fields(CallSettings))
_SWITCHES = (
    "noise",
    "level",
    "high_pass",
    "music",
    "udp",
    "chimes",
    "push_to_talk_anywhere",
    *_CALLS,
)
_ON, _OFF = ("on", "true", "yes"), ("off", "false", "no")


def variable(key: str) -> str:
    """Return the name of the environment variable for a setting."""
    return f"ROOMCLI_{key.upper()}"


def load(
    flags: Mapping[str, str | None] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings in force. Raises a RoomcliError about the first one that cannot be used.

    A flag may be empty (`--headline ''`); an empty environment variable counts as not set.
    """
    environment = os.environ if environment is None else environment
    file = folders.config_file() if file is None else file
    in_file = read_settings(file)
    values: dict[str, Any] = {TABLE: MappingProxyType(in_file.get(TABLE, {}))}
    sources: dict[str, Source] = {}
    for key in KEYS:
        source, value = _chosen(key, flags or {}, environment, in_file)
        sources[key] = source
        if value is None:
            continue
        try:
            values[key] = checked_value(key, value)
        except RoomcliError as error:
            if source == "flag":
                raise UsageError(f"--{key}: {error}") from None
            place = variable(key) if source == "environment" else f"{key} in {file}"
            raise ConfigError(f"{place}: {error}") from None
    return Settings(**values, sources=MappingProxyType(sources))


def _chosen(
    key: str,
    flags: Mapping[str, str | None],
    environment: Mapping[str, str],
    in_file: Mapping[str, Any],
) -> tuple[Source, Any]:
    flag = flags.get(key)
    if flag is not None:
        return "flag", flag
    if environment.get(variable(key)):
        return "environment", environment[variable(key)]
    if key in in_file:
        return "file", in_file[key]
    return "default", None


def read_settings(file: Path) -> dict[str, Any]:
    """Read the settings in ``file``; keys and types are checked, values are not.

    Returns an empty dict if there is no file. Raises ConfigError for a file that cannot be used.
    """
    try:
        table = tomllib.loads(decoded(file.read_bytes()))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file} is not UTF-8 (at line {line}): save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    for key, value in table.items():
        if key not in (*KEYS, TABLE):
            raise ConfigError(f"{file}: {unknown_key(key)}")
        if not _has_its_type(key, value):
            raise ConfigError(f"{file}: {key} should be {SAMPLES[key]}")
    return table


def unknown_key(key: str) -> str:
    """Say that there is no setting of this name, and which one may be meant."""
    near = get_close_matches(key, (*KEYS, TABLE), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}, {TABLE}"
    return f"unknown key {key!r}: {hint}"


def decoded(content: bytes) -> str:
    """Decode the content of a file as UTF-8 or UTF-16, with or without a byte order mark.

    Raises UnicodeDecodeError.
    """
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig")


def _has_its_type(key: str, value: object) -> bool:
    if key == TABLE:
        return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if key == "auto_mute":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if key in _SWITCHES and isinstance(value, bool):
        return True
    return isinstance(value, str)


SAMPLES = {
    "server": 'text in quotes, like server = "wss://rooms.example.org"',
    "name": 'text in quotes, like name = "Ann"',
    "headline": 'text in quotes, like headline = "Keeper of the lighthouse"',
    "mic": 'text in quotes, like mic = "USB microphone"',
    "speaker": 'text in quotes, like speaker = "Headphones"',
    "theme": 'text in quotes, like theme = "roomcli-light"',
    "auto_mute": "a number of seconds, like auto_mute = 30",
    "echo": 'text in quotes, like echo = "off"',
    "noise": "true or false, like noise = false",
    "level": "true or false, like level = false",
    "high_pass": "true or false, like high_pass = false",
    "gate": 'text in quotes, like gate = "low"',
    "music": "true or false, like music = true",
    "udp": "true or false, like udp = false",
    "chimes": "true or false, like chimes = true",
    "push_to_talk_anywhere": "true or false, like push_to_talk_anywhere = true",
    **{name: f"true or false, like {name} = false" for name in _CALLS},
    TABLE: f'a table at the end of the file: [{TABLE}], and below it raise_hand = "j"',
}
"""What a setting in the file looks like."""


def checked_value(key: str, value: Any) -> Any:
    """Return the value of a setting, as text or as the file has it, as it will be used.

    Raises a RoomcliError that says what is wrong with it.
    """
    match key:
        case "server":
            parse_server(value)
            return value
        case "mic" | "speaker" | "theme":
            if not is_text(value):
                raise UsageError(f"{value!r} is not UTF-8")
            if key != "theme":
                naming.parse(value, speaker=key == "speaker")
            return value
        case "auto_mute":
            return _seconds(value)
        case "echo" | "gate":
            if value.casefold() not in _WORDS[key]:
                raise UsageError(f"{value!r} is none of {', '.join(_WORDS[key])}")
            return value.casefold()
        case _ if key in _SWITCHES:
            return _switch(value)
    try:
        text = trimmed(value)
        return checked_name(text) if key == "name" else checked_headline(text)
    except ProtocolError as error:
        raise UsageError(str(error)) from None


def _switch(value: str | bool) -> bool:
    word = str(value).casefold()
    if word not in (*_ON, *_OFF):
        raise UsageError(f"{value!r} is neither on nor off")
    return word in _ON


def sound_settings(current: Settings) -> SoundSettings:
    """Return what is done to the voice of a sound card, with the defaults of what is not set."""
    known = {name: getattr(current, name) for name in SoundSettings.__struct_fields__}
    return SoundSettings(**{name: value for name, value in known.items() if value is not None})


def call_settings(current: Settings) -> CallSettings:
    """Return for what the user is called, and how, with the defaults of what is not set."""
    known = {name: getattr(current, name) for name in _CALLS}
    return CallSettings(**{name: value for name, value in known.items() if value is not None})


def _seconds(value: str | float) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise UsageError(f"{value} is no time: it takes seconds, like 30, or 0 for never")
    return seconds
