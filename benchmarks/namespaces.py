"""Networks of the benchmark's own on this machine, and a path between two of them to lose packets.

Loss must be seen by TCP itself, so packets have to get lost below it: each of two network
namespaces has a TUN device, and what one says comes out of the other, late or never. (``tc netem``
would do the same; not every kernel has it.) Linux, and root.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import heapq
import itertools
import os
import select
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .impairment import BadPath, Impairment
from .report import NotMeasured

MOST = 65_535
"""Bytes of a packet."""
WAITING = 1000
"""Packets that may be on their way in one direction; a router's queue is no longer."""

_CLONE_NEWNET = 0x4000_0000
_TUNSETIFF = 0x4004_54CA
_TUN_WITHOUT_HEAD = 0x0001 | 0x1000
_OWN = Path("/proc/thread-self/ns/net")
_TUN = Path("/dev/net/tun")


def missing() -> str | None:
    """Say what a machine lacks for such networks."""
    if not _OWN.exists() or not _TUN.exists() or os.geteuid() != 0:
        return "needs Linux, root and /dev/net/tun"
    return None if shutil.which("ip") else "needs ip: apt install iproute2"


class NetworkNamespace:
    """A network in which this thread, and processes that it starts, may be for a while."""

    def __init__(self) -> None:
        before = os.open(_OWN, os.O_RDONLY)
        try:
            _call("unshare", _CLONE_NEWNET)
            self._file = os.open(_OWN, os.O_RDONLY)
            _call("setns", before, _CLONE_NEWNET)
        finally:
            os.close(before)
        with self.entered():
            _ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be in this network until the block ends."""
        before = os.open(_OWN, os.O_RDONLY)
        try:
            _call("setns", self._file, _CLONE_NEWNET)
            try:
                yield
            finally:
                _call("setns", before, _CLONE_NEWNET)
        finally:
            os.close(before)

    def add_address(self, address: str) -> None:
        """Have an address that belongs to no device."""
        with self.entered():
            _ip("address", "add", f"{address}/32", "dev", "lo")

    def open_tun(self, name: str, address: str, peer: str, *routes: str) -> int:
        """Make a device whose packets are read and written here; return its file."""
        with self.entered():
            file = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEAD))
            _ip("address", "add", address, "peer", peer, "dev", name)
            _ip("link", "set", name, "up")
            for route in routes:
                _ip("route", "add", route, "dev", name)
        return file

    def close(self) -> None:
        """Leave it; it is gone with its last process and device."""
        os.close(self._file)


class BadLink:
    """The path between two TUN devices, in a thread of its own until :meth:`close`."""

    def __init__(self, near: int, far: int, seed: int) -> None:
        self._ends = {near: far, far: near}
        self._seeds = itertools.count(seed)
        self._paths: dict[int, BadPath] = {}
        self._due: list[tuple[float, int, int, bytes]] = []
        self._number = itertools.count()
        self._stopped, self._stop = os.pipe()
        self.lost = 0
        self.impair(Impairment())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def impair(self, impairment: Impairment) -> None:
        """Be as bad as this from now on, in both directions."""
        now = time.monotonic()
        self._paths = {end: BadPath(impairment, next(self._seeds), now) for end in self._ends}

    def close(self) -> None:
        """End it and its devices."""
        os.close(self._stop)
        self._thread.join()
        for end in (self._stopped, *self._ends):
            os.close(end)

    def _run(self) -> None:
        with select.epoll() as events:
            for file in (self._stopped, *self._ends):
                events.register(file, select.EPOLLIN)
            while True:
                wait = max(self._due[0][0] - time.monotonic(), 0.0) if self._due else -1
                ready = [file for file, _ in events.poll(wait)]
                if self._stopped in ready:
                    return
                for end in ready:
                    self._take(end)
                self._deliver(time.monotonic())

    def _take(self, end: int) -> None:
        """Take what was sent into one end."""
        path = self._paths[end]
        while True:
            try:
                packet = os.read(end, MOST)
            except BlockingIOError:
                return
            now = time.monotonic()
            delay = path.delay_at(now)
            if delay is None or len(self._due) > 2 * WAITING:
                self.lost += 1
            else:
                entry = (now + delay, next(self._number), self._ends[end], packet)
                heapq.heappush(self._due, entry)

    def _deliver(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, _, end, packet = heapq.heappop(self._due)
            with contextlib.suppress(OSError):  # its queue is full, or it is down
                os.write(end, packet)


def _call(name: str, *arguments: int) -> None:
    """Call a function of the C library; Python has these from 3.12 on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc[name](*arguments) != 0:
        raise NotMeasured(f"{name}: {os.strerror(ctypes.get_errno())}")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMeasured(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
