"""What is asked before somebody is removed, banned or reported: why, and for how long."""

from __future__ import annotations

from typing import get_args

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.commands import ReportReason
from ....protocol.text import MAX_REASON
from ..widgets.face import QUIET
from ..widgets.sheet import ARROWS, Choices, KeysLine, Sheet

HOUR, DAY = 3600, 24 * 3600
BAN_TIMES: tuple[tuple[str, int | None], ...] = (
    ("10 min", 600),
    ("1 hour", HOUR),
    ("1 day", DAY),
    ("for good", None),
)
REPORT_REASONS: tuple[ReportReason, ...] = get_args(ReportReason)
_EVERYBODY_SEES = "Everybody here can read it in the moderation log."


MEANT = 0.3
"""Seconds for which an Enter may still be one for what was on the screen before."""


class Form(Sheet[c.Command | None]):
    """About one person; answers with the command to send, or None if it is left be."""

    BINDINGS = [
        Binding("enter", "send", show=False, priority=True),
        *ARROWS,
    ]

    def __init__(self, id: str, name: str) -> None:
        super().__init__()
        self.person = id
        self.title_text = self.title_for(name)
        self.armed = False

    def title_for(self, name: str) -> str:
        """What the form is about."""
        raise NotImplementedError

    def command(self) -> c.Command:
        """What was filled in."""
        raise NotImplementedError

    @property
    def line(self) -> str:
        """What was written."""
        return self.query_one(Input).value.strip()

    def on_mount(self) -> None:
        """Let somebody see what is asked before they answer."""
        self.set_timer(MEANT, self._arm)

    def _arm(self) -> None:
        self.armed = True

    def action_send(self) -> None:
        """Enter: do it."""
        if self.armed:
            self.dismiss(self.command())

    def action_back(self) -> None:
        """Esc: do nothing."""
        self.dismiss(None)


class RemoveForm(Form):
    """Out of the room, but free to come back."""

    def title_for(self, name: str) -> str:
        """The question."""
        return f"Remove {name} from the room?"

    def body(self) -> ComposeResult:
        """Why."""
        yield Static(Content("Why? Optional."), classes="question -first")
        yield Input(max_length=MAX_REASON, compact=True)
        yield Static(
            Content.styled(f"They can come back at once. {_EVERYBODY_SEES}", QUIET), classes="note"
        )
        yield KeysLine(("Enter", "removes"), ("Esc", "lets them stay"))

    def command(self) -> c.Remove:
        """As filled in."""
        return c.Remove(id=self.person, reason=self.line)


class BanForm(Form):
    """Out of the room, and kept out by their key, whatever they call themselves."""

    def title_for(self, name: str) -> str:
        """The question."""
        return f"Ban {name} from the room?"

    def body(self) -> ComposeResult:
        """For how long, and why."""
        yield Static(Content("For how long?"), classes="question -first")
        yield Choices([words for words, _ in BAN_TIMES], 1)
        yield Static(Content("Why? Optional."), classes="question")
        yield Input(max_length=MAX_REASON, compact=True)
        note = f"Their key is kept out, under whatever name. {_EVERYBODY_SEES}"
        yield Static(Content.styled(note, QUIET), classes="note")
        yield KeysLine(
            ("←→", "how long"), ("Tab", "why"), ("Enter", "bans"), ("Esc", "lets them stay")
        )

    def command(self) -> c.Ban:
        """As filled in."""
        seconds = BAN_TIMES[self.query_one(Choices).chosen][1]
        return c.Ban(id=self.person, seconds=seconds, reason=self.line)


class ReportForm(Form):
    """To the server's admins, and to nobody else."""

    def title_for(self, name: str) -> str:
        """What it is."""
        return f"Report {name}"

    def body(self) -> ComposeResult:
        """What for; and what goes with it."""
        yield Static(Content("What is it about?"), classes="question -first")
        yield Choices(REPORT_REASONS)
        yield Static(Content("What happened? Optional."), classes="question")
        yield Input(max_length=MAX_REASON, compact=True)
        note = (
            "What was said here in the last minute, the chat and who is here go with it. Only the"
            " admins of this server see it; nobody in the room learns that you reported."
        )
        yield Static(Content.styled(note, QUIET), classes="note")
        yield KeysLine(("←→", "what"), ("Tab", "note"), ("Enter", "reports"), ("Esc", "does not"))

    def command(self) -> c.Report:
        """As filled in."""
        reason = REPORT_REASONS[self.query_one(Choices).chosen]
        return c.Report(id=self.person, reason=reason, note=self.line)


FORMS: dict[str, type[Form]] = {"remove": RemoveForm, "ban": BanForm, "report": ReportForm}
