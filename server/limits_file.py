"""The file in which the admin sets limits: TOML, with a table for each section.

A file that cannot be used is refused in one line, which names the limit and says what is allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from roomcli.errors import ConfigError

from .admin_file import read_admin_file
from .limits import DailyShare, Kind, Rate, ServerLimits

LIMITS_FILE = "limits.toml"
"""The name of the file in the data folder, unless another is named."""

_PACES: dict[type, str] = {Rate: "a second", DailyShare: "a day"}


def read_limits(folder: Path, chosen: Path | None) -> ServerLimits:
    """Return what ``chosen`` sets, or else the file in the data folder, if there is one.

    What it does not set is the default. Raises ConfigError.
    """

    def read(path: Path, content: bytes) -> ServerLimits:
        return _checked(msgspec.toml.decode(content))

    return read_admin_file(folder / LIMITS_FILE, chosen, "--limits", read) or ServerLimits()


def limits_by_name() -> dict[str, dict[str, Any]]:
    """Return the type of each limit, by its section and key."""
    sections = get_type_hints(ServerLimits)
    return {name: _limits_in(section) for name, section in sections.items()}


def _limits_in(section: Any) -> dict[str, Any]:
    if get_origin(section) is dict:
        return dict.fromkeys(get_args(Kind), Rate)
    return get_type_hints(section, include_extras=True)


def allowed(kind: Any) -> str:
    """Say in words what a limit of this type may be."""
    if kind in _PACES:
        back, at_once = get_type_hints(kind, include_extras=True).values()
        return (
            f"two numbers: so many {_PACES[kind]}, {_range(back)}, and at once, {_range(at_once)}"
        )
    whole = "whole " if get_args(kind)[0] is int else ""
    return f"a {whole}number {_range(kind)}"


def _range(kind: Any) -> str:
    bounds = get_args(kind)[1]
    low = f"above {bounds.gt:,}" if bounds.ge is None else f"from {bounds.ge:,}"
    return f"{low} to {bounds.le:,}"


def _checked(found: dict[str, Any]) -> ServerLimits:
    """Return the limits that a file sets. Raises ConfigError at the first that is wrong."""
    sections = limits_by_name()
    for name, section in found.items():
        if name not in sections:
            raise ConfigError(f"[{name}] is no section; there are {', '.join(sections)}")
        if not isinstance(section, dict):
            raise ConfigError(f"{name} is a section: write [{name}], and its limits below")
        for key, value in section.items():
            _check(name, key, value, sections[name])
    return msgspec.convert(found, ServerLimits)


def _check(name: str, key: str, value: Any, limits: dict[str, Any]) -> None:
    if key not in limits:
        raise ConfigError(f"{name}.{key} is no limit; [{name}] has {', '.join(limits)}")
    try:
        msgspec.convert(value, limits[key])
    except msgspec.ValidationError:
        told = f"{value!r:.40}"
        raise ConfigError(f"{name}.{key} has to be {allowed(limits[key])}, not {told}") from None
