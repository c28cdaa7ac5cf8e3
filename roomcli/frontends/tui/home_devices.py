"""Choosing devices at home, where no room has them open: with an engine of their own meanwhile.

So no microphone stays open after the page of devices is closed, whatever goes on at home.
"""

from __future__ import annotations

from collections.abc import Callable

from ...protocol import local
from ...protocol.audio import SILENCE
from ..engine_process import Engine
from ..model.own_devices import OwnDevices, with_device


class HomeDevices:
    """Opens devices by ``engine``, beginning with those of ``enter``, to show and try them.

    ``use`` is told what is chosen, ``close`` ends the engine.
    """

    plays_tone = True

    def __init__(
        self,
        engine: Engine,
        enter: local.Enter,
        use: Callable[[local.DeviceChosen], object],
        close: Callable[[Engine], object],
    ) -> None:
        self.devices = OwnDevices.on_entering(enter)
        self.own_level = SILENCE
        self._engine = engine
        self._enter = enter
        self._use = use
        self._close = close

    async def watch_devices(self, changed: Callable[[], object]) -> None:
        """Show what the engine tells of the devices, until it is closed."""
        async for event in self._engine.events():
            match event:
                case local.Levels(microphone=level):
                    self.own_level = level
                    continue
                case local.Device(kind=kind, problem=problem):
                    self.devices.receive(event)
                    if kind == "microphone" and problem:
                        self.own_level = SILENCE
                case local.Problem(text=text) | local.Left(text=text):
                    self.devices.receive(local.Device(kind="microphone", name="", problem=text))
                    self.own_level = SILENCE
            changed()

    def choose(self, kind: local.DeviceKind, device: str) -> None:
        """Try another device, and use it in the next rooms."""
        chosen = local.DeviceChosen(kind=kind, device=device)
        self._enter = with_device(self._enter, chosen)
        self.devices.receive(chosen)
        self._engine.send(local.OpenDevices(mic=self._enter.mic, speaker=self._enter.speaker))
        self._use(chosen)

    def play_tone(self) -> None:
        """Play a tone on the chosen speakers."""
        self._engine.send(local.PlayTone())

    def let_go(self) -> None:
        """End the engine, and its use of the microphone."""
        self._close(self._engine)
