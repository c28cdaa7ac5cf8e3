"""The command ``roomcli-server``: serves rooms until it is told to stop."""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import logging
import os
import resource
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import trio

from roomcli.errors import ConfigError, RoomcliError, UsageError
from roomcli.protocol import DEFAULT_PORT
from roomcli.wire.priority import ask_for_priority

from .admin.commands import Admin
from .admin.exposition import Metrics
from .admin.metrics import measure_port, measure_readiness, measure_rooms, measure_store
from .admin.monitor import Monitor
from .admin.monitor_port import open_monitor_port
from .admin.port import admin_socket, serve_admins
from .announcement import ListeningPlace, announce
from .cautions import (
    FolderWatch,
    cautions_about_folder,
    cautions_about_monitor_port,
    cautions_about_place,
)
from .clock import Clock
from .data_folder import HOST_TOKEN, data_folder, leave_to_owner
from .datagrams.opening import DatagramPlaces, open_datagram_port
from .desk_list import open_desks
from .disk_watch import DiskWatch
from .draining import DRAIN_SECONDS, drain
from .lifetime import Lifetime, received_signals
from .limits_file import LIMITS_FILE, read_limits
from .log_lines import FORMATS, LogFormat, write_log
from .news import News, say_as_json
from .people.claims.configuration import CLAIMS_FILE, read_configuration
from .people.claims.desk import ClaimsDesk
from .public.authority import own_names
from .public.certificate import Certificates
from .public.certificate_place import chosen_place
from .public.listener import Listener, open_port
from .public.proxies import TrustedProxies
from .public.routes import Routes
from .public.site import site_routes
from .readiness import Readiness
from .rooms.hub import Hub
from .rooms.invites import kept_seal, kept_token
from .rooms.reception import Reception
from .rooms.rules import DEFAULT_LIMITS
from .rooms.shares import is_from_here
from .store.sqlite import open_store

log = logging.getLogger("server")

