"""``roomcli config path|show``: where the settings are, and where each value comes from."""

from __future__ import annotations

import json

from .. import folders
from . import exits, settings
from .parser import Parser


def run(argv: list[str]) -> int:
    """The command; returns the exit code."""
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
    if options.json:
        shown = {
            key: {"value": getattr(current, key), "source": current.sources[key]}
            for key in settings.KEYS
        }
        print(json.dumps(shown, ensure_ascii=False))
        return exits.DONE
    for key in settings.KEYS:
        value = getattr(current, key)
        print(f"{key:<8}  {'-' if value is None else value}  ({_source(key, current)})")
    there = "" if path.exists() else " (not there yet)"
    print(f"\nfile: {path}{there}")
    return exits.DONE


def _source(key: str, current: settings.Settings) -> str:
    source = current.sources[key]
    if source == "environment":
        return settings.variable(key)
    return {"file": "file", "flag": f"--{key}", "default": "not set"}[source]
