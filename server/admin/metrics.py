"""What a server measures of itself, put together when somebody asks for it.

No name of a room or a person is in it, so that whoever watches the machine may see it, and so that
it stays as short in a thousand rooms as in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from ..cluster_state import ClusterState
from ..histogram import Histogram
from ..public.gate import Gate
from ..public.port_figures import PortFigures
from ..readiness import Readiness
from ..rooms.census import count_seats
from ..rooms.hub import Hub
from ..store import Store

Kind = Literal["gauge", "counter"]


class Measured(NamedTuple):
    """One figure, or one for each value of ``label``.

    A counter only grows; a gauge is of this moment. ``help`` says what it counts.
    """

    kind: Kind
    name: str
    help: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


class MeasuredTimes(NamedTuple):
    """A copy of a histogram of seconds: how many durations are in each step, and their sum."""

    name: str
    help: str
    counts: tuple[int, ...]
    total: float


Figures = Iterator[Measured | MeasuredTimes]


def measure_readiness(readiness: Readiness) -> Figures:
    """Yield whether newcomers are let in."""
    text = "1 while newcomers are let in (/readyz), else 0"
    yield _one("gauge", "roomcli_ready", text, not readiness.why_not)


def measure_rooms(hub: Hub) -> Figures:
    """Yield who is in the rooms, the voice that went through them, and what was refused."""
    census, traffic = count_seats(hub.open_rooms()), hub.traffic
    yield _one("gauge", "roomcli_rooms", "open rooms", census.rooms)
    text = "rooms that are left out since what is kept of them is damaged"
    yield _one("gauge", "roomcli_rooms_left_out", text, hub.rooms_left_out)
    yield _by("gauge", "roomcli_people", "people in rooms, by role", "role", census.seats)
    text = "of these, seats kept for people whose connection is lost"
    yield _one("gauge", "roomcli_people_away", text, census.away)
    for field, name, text in _VOICE:
        carried = {way: getattr(each, field) for way, each in traffic.by_transport.items()}
        yield _by("counter", name, text, "transport", carried)
    text = "voice frames that came and went to nobody, by the reason"
    yield _by("counter", "roomcli_voice_frames_left_out_total", text, "reason", traffic.left_out)
    text = "how long after its time a round of voice began"
    yield _steps_of("roomcli_tick_lateness_seconds", text, traffic.lateness)
    text = "how long a round of voice took, from the first listener to the last"
    yield _steps_of("roomcli_fanout_seconds", text, traffic.fanout)
    text = "commands, hellos and voices that were refused, by code"
    yield _by("counter", "roomcli_refusals_total", text, "code", hub.refusals)
    text = "connections that the server ended with a goodbye, by code"
    yield _by("counter", "roomcli_goodbyes_total", text, "code", hub.goodbyes)


_VOICE = (
    ("frames_received", "roomcli_voice_frames_received_total", "voice frames that came"),
    (
        "frames_sent",
        "roomcli_voice_frames_sent_total",
        "voice frames that went out, each counted for every listener",
    ),
    (
        "bundles_sent",
        "roomcli_voice_bundles_sent_total",
        "messages with the voice of one round for one listener",
    ),
    (
        "bytes_sent",
        "roomcli_voice_sent_bytes_total",
        "bytes of these messages, without TLS and what lies below",
    ),
    (
        "bundles_skipped",
        "roomcli_voice_bundles_skipped_total",
        "messages not sent to a listener who was behind",
    ),
)


def measure_port(gate: Gate, count: Callable[[], PortFigures]) -> Figures:
    """Yield the connections of the public port, and what waits there."""
    port = count()
    places = {
        "opening": gate.waiting.total,
        "home": gate.hub.at_home.total,
        "room": gate.inside.total,
    }
    text = "connections: before their hello, in no room, in a room"
    yield _by("gauge", "roomcli_connections", text, "place", places)
    turned_away = {
        **gate.turned_away,
        "no_resources": port.no_resources,
        "pushed_out": gate.waiting.pushed_out,
    }
    text = "connections that were not taken, or lost their place before their hello"
    yield _by("counter", "roomcli_connections_turned_away_total", text, "reason", turned_away)
    text = "connections that take no more bytes at the moment"
    yield _one("gauge", "roomcli_connections_blocked", text, port.blocked)
    text = "messages that wait in the queues of all connections"
    yield _one("gauge", "roomcli_outbound_queue_depth", text, port.frames_waiting)
    text = "messages with voice that grew too old in the queue of a connection"
    yield _one("counter", "roomcli_voice_bundles_dropped_total", text, port.voice_dropped)
    text = "datagrams that the system had no room for"
    yield _one("counter", "roomcli_datagrams_dropped_total", text, port.datagrams_dropped)
    text = "connections that wait until the CPU has time to read them"
    yield _one("gauge", "roomcli_read_queue_depth", text, port.reads_waiting)
    text = "passes of the event loop that took more than 10 ms"
    yield _one("counter", "roomcli_late_passes_total", text, port.late_passes)
    text = "tasks of the event loop: a few for each connection and room"
    yield _one("gauge", "roomcli_tasks", text, port.tasks)


def measure_cluster(state: Callable[[], ClusterState]) -> Figures:
    """Yield how a server of a cluster sees it."""
    cluster = state()
    text = "other servers of the cluster that are heard"
    yield _one("gauge", "roomcli_cluster_others", text, len(cluster.others))
    text = "1 while the Valkey of the cluster answers, else 0"
    yield _one("gauge", "roomcli_cluster_valkey_reachable", text, cluster.valkey)
    rooms = {"owned": cluster.owned, "visited": cluster.visited}
    text = "open rooms that this server decides about, and rooms of others with people from here"
    yield _by("gauge", "roomcli_cluster_rooms", text, "whose", rooms)


def measure_store(store: Store) -> Figures:
    """Yield how far the disk is behind."""
    text = "transactions that wait to be written to the disk"
    yield _one("gauge", "roomcli_store_queue_depth", text, store.waiting)
    text = "what waits for the disk, as a share of what may: at 1 chat and new rooms are refused"
    yield _one("gauge", "roomcli_store_queue_fullness", text, store.writes.fullness)
    text = "1 while the store can be written, else 0"
    yield _one("gauge", "roomcli_store_writable", text, store.trouble is None)


def _one(kind: Kind, name: str, help: str, value: float) -> Measured:
    return Measured(kind, name, help, {(): value})


def _by(kind: Kind, name: str, help: str, label: str, values: Mapping[str, float]) -> Measured:
    return Measured(kind, name, help, {(each,): values[each] for each in values}, (label,))


def _steps_of(name: str, help: str, histogram: Histogram) -> MeasuredTimes:
    return MeasuredTimes(name, help, tuple(histogram.counts), histogram.total)
