"""``roomcli config path|show``: where the settings are, and where each value comes from."""

from __future__ import annotations

import json

from .. import folders
from ..errors import ConfigError
from . import exits, people, settings
from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError for an unknown key or theme."""
    parser = Parser(
        "config",
        "Show the settings. A flag goes before an environment variable (ROOMCLI_NAME),\n"
        "which goes before the file.",
    )
    parser.add_argument(
        "what",
        choices=("path", "show"),
        nargs="?",
        default="show",
        help="path: where the file is; show: every setting and its source",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    path = folders.config_file()
    if options.what == "path":
        print(json.dumps({"path": str(path)}) if options.json else path)
        return exits.DONE
    current = settings.load()
    sources = dict(current.sources) | ({settings.TABLE: "file"} if current.keys else {})
    values = {key: getattr(current, key) for key in settings.KEYS}
    if options.json:
        values |= {settings.TABLE: dict(current.keys)}
        shown = {
            key: {"value": value, "source": sources.get(key, "default")}
            for key, value in values.items()
        }
        print(json.dumps(shown, ensure_ascii=False))
    else:
        values |= {f"{settings.TABLE}.{id}": keys for id, keys in current.keys.items()}
        width = max(map(len, values))
        for key, value in values.items():
            said = _said(value)
            print(f"{key:<{width}}  {said}  ({_source(key, current)})")
        print(f"\nfile: {where()}")
    faults = unusable(current)
    if faults:
        raise ConfigError("; ".join(faults))
    return exits.DONE


def _said(value: object) -> object:
    if value is None:
        return "-"
    return ("on" if value else "off") if isinstance(value, bool) else value


def _source(key: str, current: settings.Settings) -> str:
    source = current.sources.get(key, "file")
    if source == "environment":
        return settings.variable(key)
    if source == "default":
        return f"not set: {_default(key)}"
    return "file"


def _default(key: str) -> str:
    """Describe what is used when ``key`` is not set."""
    return {
        "server": "`roomcli host` starts one of its own",
        "name": f"{people.name_of_account()}, as your account has it",
        "headline": "none",
        "mic": "the system's default",
        "speaker": "the system's default",
        "theme": "roomcli",
        "auto_mute": "never",
        "echo": "auto, taken out whenever there is one",
        "noise": "on, taken out",
        "level": "on, loudness is evened out",
        "high_pass": "on, hum and rumble are taken out",
        "gate": "normal, only speech is sent",
        "music": "off",
        "udp": "on, voice goes by UDP where that gets through",
    }[key]


def where() -> str:
    """Return the path of the settings file, and say if it does not exist yet."""
    path = folders.config_file()
    return str(path) if path.exists() else f"{path} (not there yet)"


def unusable(current: settings.Settings) -> list[str]:
    """Describe the settings that the screen would ignore because it cannot use them."""
    if current.theme is None and not current.keys:
        return []
    from textual.app import App

    from ..frontends.tui.keys import Keymap
    from ..frontends.tui.theme import dress

    no_theme = dress(App[None](), current.theme)
    return [*([no_theme] if no_theme else []), *Keymap(current.keys).faults]
