"""The invite page: shows, copies and prints the line for friends; moderators manage invites."""

from __future__ import annotations

import time
from typing import get_args

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ....protocol import commands as c
from ....protocol import events as e
from ....protocol.durations import remaining
from ....protocol.people import ROLE_WORDS, RoomInvite
from ..keys import binding
from ..widgets.face import QUIET
from ..widgets.selectable_list import SelectableList
from ..widgets.sheet import ARROWS, Choices, KeysLine, Sheet

DAY = 24 * 3600
ROLES: tuple[c.InviteRole, ...] = get_args(c.InviteRole)
USES: tuple[tuple[str, int | None], ...] = (
    ("any number", None),
    ("1", 1),
    ("10", 10),
    ("100", 100),
)
TIMES = (("1 hour", 3600), ("1 day", DAY), ("1 week", 7 * DAY), ("5 weeks", 35 * DAY))


class InviteScreen(Sheet[None]):
    """The invite page over the room; Enter closes it."""

    BINDINGS = [
        Binding("c", "copy", show=False),
        Binding("p", "print", show=False),
        Binding("n", "make", show=False),
        Binding("x", "revoke", show=False),
        Binding("enter,q", "back", show=False, priority=True),
        binding("invite", "back"),
    ]
    title_text = "Invite"

    def __init__(self, line: str, advice: str, room: str) -> None:
        super().__init__()
        self.line = line
        self._advice = advice
        self._room_name = room
        self._links: tuple[RoomInvite, ...] | None = None
        self._fresh: e.RoomInviteMade | None = None

    @property
    def _moderates(self) -> bool:
        """Whether the user can make invites; in an open room invites give a role."""
        view = self.client.model.view
        return view is not None and view.is_moderator

    def compose(self) -> ComposeResult:
        """Yield the line and what can be done with it."""
        with VerticalScroll(classes="sheet") as sheet:
            sheet.border_title = self.title_text
            yield Static(Content(f"Whoever runs this line comes into {self._room_name}:"))
            yield Static(id="invite-line")
            if self._advice:
                yield Static(Content.styled(self._advice, QUIET), id="invite-advice")
            links = SelectableList(markup=False, compact=True, classes="few", id="links")
            links.display = False
            yield links
            yield KeysLine()
            yield Static(id="invite-done")

    def on_mount(self) -> None:
        """Show the line, and ask for the list of invites."""
        self._fresh = self.client.model.fresh_invite
        self.show_line(self.line)
        key = self.keymap.shown("invite")
        made = (("n", "new"), ("x", "revokes")) if self._moderates else ()
        again = () if made else ((key, "shows it again"),)
        self.query_one(KeysLine).show_keys(
            ("c", "copies it"), ("p", "prints it"), *made, ("Enter", "next"), *again
        )
        if self._moderates:
            self.client.send(c.ListRoomInvites())

    def show_line(self, line: str) -> None:
        """Show another line: a fresh invite was made."""
        self.line = line
        self.query_one("#invite-line", Static).update(Content(line))

    def sync(self) -> None:
        """Update the list of invites and the line."""
        if self.client.model.fresh_invite is not self._fresh:
            self._fresh = self.client.model.fresh_invite
            self.show_line(self.client.fresh_line() or self.line)
        if self._moderates and self.client.model.lists.room_invites != self._links:
            self._links = self.client.model.lists.room_invites
            rows = self.query_one(OptionList)
            rows.clear_options()
            ends = self.client.model.clock.local_time
            rows.add_options(
                Option(_words(link, ends(link.expires_at)), id=link.id) for link in self._links
            )
            rows.display = bool(self._links)
            if self._links:
                rows.highlighted = len(self._links) - 1
                rows.focus(scroll_visible=False)

    def _tell(self, done: str) -> None:
        line = self.query_one("#invite-done", Static)
        line.display = True
        line.update(Content.styled(done, "bold"))

    def action_copy(self) -> None:
        """Copy the line through the terminal (OSC 52), which works over SSH, too.

        The terminal does not tell whether it copied.
        """
        self.app.copy_to_clipboard(self.line)
        self._tell("sent to the terminal's clipboard; p prints it if that did not work")

    async def action_print(self) -> None:
        """Print the line on the normal screen, in one piece, where the terminal can select it."""
        await self.client.print_aside(self.line)

    def action_make(self) -> None:
        """Open the form for another invite: its role, number of uses, and duration."""
        if self._moderates:
            self.app.push_screen(InviteForm(), self._make)

    def _make(self, command: c.MakeRoomInvite | None) -> None:
        if command is not None:
            self.client.send(command)
            self.client.send(c.ListRoomInvites())
            self._tell(f"this is the new line: it brings a {ROLE_WORDS[command.role]}")

    def action_revoke(self) -> None:
        """Revoke the picked invite."""
        rows = self.query_one(OptionList)
        if self._moderates and rows.highlighted is not None:
            self.client.send(c.RevokeRoomInvite(id=rows.get_option_at_index(rows.highlighted).id))
            self.client.send(c.ListRoomInvites())


class InviteForm(Sheet[c.MakeRoomInvite | None]):
    """A form for a new invite: its role, number of uses, and duration."""

    BINDINGS = [
        Binding("enter", "make", show=False, priority=True),
        *ARROWS,
    ]
    title_text = "New invite"

    def body(self) -> ComposeResult:
        """Yield the three questions."""
        yield Static(Content("Whoever comes by it is a"), classes="question -first")
        yield Choices([ROLE_WORDS[role] for role in ROLES], id="role")
        yield Static(Content("How many may come by it?"), classes="question")
        yield Choices([words for words, _ in USES], id="uses")
        yield Static(Content("How long is it good?"), classes="question")
        yield Choices([words for words, _ in TIMES], 2, id="time")
        yield KeysLine(
            ("↑↓", "question"), ("←→", "answer"), ("Enter", "makes it"), ("Esc", "cancels")
        )

    def _chosen(self, id: str) -> int:
        return self.query_one(f"#{id}", Choices).chosen

    def action_make(self) -> None:
        """Answer with the command to make the invite."""
        role, uses = ROLES[self._chosen("role")], USES[self._chosen("uses")][1]
        self.dismiss(c.MakeRoomInvite(role=role, uses=uses, seconds=TIMES[self._chosen("time")][1]))

    def action_back(self) -> None:
        """Close the form without a new invite."""
        self.dismiss(None)


def _words(link: RoomInvite, ends_at: float) -> Content:
    came = f"{link.used} of {link.uses} came by it" if link.uses is not None else "for any number"
    words = f"  {came} · good for {remaining(ends_at - time.time())}"
    by = f" · by {link.by}" if link.by else ""
    return Content.assemble((f"{ROLE_WORDS[link.role]:<9}", "bold"), (words + by, QUIET))
