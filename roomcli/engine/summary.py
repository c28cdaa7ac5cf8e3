"""A short summary of a room, for status bars and scripts."""

from __future__ import annotations

from typing import Any

from ..protocol.view import RoomView


def summary(view: RoomView | None, room: str, *, on_air: bool, connected: bool) -> dict[str, Any]:
    """Return what ``roomcli ctl state`` prints; ``view`` is None before the room is known."""
    connection = "connected" if connected else "reconnecting"
    if view is None:
        return {"room": room, "connection": connection, "on_air": False, "people": []}
    me = view.stage.get(view.you)
    return {
        "room": view.name,
        "you": view.you,
        "role": view.role,
        "muted": me is None or me.muted,
        "on_air": on_air,
        "hand": view.place_in_queue(view.you),
        "audience": view.audience,
        "people": [
            {
                "id": id,
                "name": view.shown(speaker).name,
                "tail": view.shown(speaker).tail,
                "role": speaker.role,
                "muted": speaker.muted,
                "silenced": speaker.silenced,
                "spoken": speaker.spoken,
            }
            for id, speaker in view.stage.items()
        ],
        "connection": connection,
    }
