"""The options of a server: what ``roomcli-server`` and ``roomcli serve`` take."""

from __future__ import annotations

import argparse
from pathlib import Path

from roomcli.errors import UsageError
from roomcli.protocol import DEFAULT_PORT

from .draining import DRAIN_SECONDS
from .limits_file import LIMITS_FILE
from .log_lines import FORMATS
from .people.claims.configuration import CLAIMS_FILE
from .rooms.rules import DEFAULT_LIMITS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add all options to a parser."""
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
        "--store",
        metavar="URL",
        default=None,
        help="the PostgreSQL database that takes the place of the one in --data, like"
        " postgresql://USER@HOST/DATABASE; the password belongs into PGPASSWORD, ~/.pgpass or a"
        " service file, not here",
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
        "--workers",
        metavar="NUMBER",
        type=_from_one,
        default=1,
        help="how many processes hold the connections, each on a core of its own, beside one that"
        " decides (default: %(default)s: one process does everything)",
    )
    parser.add_argument(
        "--cluster",
        metavar="URL",
        default=None,
        help="the Valkey or Redis that joins this server to others, whose people are in the same"
        " rooms, like redis://HOST:6379, rediss://HOST (TLS) or unix:///PATH; with copies that"
        " may take its place redis://HOST,HOST, or redis+sentinel://HOST:26379,HOST:26379/NAME;"
        " an address with a password belongs into ROOMCLI_CLUSTER, not here",
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


def place_of(option: str, arguments: argparse.Namespace) -> tuple[str, int] | None:
    """Return the place that an option names; None if it is not given. Raises UsageError."""
    text = getattr(arguments, option.removeprefix("--").replace("-", "_"))
    return None if text is None else host_and_port(option, text)


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """Return the two parts of what an option says. Raises UsageError."""
    host, separator, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not separator or not port.isdecimal() or int(port) > 65535:
        raise UsageError(f"{option} wants HOST:PORT, like 127.0.0.1:{DEFAULT_PORT}, not {text!r}")
    return host, int(port)


def _from_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 600:
        raise ValueError
    return number
