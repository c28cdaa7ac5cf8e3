"""What keeping a microphone and keeping speakers have in common: opening, replacing, reporting."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal, TypeVar

import trio

from ..audio.device import AudioDevice
from ..errors import AudioError
from ..protocol.local import Device, DeviceKind, DeviceStatus
from .capture import CHECK_SECONDS
from .lookout import Lookout
from .opening import Opener
from .other_device import WaysOut
from .trouble import DeviceTrouble

D = TypeVar("D", bound=AudioDevice)


class DeviceKeeper(Generic[D]):
    """Base of both: keeps the wanted device in use, and tries again when it fails.

    ``tell`` gets the news about the device that a person should see, which end with how to use
    another one, by ``ways_out``.
    """

    kind: DeviceKind
    _direction: Literal["input", "output"]

    def __init__(
        self,
        opens: Callable[[str | None], D],
        spec: str | None,
        tell: Callable[[Device], None],
        ways_out: WaysOut,
    ) -> None:
        self.device: D | None = None
        """The device in use."""
        self.trouble = DeviceTrouble()
        self._opener = Opener(opens, spec)
        self._tell = tell
        self._way_out = ways_out[self.kind]
        self._lookout = Lookout(spec, self._direction)
        self._turn = trio.CancelScope()
        """From one attempt to the next one."""
        self._closed = trio.Event()
        self._may_open = trio.Event()
        self._may_open.set()

    @property
    def spec(self) -> str | None:
        """What names the wanted device; None is the system's default."""
        return self._opener.spec

    @property
    def uses_card(self) -> bool:
        """Whether a sound card is in use, not a file or nothing."""
        return self.device is not None and self.device.kind == "device"

    @property
    def status(self) -> DeviceStatus | None:
        """What the sound system grants to the device in use; None without any."""
        device = self.device
        if device is None:
            return None
        return DeviceStatus(
            kind=self.kind,
            latency_ms=round(device.latency * 1000, 1),
            buffer_ms=None if device.buffered is None else round(device.buffered * 1000, 1),
            failures=self.trouble.failures,
            last_failure=self.trouble.last_failure,
        )

    async def change_device(self, spec: str | None, other: DeviceKeeper[Any]) -> None:
        """Use another device from now on; the one in use goes on until it is there.

        Raises AudioError if it cannot be used; then nothing has changed. ``other`` keeps the
        devices of the other direction, which stop for a moment where a card that has just been
        plugged in is only found while none is open.
        """
        if spec == self.spec and self.device is not None and not self.trouble.told:
            return
        lookout = Lookout(spec, self._direction)
        try:
            await self._prepare(spec)
        except AudioError:
            if not await lookout.sees():
                raise
            with self._held(), other._held():
                self._opener.spec = spec
                for each in (self, other):
                    if each.uses_card:
                        await each.give_way().wait()
        self._lookout = lookout
        self.trouble.begin_anew()
        self._turn.cancel()

    def give_way(self) -> trio.Event:
        """Close the device and open it again; the event happens when it is closed."""
        closed = self._closed
        self._turn.cancel()
        return closed

    async def _prepare(self, spec: str | None) -> None:
        """Open the device that takes over. Raises AudioError."""
        await self._opener.prepare(spec)

    async def _next_device(self) -> D:
        """Return the device to use now. Raises AudioError."""
        await self._may_open.wait()
        return await self._opener.obtain()

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Open nothing within the block."""
        over = self._may_open = trio.Event()
        try:
            yield
        finally:
            over.set()

    def _note_closed(self) -> None:
        self.device = None
        self._closed.set()
        self._closed = trio.Event()

    async def _rest(self, other: DeviceKeeper[Any]) -> None:
        """Wait until another attempt is worth it, with a new list of cards if that helps."""
        await trio.sleep(self.trouble.pause)
        if other.uses_card and await self._lookout.sees():
            await other.give_way().wait()

    async def _miss(self, error: AudioError) -> None:
        """Report that the device cannot be opened."""
        self._report(self.spec or "default", str(error))
        await self._lookout.miss()
        self.trouble.missing()

    def _advised(self, problem: str) -> str:
        """Return what is wrong with the device, if anything, and how to use another one."""
        return f"{problem}; {self._way_out}" if problem else ""

    async def _report_working(self, device: D) -> None:
        """Report that a device works, after a proof if it kept failing, and each other name of it.

        A sound server takes the sound to another card when one is unplugged, or made the default.
        """
        if proof := self.trouble.proof:
            await trio.sleep(proof)
        name = device.name
        self._report(name, "")
        while True:
            await trio.sleep(CHECK_SECONDS)
            if device.name != name:
                name = device.name
                self._tell(Device(kind=self.kind, name=name, problem=""))

    def _report(self, name: str, problem: str) -> None:
        """Report a change; the same trouble again is no news."""
        if self.trouble.is_news(problem):
            self._tell(Device(kind=self.kind, name=name, problem=self._advised(problem)))
