"""A server from its start to its end: it opens what it needs, serves, and closes."""

from __future__ import annotations

import argparse
import functools
import logging
import os
import shlex
from dataclasses import replace
from pathlib import Path

import trio

from roomcli.wire.priority import ask_for_priority

from .admin.commands import Admin
from .admin.exposition import Metrics
from .admin.metrics import (
    measure_cluster,
    measure_port,
    measure_readiness,
    measure_rooms,
    measure_store,
)
from .admin.monitor import Monitor
from .admin.monitor_port import open_monitor_port
from .admin.port import admin_socket, serve_admins
from .announcement import ListeningPlace, announce
from .cautions import (
    FolderWatch,
    caution_about_host_token,
    cautions_about_folder,
    cautions_about_monitor_port,
    cautions_about_place,
)
from .clock import Clock
from .cluster_choice import cluster_url, joined_cluster
from .data_folder import HOST_TOKEN, data_folder, leave_to_owner
from .datagrams.opening import DatagramPlaces, open_datagram_port
from .desk_list import open_desks
from .disk_watch import DiskWatch
from .draining import drain
from .lifetime import Lifetime, received_signals
from .limits import ServerLimits
from .limits_file import read_limits
from .news import News, say_as_json
from .options import host_and_port, place_of
from .people.claims.configuration import read_configuration
from .process_upkeep import calm_collector, lift_file_limit
from .public.accepting import ServedPort, open_port
from .public.authority import own_names
from .public.certificate import Certificates
from .public.certificate_place import CertificatePlace, chosen_place
from .public.gate import Gate
from .public.listener import Listener
from .public.proxies import TrustedProxies
from .public.routes import Routes
from .public.site import site_routes
from .readiness import Readiness
from .renewal import Renewal
from .rooms.hub import Hub
from .rooms.invites import kept_seal, kept_token
from .rooms.reception import Reception
from .rooms.shares import is_from_here
from .store_choice import chosen_store
from .workers.crew import Crew
from .workers.far_rooms import FarRooms
from .workers.frames import Setup
from .workers.ports import share_port

log = logging.getLogger("server")

CLOSING_SECONDS = 2.0
"""Seconds that goodbyes may take when the server stops."""


