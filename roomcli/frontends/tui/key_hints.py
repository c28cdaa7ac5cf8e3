"""The last line: the keys that matter at this moment, as many as fit; each can be clicked."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content

from ..room_model import OwnState, RoomModel
from .face import QUIET, Face
from .moderation import ACTS, acts_on

GAP = 2


class Hint(NamedTuple):
    """A key, what it does in a word, and the action behind it."""

    key: str
    label: str
    action: str

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return len(self.key) + 1 + len(self.label)


ALWAYS = (Hint("?", "Help", "help"), Hint("q", "Leave", "app.leave"))


def hints(model: RoomModel, picked: str | None) -> tuple[Hint, ...]:
    """What to offer, the most useful first."""
    view, own = model.view, model.own
    if view is None:
        return ()
    acts = [ACTS[name] for name in acts_on(view, picked) if ACTS[name].key]
    if acts:
        here = tuple(Hint(act.key, act.label, f"act('{act.name}')") for act in acts)
        return (*here, Hint("Esc", "Let go", "dismiss_question"), *_own(model)[:1])
    offered = [*_own(model)]
    if view.is_moderator and view.hands:
        offered.append(Hint("a", "Accept", "act('accept_hand')"))
        offered.append(Hint("d", "Decline", "act('decline_hand')"))
    offered.append(Hint("1-6", "React", "react(1)"))
    if view.is_moderator:
        offered.append(Hint("←→", "Pick", "pick(1)"))
    offered.append(Hint("L", "Invite", "invite"))
    offered.append(Hint("p", "People", "people"))
    if own not in (OwnState.LISTENING, OwnState.HAND_RAISED) and view.role != "host":
        offered.append(Hint("l", "Leave stage", "leave_stage"))
    offered.append(Hint("^p", "All commands", "app.command_palette"))
    return tuple(offered)


def _own(model: RoomModel) -> tuple[Hint, ...]:
    own = model.own
    if own in (OwnState.LISTENING, OwnState.HAND_RAISED):
        label = "Lower hand" if own is OwnState.HAND_RAISED else "Raise hand"
        return (Hint("h", label, "toggle_hand"),)
    if own is OwnState.SILENCED:
        return ()
    label = "Mute" if own in (OwnState.ON_AIR, OwnState.OPENING) else "Unmute"
    return (Hint("space", label, "toggle_microphone"),)


def fitting(offered: tuple[Hint, ...], width: int) -> tuple[Hint, ...]:
    """As many as fit beside those that are always there, which come last."""
    room = width - sum(hint.width + GAP for hint in ALWAYS) + GAP
    chosen = []
    for hint in offered:
        room -= hint.width + GAP
        if room < 0:
            break
        chosen.append(hint)
    return (*chosen, *ALWAYS)


class KeyHints(Face):
    """Shows them; a click is the key."""

    def sync(self, model: RoomModel, picked: str | None) -> None:
        """Show what fits the moment."""
        self.show(hints(model, picked))

    def _shown(self) -> tuple[Hint, ...]:
        offered = self.facts if isinstance(self.facts, tuple) else ()
        return fitting(offered, self.width)

    def render(self) -> Content:
        """One line."""
        return Content(" " * GAP).join(
            Content.assemble((hint.key, "bold $accent"), (f" {hint.label}", QUIET))
            for hint in self._shown()
        )

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint under the pointer says."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        left = 0
        for hint in self._shown():
            if left <= offset.x < left + hint.width:
                await self.screen.run_action(hint.action)
                return
            left += hint.width + GAP
