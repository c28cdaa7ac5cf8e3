"""What pages have in common from which one goes into a room."""

from __future__ import annotations

from typing import cast

from textual.screen import ModalScreen

from ..room_client import ClientApp, stake
from ..widgets.sheet import DeskSheet


class EnteringSheet(DeskSheet[None]):
    """A page from which one goes into rooms; whoever would leave a stage for one is asked once."""

    _asked_about = ""

    def enter_room(self, room: str, *, opens: bool = False) -> None:
        """Enter a room, or open it, or go back to it if it is the one that goes on."""
        app = cast("ClientApp", self.app)
        visit = app.client
        held = stake(visit) if visit is not None and not app.is_in_room(room) else None
        if held and self._asked_about != room:
            self._asked_about = room
            self.set_title(self.title_text, f"you are {held}: press it once more to leave that")
            return
        while isinstance(self.app.screen, ModalScreen):
            self.app.pop_screen()
        if app.is_in_room(room):
            app.show_room()
        else:
            app.enter_room(room, opens=opens)
