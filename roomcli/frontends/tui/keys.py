"""Every key of the room by the name of its action, and the user's changes of these keys.

Bindings, hints and the help page are made from this one list. Some keys cannot be changed: Esc and
Enter, the arrows, Tab, and the two that always quit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual.binding import Binding
from textual.keys import Keys, key_to_character

from ...protocol.people import REACTIONS

ALWAYS_QUIT = ("ctrl+q", "ctrl+c")
FIXED = {
    *("escape", "enter", "tab", "left", "right", "up", "down", "pageup", "pagedown"),
    *("home", "end", *ALWAYS_QUIT),
}
_NAMES = {key.value for key in Keys}
MEANT = 0.3
"""Seconds in which a key may still be meant for what was on the screen before."""


class Action(NamedTuple):
    """An action that has keys; ``words`` describe it on the help page."""

    keys: str
    words: str


YOU: dict[str, Action] = {
    "push_to_talk": Action("space", "hold it to speak, or press it: the bar says which"),
    "toggle_microphone": Action("m", "open or close your microphone, on stage"),
    "microphone_anywhere": Action("ctrl+t", "the same, wherever you are, while typing too"),
    "hear_yourself": Action("V", "hear yourself, a second late, while muted"),
    "raise_hand": Action("h", "raise or lower your hand"),
    "raise_hand_with_line": Action("H", "raise it with a line on what you want to say"),
    "accept_stage_invitation": Action("y", "come on stage when invited"),
    "decline_stage_invitation": Action("n", "stay in the audience"),
    "leave_stage": Action("l", "leave the stage"),
    **{
        f"react_{place}": Action(str(place), f"react with {emoji}")
        for place, emoji in enumerate(REACTIONS, 1)
    },
    "react_other": Action("e", "react with any other emoji"),
}
TALK: dict[str, Action] = {
    "write": Action("t", "write to everybody; Enter too, with nobody picked"),
    "command": Action(
        "slash", "do anything by its name: /raise_hand, /ban Ann; while reading back, search"
    ),
    "read_chat": Action("c", "go through the chat; Esc comes back"),
    "hide_events": Action("full_stop", "hide who comes and what else happens, or show it"),
    "reply": Action("R", "answer the picked message; the answer quotes it"),
    "copy_message": Action("Y", "copy the picked message"),
    "open_link": Action("o", "open the link of the picked message"),
    "copy_link": Action("U", "copy that link"),
    "remove_message": Action("delete", "delete the picked message"),
}
PEOPLE: dict[str, Action] = {
    "accept_hand": Action("a", "bring a hand on stage; with nobody picked, the first"),
    "decline_hand": Action("d", "lower a hand"),
    "lower_all_hands": Action("D", "lower all hands; asks once"),
    "invite_to_stage": Action("i", "invite on stage"),
    "let_in": Action("k", "let in who knocks; if several do, choose"),
    "turn_away": Action("K", "do not let in who knocks; if several do, choose"),
    "move_to_audience": Action("b", "move to the audience"),
    "silence": Action("s", "silence"),
    "ask_to_unmute": Action("u", "let speak again, and ask to unmute"),
    "give_time": Action("plus", "one more minute; with nobody picked, for whose turn ends"),
    "make_cohost": Action("C", "make a co-host; asks once"),
    "hand_over": Action("O", "make somebody the host instead of you; asks once"),
    "remove": Action("x", "remove from the room; asks why"),
    "ban": Action("B", "ban for a time or for good; asks why"),
    "report": Action("r", "report to the server's admins; anybody may"),
}
HEARING: dict[str, Action] = {
    "quieter": Action("less_than_sign", "hear them quieter; on their card the left arrow too"),
    "louder": Action("greater_than_sign", "hear them louder; on their card the right arrow too"),
    "mute_for_me": Action("z", "mute them for you, or hear them again; they are not told"),
    "suppress_noise": Action("f", "take the noise out of their voice, or leave it in"),
}
SOUND: dict[str, Action] = {
    "switch_echo": Action("f2", "take out the echo of your loudspeakers: auto, on, off"),
    "switch_noise": Action("f3", "take steady noise out, or leave it in"),
    "switch_level": Action("f4", "even out how loud you are, or not"),
    "switch_high_pass": Action("f5", "take out hum and rumble, or not"),
    "switch_gate": Action("f6", "send only speech, down to how soft a one, or everything"),
    "switch_music": Action("f7", "send all as it is, as music wants it, or a voice again"),
}
"""A key for each thing that is done to one's own voice, by the setting that it switches."""
PAGES: dict[str, Action] = {
    "home": Action("g", "home, the open rooms, while this one goes on; there: back to it"),
    "next_server": Action("N", "at home: to the next server"),
    "add_server": Action("A", "at home: add a server"),
    "forget_server": Action("F", "at home: forget the server that is picked"),
    "people": Action("p", "the audience, who left, who is banned"),
    "invite": Action("L", "the line for friends, and invites"),
    "events": Action("E", "events: what is planned, and whether you come; at home too"),
    "profile": Action("P", "your profile on this server; at home too"),
    "sound": Action("v", "your sound: echo, noise, loudness, music, and what is sent"),
    "sound_at_home": Action("W", "at home: the same, for the next room"),
    "devices": Action("I", "your microphone and speakers, with your level; at home too"),
    "own_settings": Action("comma", "your settings: theme, name, calls; in the palette at home"),
    "settings": Action("S", "how the room is run, and what it keeps"),
    "log": Action("M", "the moderation log"),
    "quality": Action("w", "how well voice goes, and who hears you"),
    "command_palette": Action("ctrl+p", "all commands by name; also the theme"),
    "help": Action("question_mark,f1", "this page"),
    "suspend": Action("ctrl+z", "suspend; you are muted first"),
    "leave": Action("q", "leave the room; ctrl+q too, ctrl+c twice"),
}
ACTIONS: dict[str, Action] = YOU | TALK | PEOPLE | HEARING | SOUND | PAGES