CLOSING_SECONDS = 2.0
"""Seconds that goodbyes may take when the server stops."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``roomcli-server`` and ``roomcli serve``."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default=f":{DEFAULT_PORT}",
        help=f"where to listen (default: all interfaces, port {DEFAULT_PORT}; port 0 picks one)",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=None,
        help="where rooms, roles, the certificate and the host token are kept; without its file"
        " host-invite a new start, or a hangup signal, makes another one and voids the one before",
    )
    parser.add_argument(
        "--claims",
        metavar="FILE",
        type=Path,
        default=None,
        help=f"what may be proven about people here, and how (default: {CLAIMS_FILE} in --data, if"
        " it is there)",
    )
    parser.add_argument(
        "--certificate",
        metavar="FILE|DIR",
        type=Path,
        default=None,
        help="the certificate to show, with its chain, or a folder of certbot (fullchain.pem and"
        " privkey.pem) or Caddy (NAME.crt and NAME.key); a new one is shown as soon as it is there"
        " (default: one of its own in --data, made once)",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        default=None,
        help="the key of the certificate, if that is a file without it",
    )
    parser.add_argument(
        "--no-tls", action="store_true", help="plain TCP: for loopback, or behind a proxy"
    )
    parser.add_argument(
        "--authority",
        metavar="HOST[:PORT]",
        action="append",
        default=[],
        help="what clients call this server when a proxy ends TLS; give the port too, else every"
        " port of that host is taken for this server; may be repeated",
    )
    parser.add_argument(
        "--trust-proxy",
        metavar="ADDRESS|NETWORK",
        action="append",
        default=[],
        help="believe this proxy when its X-Forwarded-For says who connects (default: nobody, not"
        " even loopback); may be repeated",
    )
    parser.add_argument(
        "--limits",
        metavar="FILE",
        type=Path,
        default=None,
        help="how much clients, addresses, rooms and the disk may take (default:"
        f" {LIMITS_FILE} in --data, if it is there); read again at a hangup signal",
    )
    parser.add_argument(
        "--heard",
        metavar="NUMBER",
        type=_from_one,
        default=DEFAULT_LIMITS.heard,
        help="how many voices are heard at once in a room, the loudest of those who talk"
        " (default: %(default)s); each costs every listener some 37 kb/s",
    )
    parser.add_argument(
        "--open-hosting",
        action="store_true",
        help="let everybody open rooms (default: only on loopback without --authority; else the"
        " admin's invite does)",
    )
    parser.add_argument(
        "--no-pages",
        action="store_true",
        help="show browsers no pages: of rooms, of what is coming up, of communities and people",
    )
    parser.add_argument(
        "--drain",
        metavar="SECONDS",
        type=_seconds,
        default=DRAIN_SECONDS,
        help="how long people in rooms may go on after they were told that the server stops; told"
        " to stop twice it stops at once (default: %(default)g)",
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help="say where it listens, and what its admin should know, as one JSON object a line",
    )
    parser.add_argument(
        "--admin-listen",
        metavar="HOST:PORT",
        default=None,
        help="where /metrics, /healthz and /readyz are answered by plain HTTP, like 127.0.0.1:9420"
        " (default: only on the admins' socket in --data); nothing can be changed there",
    )
    parser.add_argument(
        "--udp",
        choices=("on", "off"),
        default="on",
        help="whether voice may go by UDP too, encrypted, which suffers less on bad networks"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--udp-listen",
        metavar="HOST:PORT",
        default=None,
        help="where to take datagrams (default: where --listen says)",
    )
    parser.add_argument(
        "--udp-public",
        metavar="HOST:PORT",
        default=None,
        help="where datagrams arrive from outside (default: the address that people connect to);"
        " behind a proxy voice goes by UDP only with this",
    )
    parser.add_argument(
        "--log-format",
        choices=FORMATS,
        default="text",
        help="what the log's lines are: text, or one JSON object each (default: %(default)s)",
    )
    parser.add_argument("--parent-fd", type=int, default=None, metavar="FD", help=argparse.SUPPRESS)


def main(argv: list[str] | None = None) -> int:
    """Parse the arguments and serve; return the exit code."""
    parser = argparse.ArgumentParser(prog="roomcli-server", description="Serve live audio rooms.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def run(arguments: argparse.Namespace) -> int:
    """Serve as the parsed options say; return the exit code."""
    write_log(arguments.log_format)
    try:
        host, port = _host_and_port("--listen", arguments.listen)
        asked_at = _place_of("--admin-listen", arguments)
        udp = DatagramPlaces(
            *(_place_of("--udp-listen", arguments), _place_of("--udp-public", arguments)),
            is_on=arguments.udp == "on",
        )
        trio.run(functools.partial(_run_server, arguments, host, port, asked_at, udp))
    except (UsageError, ConfigError) as error:
        _tell_why_it_ends(error, arguments.log_format)
        return 2
    except RoomcliError as error:
        _tell_why_it_ends(error, arguments.log_format)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _tell_why_it_ends(error: RoomcliError, form: LogFormat) -> None:
    if form == "json":
        log.critical("%s", error)
    else:
        print(f"roomcli-server: {error}", file=sys.stderr)


async def _run_server(
    arguments: argparse.Namespace,
    host: str,
    port: int,
    asked_at: tuple[str, int] | None,
    udp: DatagramPlaces,
) -> None:
    ask_for_priority()
    proxies = TrustedProxies(arguments.trust_proxy)
    given = chosen_place(arguments.certificate, arguments.key, no_tls=arguments.no_tls)
    folder = data_folder(arguments.data)
    claims = read_configuration(folder, arguments.claims, os.environ)
    limits = read_limits(folder, arguments.limits)
    # A host's own server begins with an empty folder, as it should.
    cautions = list(cautions_about_folder(folder, may_be_empty=arguments.parent_fd is not None))
    host_token, seal = kept_token(folder), kept_seal(folder)
    certificates = None if arguments.no_tls else Certificates(folder, given)
    certified = certificates.current.certified if certificates else ()
    names = own_names(host, arguments.authority)
    _lift_file_limit()
    listeners = await open_port(host, port)
    monitor_port = await open_monitor_port(asked_at)
    bound = [listener.socket.getsockname()[:2] for listener in listeners]
    datagrams = open_datagram_port(bound, udp, limits)
    pin = certificates.current.hash.hex() if certificates else None
    addresses, port = [address for address, _ in bound], bound[0][1]
    place = ListeningPlace(host, addresses, port, pin, certified)
    address = place.local_address() if arguments.jsonl else place.shown_address(names)
    news = News(say_as_json if arguments.jsonl else None, _admin(arguments))
    # Handle signals before anybody is told that the server runs.
    with received_signals() as signals:
        async with (
            admin_socket(folder) as admins,
            open_store(folder, news.tell, limits) as store,
            trio.open_nursery() as nursery,
        ):
            # With an authority there is a proxy in front of us, and the whole world in front of it.
            own_machine = place.is_loopback and not arguments.authority
            open_hosting = arguments.open_hosting or own_machine
            readiness = Readiness(lambda: store.is_overfull)
            metrics = Metrics()
            metrics.add(functools.partial(measure_readiness, readiness))
            monitor = Monitor(readiness, metrics)
            if monitor_port.listeners:
                nursery.start_soon(serve_admins, monitor_port.listeners, monitor.answer)
            clock = Clock(await store.latest_time.load())
            is_everybody = functools.partial(_is_everybody, proxies)
            hub = Hub(
                store, nursery, clock, seal, news, is_everybody, limits, heard=arguments.heard
            )
            reception = Reception(hub, store, open_hosting=open_hosting)
            # A room of a host's own server ends with its host; a room here outlives a restart.
            outlives = arguments.parent_fd is None
            if outlives:
                await hub.restore()
            claims = replace(claims, server=place.shown_address(names).authority)
            desks = await open_desks(hub, store, clock, claims, open_hosting=open_hosting)
            nursery.start_soon(hub.keep_tidy)
            nursery.start_soon(hub.keep_time)
            nursery.start_soon(desks.calendar.run)
            metrics.add(functools.partial(measure_rooms, hub))
            metrics.add(functools.partial(measure_store, store))
            admin = Admin(hub, store, clock, hub.identities, claims, monitor)
            disk = DiskWatch(folder)
            troubles = functools.partial(_troubles, hub, disk)
            nursery.start_soon(serve_admins, [admins], admin.answer, troubles)
            hub.admit_hosts(host_token)
            pages = not arguments.no_pages
            routes = Routes(site_routes(hub, store, desks, readiness, pages=pages))
            listener = Listener(
                *(hub, reception, store, desks.all, certificates, routes, names, proxies),
                datagrams=datagrams,
            )
            metrics.add(functools.partial(measure_port, listener))
            _calm_collector()
            leave_to_owner(folder)
            watch = FolderWatch(folder)  # before anybody is told that the server runs
            readiness.note_start()
            announce(
                *(address, folder / HOST_TOKEN, open_hosting),
                admin_url=monitor_port.url,
                as_json=arguments.jsonl,
            )
            cautions += cautions_about_place(place)
            cautions += cautions_about_monitor_port(monitor_port.bound)
            for text in cautions:
                log.warning("%s", text)
            nursery.start_soon(news.run)
            nursery.start_soon(watch.watch, news)
            nursery.start_soon(disk.watch_space, news)
            if certificates is not None:
                nursery.start_soon(certificates.watch_files)
            await hub.tell_of_reports()
            async with trio.open_nursery() as connections:
                async with trio.open_nursery() as accepting:
                    accepting.start_soon(listener.serve, listeners, connections)

                    def renew() -> None:
                        _renew(folder, hub, certificates)
                        _renew_limits(folder, arguments.limits, hub)
                        _renew_claims(folder, arguments.claims, desks.claims, admin)

                    lifetime = Lifetime(signals, arguments.parent_fd, renew)
                    await lifetime.is_over()
                    readiness.note_stop()
                    if outlives:
                        await drain(hub, arguments.drain, lifetime.told_again)
                    accepting.cancel_scope.cancel()
                for bound_to in listeners:
                    await bound_to.aclose()
                log.info("stopping")
                if outlives:
                    hub.renew_seats()  # a ticket is good for as long as a restart may take
                    text = "the server stops; it may be back in a moment"
                    hub.dismiss_all("server_closing", text)
                else:
                    hub.end_rooms()
                connections.cancel_scope.deadline = trio.current_time() + CLOSING_SECONDS
                store.latest_time.save(clock.now())
            nursery.cancel_scope.cancel()


def _lift_file_limit() -> None:
    """Allow as many open files as the system lets us: each listener's connection is one.

    The usual soft limit is 1,024.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no unlimited number here
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _troubles(hub: Hub, disk: DiskWatch) -> list[str]:
    return [*hub.troubles(), *([disk.trouble] if disk.trouble else [])]


