"""Forms for what owners and moderators of a community do with people."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from ....protocol import commands as c
from ....protocol.community import CommunityPerson, CommunityRole
from ....protocol.text import MAX_REASON
from ..widgets.face import QUIET
from ..widgets.key_hints import Hint
from ..widgets.sheet import Choices, KeysLine
from .forms import BAN_TIMES, Form

ROLES: tuple[CommunityRole, ...] = ("member", "moderator", "owner")
MEMBERS_SEE = "Every member can read it in the log."


class CommunityForm(Form):
    """A form about somebody in a list of a community's people."""

    def __init__(self, community: str, someone: CommunityPerson) -> None:
        super().__init__(someone.person.id, someone.person.full_name)
        self.community = community

    def reason(self, note: str, classes: str = "question -first") -> ComposeResult:
        """Yield the field for the reason, and a note."""
        yield Static(Content("Why? Optional; they are told."), classes=classes)
        yield Input(max_length=MAX_REASON, compact=True)
        yield Static(Content.styled(note, QUIET), classes="note")


class DeclineForm(CommunityForm):
    """Declines an application; they may apply again."""

    does, leaves = "declines", "lets them wait"

    def title_for(self, name: str) -> str:
        """Return the question whether to decline."""
        return f"Decline {name}?"

    def body(self) -> ComposeResult:
        """Yield the field for the reason."""
        yield from self.reason("They may apply again. The log does not say who it was.")
        yield KeysLine()

    def command(self) -> c.DeclineApplication:
        """Return the command to decline."""
        return c.DeclineApplication(community=self.community, person=self.person, reason=self.line)


class RemoveMemberForm(CommunityForm):
    """Puts a member out, who may come again."""

    does, leaves = "removes", "cancels"

    def title_for(self, name: str) -> str:
        """Return the question whether to put the member out."""
        return f"Put {name} out of the community?"

    def body(self) -> ComposeResult:
        """Yield the field for the reason."""
        note = f"They leave its rooms for members at once, and may come again. {MEMBERS_SEE}"
        yield from self.reason(note)
        yield KeysLine()

    def command(self) -> c.RemoveMember:
        """Return the command to put the member out."""
        return c.RemoveMember(community=self.community, person=self.person, reason=self.line)


class BanFromCommunityForm(CommunityForm):
    """Keeps somebody out of the community and of all its rooms."""

    does, leaves = "bans", "lets them stay"
    moves = (Hint("←→", "how long"), Hint("Tab", "why"))

    def title_for(self, name: str) -> str:
        """Return the question whether to ban somebody."""
        return f"Ban {name} from the community?"

    def body(self) -> ComposeResult:
        """Yield the fields for the length of the ban and the reason."""
        yield Static(Content("For how long?"), classes="question -first")
        yield Choices([words for words, _ in BAN_TIMES], 2)
        yield from self.reason(
            f"They leave all of its rooms at once, by whichever of their keys. {MEMBERS_SEE}",
            "question",
        )
        yield KeysLine()

    def command(self) -> c.BanFromCommunity:
        """Return the command to ban them."""
        seconds = BAN_TIMES[self.query_one(Choices).chosen][1]
        return c.BanFromCommunity(
            community=self.community, person=self.person, seconds=seconds, reason=self.line
        )


class RoleForm(CommunityForm):
    """Gives a member another role."""

    does = "gives it"
    moves = (Hint("←→", "role"),)

    def __init__(self, community: str, someone: CommunityPerson) -> None:
        self._role: CommunityRole = someone.role or "member"
        super().__init__(community, someone)

    def title_for(self, name: str) -> str:
        """Return whose role it is, as a title."""
        return f"The role of {name}"

    def body(self) -> ComposeResult:
        """Yield the choice of a role."""
        yield Choices(ROLES, ROLES.index(self._role))
        note = f"Nobody outranks an owner: only they step down themselves. {MEMBERS_SEE}"
        yield Static(Content.styled(note, QUIET), classes="note")
        yield KeysLine()

    def command(self) -> c.SetCommunityRole:
        """Return the command to give the role."""
        role = ROLES[self.query_one(Choices).chosen]
        return c.SetCommunityRole(community=self.community, person=self.person, role=role)
