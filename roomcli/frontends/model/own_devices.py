"""One's own microphone and speakers, as the engine tells of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from ...protocol import local

KeepDevice = Callable[[local.DeviceChosen], str]
"""Keeps what was chosen for the next start; returns what there is to say of it, if anything."""

DeviceNews = local.Device | local.DeviceList | local.DeviceChosen | local.DeviceStatus


@dataclass
class OwnDevices:
    """The devices in use, what was chosen last, and what there is to choose from."""

    listed: local.DeviceList = field(default_factory=local.DeviceList)
    used: dict[local.DeviceKind, local.Device] = field(default_factory=dict)
    chosen: dict[local.DeviceKind, str] = field(default_factory=dict)
    status: dict[local.DeviceKind, local.DeviceStatus] = field(default_factory=dict)

    @classmethod
    def on_entering(cls, enter: local.Enter) -> OwnDevices:
        """Return what is known on entering a room."""
        chosen: dict[local.DeviceKind, str] = {}
        if enter.mic is not None:
            chosen["microphone"] = enter.mic
        if enter.speaker is not None:
            chosen["speaker"] = enter.speaker
        return cls(chosen=chosen)

    def receive(self, news: DeviceNews) -> None:
        """Note what the engine tells."""
        match news:
            case local.Device(kind=kind, choices=choices):
                self.used[kind] = news
                if choices and kind == "microphone":
                    self.listed = replace(self.listed, microphones=choices)
                elif choices:
                    self.listed = replace(self.listed, speakers=choices)
            case local.DeviceList():
                self.listed = news
            case local.DeviceChosen(kind=kind, device=device):
                self.chosen[kind] = device
            case local.DeviceStatus(kind=kind):
                self.status[kind] = news

    def choices(self, kind: local.DeviceKind) -> tuple[str, ...]:
        """Return the names to choose from, each once, in the sound system's order."""
        names = self.listed.microphones if kind == "microphone" else self.listed.speakers
        return tuple(dict.fromkeys(names))

    def offered(self, kind: local.DeviceKind, system: str) -> tuple[tuple[str, ...], int]:
        """Return the choices, ``system`` for its default first, and the place of the chosen one.

        What was chosen is among them though it is not plugged in now.
        """
        names, chosen = self.choices(kind), self.chosen.get(kind, "default")
        if chosen == "default":
            return (system, *names), 0
        fitting = [chosen.casefold() in each.casefold() for each in names]
        if chosen in names:
            return (system, *names), names.index(chosen) + 1
        if any(fitting):
            return (system, *names), fitting.index(True) + 1
        return (system, *names, chosen), len(names) + 1


def with_device(enter: local.Enter, chosen: local.DeviceChosen) -> local.Enter:
    """Return how rooms are entered from now on, when a device was chosen in one."""
    device = None if chosen.device == "default" else chosen.device
    if chosen.kind == "microphone":
        return replace(enter, mic=device)
    return replace(enter, speaker=device)


def kept_for_now(chosen: local.DeviceChosen) -> str:
    """Keep nothing; in the place of what keeps settings."""
    return ""
