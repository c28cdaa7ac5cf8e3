"""The settings: flag over environment over file over default, and where each came from."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from .. import folders
from ..errors import ConfigError, ProtocolError, RoomcliError, UsageError
from ..protocol.address import parse_address
from ..protocol.text import MAX_HEADLINE, checked, checked_name

Source = Literal["flag", "environment", "file", "default"]


@dataclass(frozen=True)
class Settings:
    """What a person has settled; None where nobody said anything.

    ``sources`` tells for every other field where its value came from.
    """

    server: str | None = None
    name: str | None = None
    headline: str | None = None
    mic: str | None = None
    speaker: str | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)


KEYS = tuple(each.name for each in fields(Settings) if each.name != "sources")


def variable(key: str) -> str:
    """The environment variable for a setting."""
    return f"ROOMCLI_{key.upper()}"


def load(
    flags: Mapping[str, str | None] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings in force; raises one clear line about the first one that cannot be used.

    A flag may be empty (`--headline ''`), an empty environment variable says nothing.
    """
    environment = os.environ if environment is None else environment
    file = folders.config_file() if file is None else file
    in_file = read(file)
    values: dict[str, str] = {}
    sources: dict[str, Source] = {}
    for key in KEYS:
        source, value = _chosen(key, flags or {}, environment, in_file)
        sources[key] = source
        if value is None:
            continue
        try:
            values[key] = _checked(key, value)
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
    in_file: Mapping[str, str],
) -> tuple[Source, str | None]:
    flag = flags.get(key)
    if flag is not None:
        return "flag", flag
    if environment.get(variable(key)):
        return "environment", environment[variable(key)]
    if key in in_file:
        return "file", in_file[key]
    return "default", None


def read(file: Path) -> dict[str, str]:
    """The settings in ``file``, known and text but not checked further; none without a file."""
    try:
        table = tomllib.loads(file.read_bytes().decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    for key, value in table.items():
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KEYS)}"
            raise ConfigError(f"{file}: unknown key {key!r}: {hint}")
        if not isinstance(value, str):
            raise ConfigError(
                f"{file}: {key} should be text in quotes, like {key} = {_SAMPLES[key]}"
            )
    return table


_SAMPLES = {
    "server": '"wss://rooms.example.org"',
    "name": '"Ann"',
    "headline": '"Keeper of the lighthouse"',
    "mic": '"USB microphone"',
    "speaker": '"Headphones"',
}


def _checked(key: str, value: str) -> str:
    """``value`` as it will be used; raises a RoomcliError that says what is wrong with it."""
    if key == "server":
        parse_address(value)
        return value
    if key in ("mic", "speaker"):
        return value
    try:
        return checked_name(value) if key == "name" else checked(value, MAX_HEADLINE, "headline")
    except ProtocolError as error:
        raise UsageError(str(error)) from None
