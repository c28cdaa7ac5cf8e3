"""What relays voice in the benchmarks: roomcli's server and its peers, and how each is reached."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from . import processes
from .compiled import missing_compiler
from .peers.floor import floor
from .peers.murmur import missing_murmur, murmur, murmur_version
from .processes import Child, LineProcess
from .proxies import behind_proxy

PEER_SHARE = 0.75
"""Share of a core that a peer may use; the number of its listeners follows from it."""
_LISTENS = 30.0


@dataclass(frozen=True)
class RelaySetting:
    """What a relay is started for: a folder of its own, the voices that go out, TLS or not.

    ``options`` are of roomcli's server alone.
    """

    folder: Path
    voices: int
    tls: bool = False
    options: tuple[str, ...] = ()


Serving = AbstractContextManager[tuple[LineProcess, str]]


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Relay:
    """A program that sends voice to many.

    ``client``: how people talk to it (benchmarks/load.py). ``missing``: what to install, if
    anything. ``speaks``: it needs no speakers. ``limits_voices``: it sends as many as roomcli does.
    ``frame_us``: what it takes for a frame delivered, by estimate, where that limits its listeners.
    ``beside``: relays that are always measured with it.
    """

    name: str
    client: str
    serve: Callable[[RelaySetting], Serving]
    missing: Callable[[], str | None] = _nothing
    version: Callable[[], str | None] = _nothing
    speaks: bool = False
    limits_voices: bool = False
    frame_us: float = 0.0
    beside: tuple[str, ...] = ()
    needs_tls: bool = False

    @property
    def field(self) -> str:
        """Its name in the JSON object."""
        return self.name.replace("-", "_")

    def together(self) -> list[Relay]:
        """Return it and what is always measured with it."""
        return [self, *(PEERS[name] for name in self.beside)]

    def most_listeners(self, wanted: int, speakers: int) -> int:
        """Return how many listeners it can take, ``wanted`` at most."""
        if not self.frame_us:
            return wanted
        return min(wanted, max(1, int(PEER_SHARE * 1e6 / (self.frame_us * 50 * speakers))))


@contextlib.contextmanager
def _roomcli(setting: RelaySetting) -> Iterator[tuple[LineProcess, str]]:
    with processes.server(setting.folder, *setting.options, tls=setting.tls) as served:
        yield served


def _python(module: str) -> Callable[[RelaySetting], Serving]:
    @contextlib.contextmanager
    def serve(setting: RelaySetting) -> Iterator[tuple[LineProcess, str]]:
        arguments = ["--tls"] if setting.tls else []
        with processes.module(f"benchmarks.peers.{module}", *arguments) as child:
            yield child, str(child.event("listening", _LISTENS)["url"])

    return serve


def _missing_websockets() -> str | None:
    try:
        found = importlib.util.find_spec("websockets.trio")
    except ModuleNotFoundError:
        found = None
    return None if found else "needs websockets 17 or later: pip install 'websockets>=17'"


def through(proxy: str) -> Relay:
    """Return roomcli's server behind a proxy, which ends TLS."""

    @contextlib.contextmanager
    def serve(setting: RelaySetting) -> Iterator[tuple[LineProcess, str]]:
        options = setting.options
        with behind_proxy(proxy, setting.folder, *options, tls=setting.tls) as running:
            running.server.helpers = running.pids
            yield running.server, running.url

    return replace(ROOMCLI, name=f"roomcli-{proxy}", serve=serve)


ROOMCLI = Relay("roomcli", "roomcli", _roomcli, limits_voices=True)
ROOMCLI_UDP = replace(ROOMCLI, client="roomcli_udp", missing=missing_compiler)
TRIO_WEBSOCKET = Relay("trio-websocket", "bare", _python("trio_websocket_relay"), frame_us=40.0)
PEERS = {
    peer.name: peer
    for peer in (
        TRIO_WEBSOCKET,
        Relay(
            "websockets",
            "bare",
            _python("websockets_relay"),
            missing=_missing_websockets,
            frame_us=50.0,
        ),
        Relay(
            "floor",
            "bare",
            lambda setting: floor(setting.folder, setting.voices, udp=False),
            missing=missing_compiler,
            speaks=True,
            limits_voices=True,
        ),
        Relay(
            "floor-udp",
            "floor_udp",
            lambda setting: floor(setting.folder, setting.voices, udp=True),
            missing=missing_compiler,
            speaks=True,
            limits_voices=True,
        ),
        Relay(
            "murmur",
            "murmur",
            lambda setting: murmur(setting.folder),
            missing=lambda: missing_murmur() or missing_compiler(),
            version=murmur_version,
            beside=("floor-udp",),
        ),
        Relay(
            "murmur-tls",
            "murmur_tls",
            lambda setting: murmur(setting.folder),
            missing=missing_murmur,
            version=murmur_version,
            needs_tls=True,
        ),
    )
}


def in_room(url: str, room: str) -> str:
    """Return the address of a room of the server with this URL."""
    address, hash_, fragment = url.partition("#")
    return f"{address}/r/{room}{hash_}{fragment}"


@contextlib.contextmanager
def people(role: str, url: str, count: int, client: str) -> Iterator[Child]:
    """Run ``count`` people in a process of their own: ``speakers`` or ``listeners``."""
    settings = {"role": role, "url": url, "count": count, "client": client}
    with processes.module("benchmarks.load", json.dumps(settings)) as child:
        yield child