async def serve(arguments: argparse.Namespace) -> None:
    """Serve as the options say until a signal, or the end of the parent process.

    Raises UsageError or ConfigError where these cannot be followed.
    """
    host, port = host_and_port("--listen", arguments.listen)
    asked_at = place_of("--admin-listen", arguments)
    udp = DatagramPlaces(
        *(place_of("--udp-listen", arguments), place_of("--udp-public", arguments)),
        is_on=arguments.udp == "on",
    )
    ask_for_priority()
    proxies = TrustedProxies(arguments.trust_proxy)
    given = chosen_place(arguments.certificate, arguments.key, no_tls=arguments.no_tls)
    folder = data_folder(arguments.data)
    claims = read_configuration(folder, arguments.claims, os.environ)
    limits = read_limits(folder, arguments.limits)
    # A host's own server begins with an empty folder, as it should; a store elsewhere needs none.
    may_be_empty = arguments.parent_fd is not None or arguments.store is not None
    cautions = list(cautions_about_folder(folder, may_be_empty=may_be_empty))
    host_token, seal = kept_token(folder), kept_seal(folder)
    certificates = None if arguments.no_tls else Certificates(folder, given)
    certified = certificates.current.certified if certificates else ()
    names = own_names(host, arguments.authority)
    lift_file_limit()
    listeners = await open_port(host, port)
    monitor_port = await open_monitor_port(asked_at)
    bound = [listener.socket.getsockname()[:2] for listener in listeners]
    pin = certificates.current.hash.hex() if certificates else None
    addresses, port = [address for address, _ in bound], bound[0][1]
    place = ListeningPlace(host, addresses, port, pin, certified)
    address = place.local_address() if arguments.jsonl else place.shown_address(names)
    is_one_of_many = cluster_url(arguments, os.environ) is not None
    news = News(say_as_json if arguments.jsonl else None, _admin(arguments))
    # Handle signals before anybody is told that the server runs.
    with received_signals() as signals:
        async with (
            admin_socket(folder) as admins,
            chosen_store(
                arguments.store, folder, news.tell, limits, shared=is_one_of_many
            ) as store,
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
            stands_for_all = functools.partial(is_everybody, proxies)
            far_rooms = FarRooms()
            hub = Hub(
                *(store, nursery, clock, seal, news, stands_for_all, limits),
                heard=arguments.heard,
            )
            if arguments.workers > 1:
                hub.new_voice = far_rooms.new_voice

            def own_address() -> str:
                pin = certificates.current.hash.hex() if certificates else None
                return str(replace(place, pin=pin).shown_address(names))

            node = await joined_cluster(arguments, os.environ, hub, store, clock, nursery)
            reception = Reception(hub, store, open_hosting=open_hosting)
            # A room of a host's own server ends with its host; a room here outlives a restart.
            outlives = arguments.parent_fd is None
            if outlives:
                if store.fences is None:  # else others may have the rooms
                    await hub.restore()
                if node is not None:
                    await node.claim_rooms()
            claims = replace(claims, server=place.shown_address(names).authority)
            desks = await open_desks(hub, store, clock, claims, open_hosting=open_hosting)
            if store.keep_up is not None:
                nursery.start_soon(store.keep_up, desks.followers)
            nursery.start_soon(hub.keep_tidy)
            nursery.start_soon(hub.keep_time)
            nursery.start_soon(desks.calendar.run)
            metrics.add(functools.partial(measure_rooms, hub))
            metrics.add(functools.partial(measure_store, store))
            admin = Admin(
                *(hub, store, clock, hub.identities, claims, monitor),
                cluster=node.cluster_state if node is not None else None,
            )
            disk = DiskWatch(folder)

            def troubles() -> list[str]:
                others = [disk.trouble, node.trouble if node is not None else ""]
                return [*hub.troubles(), *filter(None, others)]

            nursery.start_soon(serve_admins, [admins], admin.answer, troubles)
            if store.keep_up is None:
                hub.admit_hosts(host_token)
            elif not await hub.admit_first_hosts(host_token):  # it ends none of the other servers'
                cautions.append(caution_about_host_token(folder))
            pages = not arguments.no_pages
            routes = Routes(site_routes(hub, store, desks, readiness, pages=pages))
            gate = Gate(
                *(hub, reception, store, desks.all, routes, names, proxies),
                udp_is_public=udp.public is not None,
                elsewhere=node,
            )
            served: ServedPort = (
                Listener(gate, listeners, certificates, open_datagram_port(bound, udp, limits))
                if arguments.workers == 1
                else Crew(
                    *(gate, far_rooms, await share_port(listeners, arguments.workers, udp)),
                    *(_setup(arguments, folder, given), arguments.log_format),
                )
            )
            metrics.add(functools.partial(measure_port, gate, served.count_all))
            if node is not None:
                metrics.add(functools.partial(measure_cluster, node.cluster_state))
            calm_collector()
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
            renewal = Renewal(
                folder=folder,
                host_token=host_token,
                limits_file=arguments.limits,
                claims_file=arguments.claims,
                hub=hub,
                certificates=certificates,
                claims=desks.claims,
                admin=admin,
            )

            def read_again() -> None:
                renewal.read_again()
                served.note_renewal()

            lifetime = Lifetime(signals, arguments.parent_fd, read_again)
            async with trio.open_nursery() as connections:
                nursery.start_soon(served.serve, connections)
                if node is not None:
                    nursery.start_soon(node.let_visit, gate, connections, own_address)
                await lifetime.is_over()
                readiness.note_stop()
                hands_over = outlives and node is not None and node.may_hand_over
                if outlives and not hands_over:
                    await drain(hub, arguments.drain, lifetime.told_again)
                served.stop_accepting()
                if node is not None and hands_over:
                    node.let_guests_go()
                _say_goodbye(hub, outlives=outlives, elsewhere=hands_over)
                if node is not None:
                    await node.leave()  # nobody decides here any more: others may
                connections.cancel_scope.deadline = trio.current_time() + CLOSING_SECONDS
                store.latest_time.save(clock.now())
            nursery.cancel_scope.cancel()


def _setup(arguments: argparse.Namespace, folder: Path, given: CertificatePlace | None) -> Setup:
    """Return what each worker is told, but for its own sockets and limits."""
    return Setup(
        first=0,
        folder=str(folder.absolute()),
        certificate=str(given.certificate.absolute()) if given is not None else "",
        key=str(given.key.absolute()) if given is not None and given.key is not None else "",
        no_tls=arguments.no_tls,
        proxies=arguments.trust_proxy,
        listening=[],
        datagrams=[],
        public=None,
        inbox=0,
        inboxes=[],
        limits=ServerLimits(),
    )


def _say_goodbye(hub: Hub, *, outlives: bool, elsewhere: bool) -> None:
    """Send everybody away: for a moment, or for good where the rooms end with the server.

    With ``elsewhere`` other servers have the rooms in a moment.
    """
    log.info("stopping")
    if outlives:
        hub.renew_seats()  # a ticket is good for as long as a restart may take
        text = "the server stops; it may be back in a moment"
        if elsewhere:
            text = "this server stops: you go on at another one"
        hub.dismiss_all("server_closing", text, elsewhere=elsewhere)
    else:
        hub.end_rooms()


def is_everybody(proxies: TrustedProxies, network: str) -> bool:
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
