"""The page of one's own devices: which are used, how loud one is, what they add to the delay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from ....protocol import local
from ...model.own_devices import OwnDevices
from ...words.device_words import DEFAULT, SYSTEM, status_line
from ..keys import binding
from ..room_client import RoomClient
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.own_meter import LEVEL_SECONDS, OwnMeter
from ..widgets.sheet import ARROWS, Choices, KeysLine, Setting, Sheet

PAUSE = 0.4
"""Seconds on a choice until it is made: who goes on to the next one passes over it."""
LABELS: dict[local.DeviceKind, str] = {"microphone": "Microphone", "speaker": "Speakers"}


class DevicePlace(Protocol):
    """Where devices are chosen, in a room or before one, as the page knows it."""

    plays_tone: bool
    """Whether the speakers can be tried by a tone."""

    @property
    def devices(self) -> OwnDevices:
        """The devices in use, and those that there are."""

    @property
    def own_level(self) -> int:
        """The level of one's own microphone in dBov."""

    async def watch_devices(self, changed: Callable[[], object]) -> None:
        """Have the engine tell what there is; call ``changed`` where nobody else updates pages."""

    def choose(self, kind: local.DeviceKind, device: str) -> None:
        """Use another device from now on, now and in the next rooms."""

    def play_tone(self) -> None:
        """Play a tone on the speakers."""

    def let_go(self) -> None:
        """Have the engine close what was opened for the page alone."""


class RoomDevices:
    """The devices of the room that goes on: the engine uses the microphone for its level too."""

    plays_tone = False

    def __init__(self, client: RoomClient) -> None:
        self._client = client

    @property
    def devices(self) -> OwnDevices:
        return self._client.model.devices

    @property
    def own_level(self) -> int:
        return self._client.model.own_level

    async def watch_devices(self, changed: Callable[[], object]) -> None:
        self._client.send(local.WatchDevices(on=True))

    def choose(self, kind: local.DeviceKind, device: str) -> None:
        choose = local.ChooseMicrophone if kind == "microphone" else local.ChooseSpeakers
        self._client.send(choose(device=device))

    def play_tone(self) -> None:
        """Play none: the room is heard on them."""

    def let_go(self) -> None:
        self._client.send(local.WatchDevices(on=False))


class DevicesScreen(Sheet[None]):
    """Microphone and speakers, in a room and at home; each change holds at once."""

    BINDINGS = [*ARROWS, binding("devices", "back"), Binding("t", "tone", show=False)]
    title_text = "Your devices"
    classes_of_sheet = "sheet page"

    def __init__(self, place: DevicePlace) -> None:
        super().__init__()
        self._place = place
        self._meter = OwnMeter()
        self._pausing: dict[local.DeviceKind, Timer] = {}

    def body(self) -> ComposeResult:
        """Yield a row of choices for each, the meter, and what the sound system grants."""
        for kind, label in LABELS.items():
            yield Setting(label, Choices((SYSTEM,), id=kind))
            if kind == "microphone":
                yield Setting("", self._meter)
            yield Static("", classes="facts", id=f"{kind}-facts")
        yield KeysLine()

    def on_mount(self) -> None:
        """Have the engine tell what there is, and follow one's own level."""
        self.run_worker(self._place.watch_devices(self.sync), name="devices")
        self.set_interval(LEVEL_SECONDS, self._show_level)
        tone = [Hint("t", "plays a tone", "tone")] if self._place.plays_tone else []
        self.offer(
            Hint("↑↓", "device"), Hint("←→", "uses another"), *tone, Hint("Esc", "back", "back")
        )
        self.query(Choices).first().focus()
        self.sync()

    def on_unmount(self) -> None:
        """Have the engine let go of a microphone that was only looked at."""
        self._place.let_go()

    def sync(self) -> None:
        """Show what is new."""
        if not self.is_mounted:
            return
        devices = self._place.devices
        for kind in LABELS:
            field = self.query_one(f"#{kind}", Choices)
            words, chosen = devices.offered(kind, SYSTEM)
            if kind not in self._pausing and (field.words, field.chosen) != (words, chosen):
                field.offer(words, chosen)
            used = devices.used.get(kind)
            style = "$warning" if used is not None and used.problem else QUIET
            facts = Content.styled(status_line(devices.status.get(kind), used), style)
            self.query_one(f"#{kind}-facts", Static).update(facts)

    def _show_level(self) -> None:
        self._meter.show_level(self._place.own_level)

    def on_choices_changed(self, message: Choices.Changed) -> None:
        """Use what was chosen, after a moment."""
        field = message.field
        kind: local.DeviceKind = "microphone" if field.id == "microphone" else "speaker"
        if kind in self._pausing:
            self._pausing[kind].stop()
        self._pausing[kind] = self.set_timer(PAUSE, lambda: self._choose(kind, field))

    def _choose(self, kind: local.DeviceKind, field: Choices) -> None:
        del self._pausing[kind]
        self._place.choose(kind, field.words[field.chosen] if field.chosen else DEFAULT)

    def action_tone(self) -> None:
        """Play a tone, where the speakers can be tried by one."""
        if self._place.plays_tone:
            self._place.play_tone()
