"""A short summary of a room, for status bars and scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..protocol.adjustment import AS_SENT, Adjustment
from ..protocol.people import Speaker
from ..protocol.playing import Playing
from ..protocol.view import RoomView


def summary(
    view: RoomView | None,
    room: str,
    *,
    on_air: bool,
    connected: bool,
    adjustments: Mapping[str, Adjustment],
    playing: Playing | None,
) -> dict[str, Any]:
    """Return what ``roomcli ctl state`` prints; ``view`` is None before the room is known.

    ``adjustments`` is how people are heard, by key, ``playing`` what the user plays to the room.
    """
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
        "playing": None if playing is None else _playing(playing),
        "people": [_on_stage(view, each, adjustments) for each in view.stage.values()],
        "connection": connection,
    }


def _playing(playing: Playing) -> dict[str, Any]:
    return {
        "name": playing.name,
        "state": playing.state,
        "position": playing.position,
        "duration": playing.duration,
    }


def _on_stage(
    view: RoomView, speaker: Speaker, adjustments: Mapping[str, Adjustment]
) -> dict[str, Any]:
    person = view.shown(speaker)
    heard = adjustments.get(person.key, AS_SENT)
    return {
        "id": speaker.id,
        "name": person.name,
        "tail": person.tail,
        "role": speaker.role,
        "muted": speaker.muted,
        "silenced": speaker.silenced,
        "spoken": speaker.spoken,
        "volume": heard.volume,
        "muted_for_you": heard.muted,
        "noise_suppressed": heard.noise_suppressed,
    }
