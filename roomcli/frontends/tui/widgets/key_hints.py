"""The last line: the keys that matter now, as many as fit; each can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from ....protocol.people import REACTIONS
from ...model.room_model import OwnState, RoomModel
from ..keys import Keymap
from ..moderation import ACTS, acts_on
from .face import QUIET, Face, clickable

GAP = 2
MESSAGE_ACTS = {
    "reply": "Reply",
    "copy_message": "Copy",
    "open_link": "Open link",
    "copy_link": "Copy link",
    "remove_message": "Delete",
}


class Hint(NamedTuple):
    """A key, what it does in one word, and its action, of the screen or the app.

    Without an action it says how to move about, for which a mouse needs no hint.
    """

    key: str
    label: str
    action: str = ""

    @property
    def width(self) -> int:
        """Number of cells that the hint takes."""
        return len(self.key) + 1 + len(self.label)


class HintFacts(NamedTuple):
    """The hints that may be shown, the most useful first, and those that always are."""

    offered: tuple[Hint, ...]
    always: tuple[Hint, ...]


def hints(
    model: RoomModel, keymap: Keymap, picked: str | None, reading: tuple[str, ...] | None
) -> HintFacts:
    """Return the hints for now; ``reading`` names what may be done to the picked message."""
    key = keymap.shown
    always = (
        Hint(key("help"), "Help", "open('help')"),
        Hint(key("leave"), "Leave", "app.leave"),
    )
    if model.view is None:
        return HintFacts((), always)
    if reading is not None:
        return HintFacts(tuple(_reading(keymap, reading)), always)
    if picked is not None:
        return HintFacts(tuple(_picked(model, keymap, picked)), always)
    return HintFacts(tuple(_room_hints(model, keymap)), always)


def _reading(keymap: Keymap, acts: tuple[str, ...]) -> Iterator[Hint]:
    yield Hint("↑↓", "Message", "pick_row(-1)")
    yield Hint(keymap.shown("command"), "Search", "command")
    for name in acts:
        yield Hint(keymap.shown(name), MESSAGE_ACTS[name], name)
    yield Hint("Esc", "Back", "let_go")
    yield Hint("Enter", "Card", "enter")
    yield Hint(keymap.shown("write"), "Write", "write")


def _picked(model: RoomModel, keymap: Keymap, picked: str) -> Iterator[Hint]:
    yield Hint("Enter", "Card", "enter")
    for name in acts_on(model.view, picked):
        yield Hint(keymap.shown(name), ACTS[name].label, f"act('{name}')")
    yield Hint("Esc", "Deselect", "let_go")
    yield from _own(model, keymap)


def _room_hints(model: RoomModel, keymap: Keymap) -> Iterator[Hint]:
    view, key, own = model.view, keymap.shown, model.own
    assert view is not None
    yield from _own(model, keymap)
    if view.is_moderator and len(view.knockers) > 1:
        yield Hint(key("let_in"), "At the door", "open('door')")
    elif view.is_moderator and view.knockers:
        yield Hint(key("let_in"), "Let in", "answer_knock(True)")
        yield Hint(key("turn_away"), "Decline", "answer_knock(False)")
    if view.is_moderator and view.hands:
        yield Hint(key("accept_hand"), "Accept", "act('accept_hand')")
        yield Hint(key("decline_hand"), "Decline", "act('decline_hand')")
    yield Hint(key("write"), "Chat", "write")
    yield Hint(f"{key('react_1')}-{key(f'react_{len(REACTIONS)}')}", "React", "react(1)")
    if view.is_moderator:
        yield Hint("←→", "Pick", "pick(1)")
    yield Hint(key("command"), "Command", "command")
    yield Hint(key("people"), "People", "open('people')")
    yield Hint(key("invite"), "Invite", "open('invite')")
    yield Hint(key("settings"), "Room", "open('settings')")
    yield Hint(key("home"), "Home", "home")
    off_stage = own in (OwnState.LISTENING, OwnState.HAND_RAISED)
    if not off_stage and own is not OwnState.RECONNECTING and view.role != "host":
        yield Hint(key("leave_stage"), "Leave stage", "leave_stage")
    yield Hint(key("command_palette"), "All", "app.command_palette")


def _own(model: RoomModel, keymap: Keymap) -> Iterator[Hint]:
    own, view = model.own, model.view
    if own is OwnState.RECONNECTING:
        return
    if own is OwnState.HAND_RAISED:
        yield Hint(keymap.shown("raise_hand"), "Lower hand", "raise_hand")
    elif own is OwnState.LISTENING:
        if view is not None and view.settings.hands == "on":
            yield Hint(keymap.shown("raise_hand"), "Raise hand", "raise_hand")
    elif own is not OwnState.SILENCED:
        label = "Mute" if own in (OwnState.ON_AIR, OwnState.OPENING) else "Unmute"
        if label == "Unmute" and keymap.reports_releases:
            label = "Hold to speak"
        yield Hint(keymap.shown("push_to_talk"), label, "toggle_microphone")


def fitting(facts: HintFacts, width: int) -> tuple[Hint, ...]:
    """Return as many hints as fit beside those that are always shown, which come last."""
    room = width - sum(hint.width + GAP for hint in facts.always) + GAP
    chosen = []
    for hint in facts.offered:
        room -= hint.width + GAP
        if room < 0:
            break
        chosen.append(hint)
    return (*chosen, *facts.always)


class KeyHints(Face):
    """Shows the hints; a click on one does what its key does."""

    ALLOW_SELECT = False

    def sync(
        self,
        model: RoomModel,
        keymap: Keymap,
        picked: str | None,
        reading: tuple[str, ...] | None,
    ) -> None:
        """Show the hints for the present state of the model."""
        self.show(hints(model, keymap, picked, reading))

    def _shown(self) -> tuple[Hint, ...]:
        return fitting(self.facts, self.width) if isinstance(self.facts, HintFacts) else ()

    def render(self) -> Content:
        """Return the keys with their labels, each to be clicked."""
        return Content(" " * GAP).join(
            clickable(
                Content.assemble((hint.key, "bold $accent"), (f" {hint.label}", QUIET)),
                "do",
                hint.action,
            )
            for hint in self._shown()
        )

    async def action_do(self, action: str) -> None:
        """Run the action of a hint, as its key does."""
        await self.screen.run_action(action)
