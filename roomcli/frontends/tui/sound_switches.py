"""What is done to one's own voice, as switches: for the sound page and for the keys. Pure."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ...protocol.sound import ChangeSound, SoundSettings


class SoundSwitch(NamedTuple):
    """A setting of the voice, with its values in the order of its key, and the words for them."""

    name: str
    label: str
    values: tuple[object, ...]
    words: tuple[str, ...]
    help: str


_SWITCH = (True, False), ("on", "off")
SWITCHES: Final = (
    SoundSwitch("echo", "Echo", *(("auto", "on", "off"),) * 2, "others, from your speakers"),
    SoundSwitch("noise", "Noise", *_SWITCH, "fans, hiss, traffic"),
    SoundSwitch("level", "Loudness", *_SWITCH, "evened out"),
    SoundSwitch("high_pass", "Rumble", *_SWITCH, "hum, knocks on the desk"),
    SoundSwitch("gate", "Gate", *(("off", "low", "normal", "high"),) * 2, "how soft speech may be"),
    SoundSwitch("music", "Music", *_SWITCH, "as it is, with more bits"),
)


def change_to(name: str, value: object) -> ChangeSound:
    """Return the command that sets a switch."""
    change: dict[str, Any] = {name: value}
    return ChangeSound(**change)


def step_on(name: str, sound: SoundSettings) -> ChangeSound:
    """Return what the key of a switch does: its next value, after the last one the first."""
    values = next(each.values for each in SWITCHES if each.name == name)
    place = values.index(getattr(sound, name)) + 1
    return change_to(name, values[place % len(values)])