def _is_everybody(proxies: TrustedProxies, network: str) -> bool:
    """Whether this network may stand for everybody: loopback, or a trusted proxy.

    A proxy that does not say for whom it connects brings all its clients under its own address.
    """
    return is_from_here(network) or proxies.includes(network.partition("/")[0])


def _admin(arguments: argparse.Namespace) -> str:
    """Return the command line that speaks to this server.

    Without ``--data`` the command finds a host's own server and the usual one.
    """
    if arguments.data is None or arguments.parent_fd is not None:
        return "roomcli admin"
    return f"roomcli admin --data {shlex.quote(str(arguments.data.absolute()))}"


def _calm_collector() -> None:
    """Make Python collect garbage often and little at a time, as every voice waits for it.

    What exists at this point is never collected. Each connection that comes and goes leaves
    thousands of reference cycles behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(300, 5, 50)


def _renew(folder: Path, hub: Hub, certificates: Certificates | None) -> None:
    """Read the certificate and the host token again; keep the old one where the new is unusable."""
    log.info("reading certificate, host token, limits and claims again")
    if certificates is not None:
        certificates.renew()
    try:
        hub.admit_hosts(kept_token(folder))
    except ConfigError as error:
        log.error("%s; the one before is still good", error)
    leave_to_owner(folder)


def _from_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _renew_limits(folder: Path, chosen: Path | None, hub: Hub) -> None:
    """Read the limits again; those before hold where the file is unusable."""
    try:
        changed = hub.limits.take_over(read_limits(folder, chosen))
    except ConfigError as error:
        log.error("%(why)s; the limits before still hold", {"why": str(error)})
        return
    if not changed:
        return
    hub.allowances.begin_anew()
    later = "; rooms that are open keep theirs" if any(map(_is_of_rooms, changed)) else ""
    facts = {"changed": ", ".join(changed), "later": later}
    log.info("these limits have changed: %(changed)s%(later)s", facts)


def _is_of_rooms(limit: str) -> bool:
    return limit.startswith("room.")


def _renew_claims(folder: Path, chosen: Path | None, desk: ClaimsDesk, admin: Admin) -> None:
    """Read again what may be proven here; what was said before holds where the new is unusable."""
    try:
        claims = read_configuration(folder, chosen, os.environ)
    except ConfigError as error:
        log.error("%(why)s; what it said before still holds", {"why": str(error)})
        return
    desk.configure(replace(claims, server=desk.configuration.server))
    admin.claims = desk.configuration


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 600:
        raise ValueError
    return number


def _place_of(option: str, arguments: argparse.Namespace) -> tuple[str, int] | None:
    """Return the place that an option names; None if it is not given."""
    text = getattr(arguments, option.removeprefix("--").replace("-", "_"))
    return None if text is None else _host_and_port(option, text)


def _host_and_port(option: str, text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{option} wants HOST:PORT, like 127.0.0.1:{DEFAULT_PORT}, not {text!r}")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main())
