"""A page of emoji to react with, and a field for any other one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from ....protocol.emoji import is_emoji
from ..widgets.face import Face, clickable, lines, styled
from ..widgets.sheet import KeysLine, Sheet

PAGE = (
    "👏 🎉 😂 🤔 👍 👎 🙌 🙏 💯 🔥 🚀 ✨",
    "😀 😊 😍 😎 🤩 🥳 😅 🙃 😮 😢 😡 🤯",
    "👋 🤝 💪 👀 🫶 💡 📣 🎯 🏆 🎵 ☕ 🍕",
    "🐛 🦀 🐍 🐧 🐙 🌍 🌈 🌱 ⏰ 💤 🚨 🤖",
)
ROWS = tuple(tuple(row.split()) for row in PAGE)


class EmojiGrid(Face, can_focus=True):
    """A grid of emoji; arrows and Enter, or a click, choose one."""

    ALLOW_SELECT = False

    BINDINGS = [
        Binding("left", "move(-1, 0)", show=False),
        Binding("right", "move(1, 0)", show=False),
        Binding("up", "move(0, -1)", show=False),
        Binding("down", "move(0, 1)", show=False),
        Binding("enter,space", "choose", show=False),
    ]

    class Chosen(Message):
        """An emoji was chosen."""

        def __init__(self, emoji: str) -> None:
            super().__init__()
            self.emoji = emoji

    def __init__(self) -> None:
        super().__init__()
        self.facts = (0, 0)

    @property
    def place(self) -> tuple[int, int]:
        """Column and row of the picked emoji."""
        x, y = self.facts if isinstance(self.facts, tuple) else (0, 0)
        return x, y

    def action_move(self, x: int, y: int) -> None:
        """Pick a neighbouring emoji; below the last row move to the field."""
        old_x, old_y = self.place
        if old_y + y >= len(ROWS):
            self.screen.focus_next()
            return
        self.show((max(0, min(len(ROWS[0]) - 1, old_x + x)), max(0, old_y + y)))

    def action_choose(self) -> None:
        """Choose the picked emoji."""
        x, y = self.place
        self.post_message(self.Chosen(ROWS[y][x]))

    def render(self) -> Content:
        """Return the page, with the picked emoji in brackets."""
        picked = self.place
        return lines(
            *(
                Content("").join(
                    clickable(
                        styled(f"[{emoji}]", "bold $accent")
                        if (x, y) == picked
                        else Content(f" {emoji} "),
                        "take",
                        x,
                        y,
                    )
                    for x, emoji in enumerate(row)
                )
                for y, row in enumerate(ROWS)
            )
        )

    def action_take(self, x: int, y: int) -> None:
        """Pick and choose the emoji at this column and row."""
        self.show((x, y))
        self.action_choose()


class EmojiScreen(Sheet[str | None]):
    """Answers with an emoji, or with None if the user wants none."""

    title_text = "React"

    def body(self) -> ComposeResult:
        """Yield the page and the field."""
        yield EmojiGrid()
        yield Input(placeholder="or type or paste any other one", compact=True, max_length=16)
        yield KeysLine(("arrows", "pick"), ("Enter", "reacts"), ("Esc", "cancels"))

    def on_emoji_grid_chosen(self, message: EmojiGrid.Chosen) -> None:
        """Answer with the emoji chosen on the page."""
        self.dismiss(message.emoji)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer with the emoji in the field, if it is one."""
        emoji = event.value.strip()
        if is_emoji(emoji):
            self.dismiss(emoji)
        else:
            self.set_title(self.title_text, "that is not one emoji")

    def action_back(self) -> None:
        """Close the page without a reaction."""
        self.dismiss(None)