_SHOWN = {"question_mark": "?", "slash": "/", "plus": "+", "delete": "Del"}
_SHOWN |= {f"f{number}": f"F{number}" for number in range(1, 13)}


def binding(id: str, action: str = "", *, priority: bool = False) -> Binding:
    """Return the binding of an action in the list, with the keys that it has by default."""
    return Binding(ACTIONS[id].keys, action or id, id=id, show=False, priority=priority)


def switch_bindings() -> list[Binding]:
    """Return the bindings that switch what is done to one's own voice."""
    return [binding(id, f"app.switch_sound('{id.removeprefix('switch_')}')") for id in SOUND]


class Keymap:
    """The keys after the user's changes; ``faults`` says which changes were wrong.

    ``changes`` maps names to keys, separated by commas, as in the settings file.
    """

    def __init__(self, changes: Mapping[str, str] | None = None) -> None:
        self.reports_releases = False
        """Whether the terminal tells when a key is let go, so that one can be held."""
        self.faults: list[str] = []
        self.changes: dict[str, str] = {}
        for id, keys in (changes or {}).items():
            if fault := _fault(id, keys):
                self.faults.append(fault)
            else:
                self.changes[id] = ",".join(_split(keys))
        self._settle_clashes()

    def _settle_clashes(self) -> None:
        """Drop each change that takes the key of another action, until no two share a key."""
        while clash := self._clash():
            id, other, key = clash
            del self.changes[id]
            self.faults.append(f"{key} is the key of {other}, so {id} keeps {self.shown(id)}")

    def _clash(self) -> tuple[str, str, str] | None:
        owners = {
            shown(key): other
            for other in ACTIONS
            if other not in self.changes
            for key in self.keys(other)
        }
        for id in self.changes:
            for key in self.keys(id):
                owner = owners.setdefault(shown(key), id)
                if owner != id:
                    return id, owner, shown(key)
        return None

    def keys(self, id: str) -> list[str]:
        """Return the keys of an action."""
        return _split(self.changes.get(id, ACTIONS[id].keys))

    def has_base(self, id: str, released: str) -> bool:
        """Whether a key that was let go is one of an action, with whatever else is still down."""
        bases = {key.rsplit("+", 1)[-1].casefold() for key in self.keys(id)}
        return released.rsplit("+", 1)[-1].casefold() in bases

    def shown(self, id: str) -> str:
        """Return the first key of an action, as a hint names it."""
        return shown(self.keys(id)[0])

    def all_shown(self, id: str) -> str:
        """Return all keys of an action, as the help page names them."""
        return ", ".join(shown(key) for key in self.keys(id))


def shown(key: str) -> str:
    """Return the usual name of a key: ``?`` for ``question_mark``."""
    return _SHOWN.get(key) or key_to_character(key) or key if key != "space" else key


def _fault(id: str, keys: str) -> str | None:
    if id not in ACTIONS:
        return f"there is no {id[:40]!r} to give a key to"
    if not (each := _split(keys)):
        return f"{id} is given no key"
    for key in each:
        if key in FIXED:
            return f"{key} always does what it does, so {id} cannot have it"
        if not _is_key(key):
            return f"{key[:40]!r} is no key, so {id} keeps its own"
    return None


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]


def _is_key(key: str) -> bool:
    last = key.rsplit("+", 1)[-1] or key
    return len(last) == 1 or key in _NAMES or last in _NAMES or key_to_character(key) is not None
