"""``roomcli bench``: let many people speak and listen on a server, and say how it bears them."""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..errors import ConfigError, UsageError
from ..protocol.address import Address, parse_server
from . import exits
from .parser import Parser

if TYPE_CHECKING:
    from ..load.load_run import LoadRun
    from ..load.totals import LoadTotals

MOST_SPEAKERS = 64
MOST_LISTENERS = 20_000
MOST_SECONDS = 3600
FIELDS = {
    "frames_sent": "sent",
    "frames_held_back": "held_back",
    "frames_forwarded": "forwarded",
    "frames_heard": "heard",
    "connections_lost": "lost",
}


def run(argv: list[str]) -> int:
    """Run the command and return its exit code."""
    options = make_parser().parse_args(argv)
    _judge("--speakers", options.speakers, MOST_SPEAKERS)
    _judge("--listeners", options.listeners, MOST_LISTENERS)
    _judge("--seconds", options.seconds, MOST_SECONDS)
    address = parse_server(options.url)
    if not address.room:
        address = address.in_room(f"bench-{secrets.token_hex(3)}")
    try:
        from ..load.load_run import LoadPlan, LoadRun
    except ImportError as error:
        raise ConfigError(f"this platform lacks what counts voices: {error}") from None
    import trio

    from .entrance import warn_if_open

    warn_if_open(address)
    plan = LoadPlan(address, options.speakers, options.listeners, options.seconds, options.udp)
    with _display() as show:
        load = LoadRun(plan, show)
        trio.run(load.run)
    if options.json:
        print(json.dumps(report(plan.address, load), allow_nan=False))
    else:
        print("\n".join(report_lines(load)))
    return exits.DONE


def make_parser() -> Parser:
    """Return the parser of ``roomcli bench``."""
    parser = Parser(
        "bench",
        "Let many people speak and listen in a room, and say how the server bears them.",
        epilog="A URL without a room opens one by invitation, and ends it afterwards. In a room\n"
        "that is open already the speakers raise their hands, for a moderator to accept.\n"
        "What they say is silence, so that nobody else in the room hears anything.\n"
        "Use it on a server of yours: everybody on it shares what it takes.",
        examples={
            "bench wss://rooms.example.org": "three speakers and as many listeners as it bears",
            "bench wss://rooms.example.org --speakers 5 --listeners 200 --udp": "so many, by UDP",
        },
    )
    parser.add_argument("url", metavar="URL", help="the server, or a room of it: URL/r/ROOM")
    parser.add_argument(
        "--speakers", type=int, default=3, metavar="N", help="who talk (default: %(default)s)"
    )
    parser.add_argument(
        "--listeners", type=int, default=100, metavar="N", help="who listen (default: %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=int, default=30, metavar="N", help="how long (default: %(default)s)"
    )
    parser.add_argument(
        "--udp", action="store_true", help="voice by UDP, both ways (default: by TCP)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _judge(option: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise UsageError(f"{option}: from 1 to {most}")


@contextlib.contextmanager
def _display() -> Iterator[Callable[[LoadRun], None]]:
    """Draw on the terminal how far a load is, if errors go to one, until the block ends."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda load: None
        return
    from rich.console import Console  # takes long to import
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        yield lambda load: live.update(Text("\n".join(progress_lines(load))), refresh=True)


def progress_lines(load: LoadRun) -> Iterator[str]:
    """Yield how far a load is."""
    plan, totals = load.plan, load.totals
    yield f"{plan.address.room} at {plan.address.server}"
    yield (
        f"  {load.on_stage} of {plan.speakers} on stage, {load.in_audience:,} of"
        f" {plan.listeners:,} in the audience"
    )
    if load.waits_for_moderator:
        yield "  their hands are raised: a moderator of the room has to accept them"
    if totals.seconds:
        yield f"  {totals.seconds} of {plan.seconds} s"
        yield from _figure_lines(totals)
    yield "Ctrl+C ends this"


def report_lines(load: LoadRun) -> Iterator[str]:
    """Yield what came of a load."""
    plan, totals = load.plan, load.totals
    yield (
        f"{plan.speakers} spoke to {plan.listeners:,} for {totals.seconds} s"
        f" by {'UDP' if plan.udp else 'TCP'} in {plan.address.room} at {plan.address.server}"
    )
    yield from _figure_lines(totals)


def _figure_lines(totals: LoadTotals) -> Iterator[str]:
    seconds = max(1, totals.seconds)
    each = totals.mbit_s_per_listener
    yield (
        f"  sent       {totals.sent:,} frames ({totals.sent / seconds:,.0f}/s),"
        f" {totals.forwarded / seconds:,.0f}/s of them sent on to everybody"
    )
    skipped = totals.skipped_rate
    share = "nothing came" if skipped is None else f"{skipped:.2%} skipped"
    yield f"  heard      {totals.heard:,} frames ({totals.heard / seconds:,.0f}/s), {share}"
    half, most = totals.delay_ms(0.5), totals.delay_ms(0.99)
    if half is not None and most is not None:
        yield f"  delay      p50 {half:.0f} ms, p99 {most:.0f} ms, from speaker to listener"
    yield f"  bandwidth  {each:.3f} Mb/s a listener, {totals.mbit_s:,.1f} Mb/s in all"
    verdict = (
        "it may be what you wait for: measure from a faster machine"
        if totals.is_bottleneck
        else "it is not what you wait for"
    )
    yield f"  this load  {totals.cpu_share:.0%} of a core in its busiest process: {verdict}"
    if totals.held_back:
        yield f"  held back  {totals.held_back:,} frames, since the server was behind"
    if totals.lost:
        yield f"  lost       {totals.lost:,} connections"


def report(address: Address, load: LoadRun) -> dict[str, object]:
    """Return what came of a load, for scripts."""
    plan, totals = load.plan, load.totals
    return {
        "server": address.server,
        "room": address.room,
        "speakers": plan.speakers,
        "listeners": plan.listeners,
        "seconds": totals.seconds,
        "udp": plan.udp,
        **{field: getattr(totals, name) for field, name in FIELDS.items()},
        "relay_p50_ms": totals.delay_ms(0.5),
        "relay_p99_ms": totals.delay_ms(0.99),
        "drop_rate": totals.skipped_rate,
        "mbit_s_per_listener": totals.mbit_s_per_listener,
        "load_cpu_share": totals.cpu_share,
        "load_is_bottleneck": totals.is_bottleneck,
    }
