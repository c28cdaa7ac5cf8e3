"""Forms before a person is removed, banned or reported: ask why, and for how long."""

from __future__ import annotations

from typing import get_args

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.text import MAX_REASON
from ..keys import MEANT
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import ARROWS, Choices, KeysLine, Sheet

HOUR, DAY = 3600, 24 * 3600
BAN_TIMES: tuple[tuple[str, int | None], ...] = (
    ("10 min", 600),
    ("1 hour", HOUR),
    ("1 day", DAY),
    ("for good", None),
)
REPORT_REASONS: tuple[c.ReportReason, ...] = get_args(c.ReportReason)
_EVERYBODY_SEES = "Everybody here can read it in the moderation log."


class Form(Sheet[c.Command | None]):
    """A form about one person; answers with the command to send, or None if cancelled.

    ``does`` and ``leaves`` say what Enter and Esc do, ``moves`` how to get to the fields.
    """

    does = "does it"
    leaves = "cancels"
    moves: tuple[Hint, ...] = ()

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
        """Return the title: what the form is about."""
        raise NotImplementedError

    def command(self) -> c.Command:
        """Return the command with what was filled in."""
        raise NotImplementedError

    @property
    def line(self) -> str:
        """The text in the form's field, without blanks at its ends."""
        return self.query_one(Input).value.strip()

    def on_mount(self) -> None:
        """Accept Enter only after a moment, so that the user sees the question first."""
        ways = (Hint("Enter", self.does, "send"), Hint("Esc", self.leaves, "back"))
        self.offer(*self.moves, *ways)
        self.set_timer(MEANT, self._arm)

    def _arm(self) -> None:
        self.armed = True

    def action_send(self) -> None:
        """Answer with the command, on Enter."""
        if self.armed:
            self.dismiss(self.command())

    def action_back(self) -> None:
        """Answer with None, on Esc."""
        self.dismiss(None)


class RemoveForm(Form):
    """Removes a person from the room; they are free to come back."""

    does, leaves = "removes", "lets them stay"

    def title_for(self, name: str) -> str:
        """Return the question whether to remove the person."""
        return f"Remove {name} from the room?"

    def body(self) -> ComposeResult:
        """Yield the field for the reason."""
        yield Static(Content("Why? Optional."), classes="question -first")
        yield Input(max_length=MAX_REASON, compact=True)
        yield Static(
            Content.styled(f"They can come back at once. {_EVERYBODY_SEES}", QUIET), classes="note"
        )
        yield KeysLine()

    def command(self) -> c.Remove:
        """Return the command to remove the person."""
        return c.Remove(id=self.person, reason=self.line)


class BanForm(Form):
    """Bans a person from the room by their key, whatever name they use."""

    does, leaves = "bans", "lets them stay"
    moves = (Hint("←→", "how long"), Hint("Tab", "why"))

    def title_for(self, name: str) -> str:
        """Return the question whether to ban the person."""
        return f"Ban {name} from the room?"

    def body(self) -> ComposeResult:
        """Yield the fields for the length of the ban and the reason."""
        yield Static(Content("For how long?"), classes="question -first")
        yield Choices([words for words, _ in BAN_TIMES], 1)
        yield Static(Content("Why? Optional."), classes="question")
        yield Input(max_length=MAX_REASON, compact=True)
        note = f"Their key is banned, under whatever name. {_EVERYBODY_SEES}"
        yield Static(Content.styled(note, QUIET), classes="note")
        yield KeysLine()

    def command(self) -> c.Ban:
        """Return the command to ban the person."""
        seconds = BAN_TIMES[self.query_one(Choices).chosen][1]
        return c.Ban(id=self.person, seconds=seconds, reason=self.line)


class ReportForm(Form):
    """Reports a person to the server's admins, and to nobody else."""

    does, leaves = "reports", "cancels"
    moves = (Hint("←→", "what"), Hint("Tab", "note"))

    def title_for(self, name: str) -> str:
        """Return whom the report is about, as a title."""
        return f"Report {name}"

    def body(self) -> ComposeResult:
        """Yield the fields for reason and note, and a line on what the report includes."""
        yield Static(Content("What is it about?"), classes="question -first")
        yield Choices(REPORT_REASONS)
        yield Static(Content("What happened? Optional."), classes="question")
        yield Input(max_length=MAX_REASON, compact=True)
        note = (
            "What was said here in the last minute, the chat and who is here go with it. Only the"
            " admins of this server see it; nobody in the room learns that you reported."
        )
        yield Static(Content.styled(note, QUIET), classes="note")
        yield KeysLine()

    def command(self) -> c.Report:
        """Return the command to report the person."""
        reason = REPORT_REASONS[self.query_one(Choices).chosen]
        return c.Report(id=self.person, reason=reason, note=self.line)


FORMS: dict[str, type[Form]] = {"remove": RemoveForm, "ban": BanForm, "report": ReportForm}
