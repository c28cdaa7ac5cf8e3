"""The room as this engine knows it, for itself and for others that did not follow its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from ..protocol import events as e
from ..protocol.adjustment import Adjustment
from ..protocol.evolve_view import cut_off, evolve_view
from ..protocol.local import Connection, Device, Microphone
from ..protocol.playing import Playing
from ..protocol.view import RoomView
from .summary import summary


class Record:
    """The newest state of the room, the link and the devices. Time is an argument, in seconds."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._joined: e.Joined | None = None
        self._joined_at = 0.0
        self._connection = Connection(state="connecting")
        self._devices: dict[str, Device] = {}
        self.view: RoomView | None = None

    def join(self, joined: e.Joined, now: float) -> None:
        """Note that the person is in the room, for the first time or again."""
        self._joined, self._joined_at, self.view = joined, now, joined.view

    def evolve(self, event: e.RoomEvent) -> None:
        """Apply an event of the room to the view."""
        if self.view is not None:
            self.view = evolve_view(self.view, event)

    def change_connection(self, connection: Connection) -> None:
        """Note the state of the link; while it is lost, the person is muted and not connected."""
        self._connection = connection
        if connection.state == "reconnecting" and self.view is not None:
            self.view = cut_off(self.view)

    def change_device(self, device: Device) -> None:
        """Note that a device is in use, or that it is not."""
        self._devices[device.kind] = device

    @property
    def is_connected(self) -> bool:
        """Whether the person is in the room, as far as the link told."""
        return self._connection.state == "connected"

    @property
    def is_unmuted(self) -> bool:
        """Whether the room takes voice from this person."""
        me = self.view.stage.get(self.view.you) if self.view is not None else None
        return me is not None and me.connected and not me.muted and not me.silenced

    def joined(self, now: float) -> e.Joined | None:
        """Return the ``joined`` of somebody who enters now; None before the room is known."""
        if self._joined is None or self.view is None:
            return None
        server_time = self._joined.server_time + now - self._joined_at
        known = self._joined.view.people | self._joined.people
        wrote = {each.person for each in self._joined.chat}
        people = {id: each for id, each in known.items() if id in wrote - self.view.people.keys()}
        return replace(self._joined, view=self.view, people=people, server_time=server_time)

    def snapshot(self, now: float, *, on_air: bool) -> list[e.Event]:
        """Return the whole state as events, for a frontend that missed events."""
        joined = self.joined(now)
        if joined is None:
            return []
        return [joined, Microphone(open=on_air), self._connection, *self._devices.values()]

    def summary(
        self, *, on_air: bool, adjustments: Mapping[str, Adjustment], playing: Playing | None
    ) -> dict[str, Any]:
        """Return the room as a status bar shows it.

        With how people are heard, by key, and with what the user plays.
        """
        return summary(
            self.view,
            self._room,
            on_air=on_air,
            connected=self.is_connected,
            adjustments=adjustments,
            playing=playing,
        )
