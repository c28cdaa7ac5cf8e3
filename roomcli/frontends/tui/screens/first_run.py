"""The first run: asks for a name and a headline and tests the devices. All can be skipped."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.markup import escape
from textual.message import Message
from textual.widgets import Input, Select, Static

from ....protocol import local
from ....protocol.audio import SILENCE
from ....protocol.text import MAX_HEADLINE, MAX_NAME, cleaned_headline, cleaned_name
from ...engine_process import Engine
from ...words.measures import stepped
from ..answering_screen import AnsweringScreen
from ..widgets.face import QUIET, Face, keys_line, meter, styled

METER = 40
SYSTEM = "the system's own choice"
HEARD = -50
"""Level in dBov: if it is louder than this, the microphone hears somebody."""


@dataclass(frozen=True)
class OwnAnswers:
    """What the user chose; None as a device is the system's own choice."""

    name: str
    headline: str
    mic: str | None = None
    speaker: str | None = None


class MicrophoneMeter(Face):
    """Shows how loud the microphone is now, or what is wrong with it."""

    def render(self) -> Content:
        """Return one line, or as many as the problem needs."""
        level, problem = self.facts if isinstance(self.facts, tuple) else (SILENCE, "")
        if problem:
            return styled(problem, "$warning")
        words = "heard you" if level >= HEARD else "say something"
        return Content.assemble(
            meter(level, min(METER, max(0, self.width - 16)), "$success"), ("  " + words, QUIET)
        )


class FirstRunScreen(AnsweringScreen[None]):
    """A page of questions: Enter goes to the next field and at last in, Esc goes in at once.

    ``engine`` shows the devices' levels; ``known`` is what holds unless the user chooses otherwise.
    """

    BINDINGS = [
        Binding("escape", "skip", "Skip the rest"),
        Binding("ctrl+t", "tone", "Play a tone"),
    ]

    class Answered(Message):
        """The user has answered, and wants to go in."""

        def __init__(self, profile: OwnAnswers) -> None:
            super().__init__()
            self.profile = profile

    def __init__(self, engine: Engine, known: local.Enter) -> None:
        super().__init__()
        self._engine = engine
        self._known = known
        self._meter = MicrophoneMeter()
        self._choices: dict[str, tuple[str, ...]] = {}

    def compose(self) -> ComposeResult:
        """Yield the questions in their order."""
        with Vertical(classes="sheet", id="questions") as sheet:
            sheet.border_title = "Welcome to roomcli"
            yield Static(
                Content("What should people in a room call you?"), classes="question -first"
            )
            yield Input(self._known.name, max_length=MAX_NAME, id="name", compact=True)
            yield Static(
                Content("What are you known for? Optional, shown beside your name."),
                classes="question",
            )
            yield Input(self._known.headline, max_length=MAX_HEADLINE, id="headline", compact=True)
            yield Static(Content("Microphone"), classes="question")
            yield Select[str]([], prompt=_unless_chosen(self._known.mic), id="mic", compact=True)
            yield self._meter
            yield Static(Content("Speakers"), classes="question")
            yield Select[str](
                [], prompt=_unless_chosen(self._known.speaker), id="speaker", compact=True
            )
            keys = (("Enter", "next"), ("ctrl+t", "plays a tone"), ("Esc", "skips"))
            yield Static(keys_line(*keys), classes="question")

    def on_mount(self) -> None:
        """Start to follow the engine, which opens the microphone."""
        self.run_worker(self._follow(), name="engine")

    async def _follow(self) -> None:
        async for event in self._engine.events():
            match event:
                case local.Levels(microphone=level):
                    self._meter.show((stepped(level, 2), ""))
                case local.Device(kind=kind, problem=problem, choices=choices):
                    if kind == "microphone" and problem:
                        self._meter.show((SILENCE, problem))
                    elif problem:
                        self.notify(problem, markup=False, severity="warning")
                    self._offer("mic" if kind == "microphone" else "speaker", choices)
                case local.Problem(text=text) | local.Left(text=text):
                    self._meter.show((SILENCE, text))

    def _offer(self, which: str, choices: tuple[str, ...]) -> None:
        if choices and self._choices.get(which) != choices:
            self._choices[which] = choices
            select = self.query_one(f"#{which}", Select)
            select.set_options([(Content(name), name) for name in dict.fromkeys(choices)])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field on Enter; from the last field go in."""
        if event.input.id == "name":
            self.query_one("#headline", Input).focus()
        else:
            self.action_skip()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Open the chosen devices to show the level."""
        mic = self._device_chosen("mic") or self._known.mic
        speaker = self._device_chosen("speaker") or self._known.speaker
        self._engine.send(local.OpenDevices(mic=mic, speaker=speaker))

    def _device_chosen(self, which: str) -> str | None:
        value = self.query_one(f"#{which}", Select).value
        return value if isinstance(value, str) else None

    def action_tone(self) -> None:
        """Play a tone on the speaker."""
        self._engine.send(local.PlayTone())

    def action_skip(self) -> None:
        """Go in with what the fields contain."""
        name = cleaned_name(self.query_one("#name", Input).value) or self._known.name
        headline = cleaned_headline(self.query_one("#headline", Input).value)
        mic, speaker = self._device_chosen("mic"), self._device_chosen("speaker")
        self.post_message(self.Answered(OwnAnswers(name, headline, mic, speaker)))


def _unless_chosen(device: str | None) -> str:
    return SYSTEM if device is None else escape(device)
