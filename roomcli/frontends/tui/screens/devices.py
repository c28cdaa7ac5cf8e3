"""The page of one's own devices: which are used, how loud one is, what they add to the delay."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from ....protocol import local
from ....protocol.audio import SILENCE
from ...words.device_words import DEFAULT, SYSTEM, status_line
from ...words.measures import stepped
from ..keys import binding
from ..widgets.face import QUIET, Face, meter, styled
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, KeysLine, Sheet

METER = 40
PAUSE = 0.4
"""Seconds on a choice until it is made: who goes on to the next one passes over it."""
LEVEL_SECONDS = 0.1
LABELS: dict[local.DeviceKind, str] = {"microphone": "Microphone", "speaker": "Speakers"}


class OwnMeter(Face):
    """How loud one's own microphone is now, or what is wrong with it."""

    def render(self) -> Content:
        """Return the level of the microphone, or why there is none."""
        level, problem = self.facts if isinstance(self.facts, tuple) else (SILENCE, "")
        if problem:
            return styled(problem, "$warning")
        return meter(level, min(METER, self.width), "$success")


class DevicesScreen(Sheet[None]):
    """Microphone and speakers of the room that goes on; each change holds at once.

    The engine watches the devices while the page is open, and uses the microphone for its level.
    """

    BINDINGS = [*ARROWS, binding("devices", "back")]
    title_text = "Your devices"
    classes_of_sheet = "sheet page"

    def __init__(self) -> None:
        super().__init__()
        self._meter = OwnMeter()
        self._pausing: dict[local.DeviceKind, Timer] = {}

    def body(self) -> ComposeResult:
        """Yield a row of choices for each, the meter, and what the sound system grants."""
        for kind, label in LABELS.items():
            with Horizontal(classes="setting"):
                yield Static(Content.styled(label, QUIET), classes="label")
                yield Choices((SYSTEM,), id=kind)
            if kind == "microphone":
                with Horizontal(classes="setting"):
                    yield Static("", classes="label")
                    yield self._meter
            yield Static("", classes="facts", id=f"{kind}-facts")
        yield KeysLine()

    def on_mount(self) -> None:
        """Have the engine tell what there is, and follow one's own level."""
        self.client.send(local.WatchDevices(on=True))
        self.set_interval(LEVEL_SECONDS, self._show_level)
        self.offer(Hint("↑↓", "device"), Hint("←→", "uses another"), Hint("Esc", "back", "back"))
        self.query(Choices).first().focus()
        self.sync()

    def on_unmount(self) -> None:
        """Have the engine let go of a microphone that was only looked at."""
        self.client.send(local.WatchDevices(on=False))

    def sync(self) -> None:
        """Show what is new."""
        if not self.is_mounted:
            return
        devices = self.client.model.devices
        for kind in LABELS:
            field = self.query_one(f"#{kind}", Choices)
            words, chosen = devices.offered(kind, SYSTEM)
            if kind not in self._pausing and (field.words, field.chosen) != (words, chosen):
                field.offer(words, chosen)
            facts = status_line(devices.status.get(kind), devices.used.get(kind))
            self.query_one(f"#{kind}-facts", Static).update(Content.styled(facts, QUIET))

    def _show_level(self) -> None:
        model = self.client.model
        used = model.devices.used.get("microphone")
        self._meter.show((stepped(model.own_level, 2), used.problem if used else ""))

    def on_choices_changed(self, message: Choices.Changed) -> None:
        """Use what was chosen, after a moment."""
        field = message.field
        kind: local.DeviceKind = "microphone" if field.id == "microphone" else "speaker"
        if kind in self._pausing:
            self._pausing[kind].stop()
        self._pausing[kind] = self.set_timer(PAUSE, lambda: self._choose(kind, field))

    def _choose(self, kind: local.DeviceKind, field: Choices) -> None:
        del self._pausing[kind]
        device = field.words[field.chosen] if field.chosen else DEFAULT
        choose = local.ChooseMicrophone if kind == "microphone" else local.ChooseSpeakers
        self.client.send(choose(device=device))
