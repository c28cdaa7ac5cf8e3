"""``roomcli config``: what the settings are and where each comes from, and changing them."""

from __future__ import annotations

import argparse
import json
import sys

from .. import folders
from ..errors import ConfigError
from . import exits, people, setting_values, settings, settings_editor
from .parser import Parser, WordParser
from .settings_file import Value


def run(argv: list[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError for what cannot be used."""
    options = make_parser().parse_args(argv)
    code: int = options.act(options)
    return code


def make_parser() -> Parser:
    """Return the parser of ``roomcli config``."""
    parser = Parser(
        "config",
        "Show and change the settings. A flag goes before an environment variable\n"
        "(ROOMCLI_NAME), which goes before the file.",
        examples={
            "config": "every setting, and where it comes from",
            "config set auto_mute 30": "close the microphone after 30 seconds of silence",
            "config set keys.raise_hand j": "raise your hand by j",
            "config get theme": "what is set, alone on a line",
            "config edit": "the file, in your editor, checked afterwards",
        },
    )
    parser.set_defaults(act=_tell_all_settings)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    words = parser.add_subparsers(metavar="WHAT", parser_class=WordParser)
    for name, does, act in (
        ("show", "every setting and its source; this without a word too", _tell_all_settings),
        ("path", "where the file is", _tell_path),
        ("keys", "every action that can be given another key, its keys, and what clashes", _keys),
    ):
        word = words.add_parser(name, help=does, description=does)
        word.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        word.set_defaults(act=act)
    word = words.add_parser("get", help="one value", description="Print one value, if it is set.")
    _add_key(word)
    word.set_defaults(act=_get)
    word = words.add_parser(
        "set", help="change one value", description="Put one value into the file, if it is good."
    )
    _add_key(word)
    word.add_argument("value", metavar="VALUE", help="on or off for what is switched")
    word.set_defaults(act=_set)
    does = "open the file in $VISUAL or $EDITOR, and check it afterwards"
    words.add_parser("edit", help=does, description=does).set_defaults(act=_edit)
    return parser


def _add_key(word: argparse.ArgumentParser) -> None:
    word.add_argument("key", metavar="KEY", help="like theme, or keys.raise_hand")


def _tell_path(options: argparse.Namespace) -> int:
    path = folders.config_file()
    print(json.dumps({"path": str(path)}) if options.json else path)
    return exits.DONE


def _get(options: argparse.Namespace) -> int:
    value = setting_values.read_value(options.key)
    if value is None:
        print(f"{options.key} is not set", file=sys.stderr)
        return exits.FAILED
    print(value)
    return exits.DONE


def _set(options: argparse.Namespace) -> int:
    if remark := setting_values.set_value(options.key, options.value):
        print(remark, file=sys.stderr)
    return exits.DONE


def _edit(options: argparse.Namespace) -> int:
    path = settings_editor.edit()
    # What a variable says is left out: it is not what was edited.
    faults = unusable(settings.load(environment={}, file=path))
    if faults:
        raise ConfigError(f"{path}: {'; '.join(faults)}")
    print(f"{path} is good")
    return exits.DONE


def _keys(options: argparse.Namespace) -> int:
    from ..frontends.tui.keys import ACTIONS, Keymap

    keymap = Keymap(settings.load().keys)
    if options.json:
        told = {
            id: {"keys": keymap.keys(id), "does": action.words, "changed": id in keymap.changes}
            for id, action in ACTIONS.items()
        }
        print(json.dumps({"keys": told, "faults": keymap.faults}, ensure_ascii=False))
    else:
        width = max(map(len, ACTIONS))
        for id, action in ACTIONS.items():
            print(f"{id:<{width}}  {keymap.all_shown(id):<14}  {action.words}")
    if keymap.faults:
        raise ConfigError("; ".join(keymap.faults))
    return exits.DONE


def _tell_all_settings(options: argparse.Namespace) -> int:
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


def _said(value: Value | None) -> str:
    return "-" if value is None else setting_values.shown_value(value)


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
        "call_on_mention": "on, somebody who mentions you calls you",
        "call_on_invitation": "on, so does who wants you on stage or to speak",
        "call_on_hand": "on, a raised hand or a knock calls a host who looks away",
        "call_on_turn": "on, so does the end of your turn",
        "call_by_bell": "on, the terminal's bell rings",
        "call_by_desktop": "on, the terminal shows it on the desktop",
        "push_to_talk_anywhere": "off; on, a Wayland desktop is asked for a key to hold and speak",
        "chimes": "off; on with --plain: short sounds tell what happens",
        "unread_in_title": "on, the window's title counts what you have not seen",
    }[key]


def where() -> str:
    """Return the path of the settings file, and say if it does not exist yet."""
    path = folders.config_file()
    return str(path) if path.exists() else f"{path} (not there yet)"


def unusable(current: settings.Settings) -> list[str]:
    """Describe the settings that the screen would ignore because it cannot use them."""
    if current.theme is None and not current.keys:
        return []
    from ..frontends.tui.keys import Keymap

    no_theme = setting_values.theme_fault(current.theme)
    return [*([no_theme] if no_theme else []), *Keymap(current.keys).faults]
