"""``roomcli serve``: run a server, the same as ``roomcli-server``."""

from __future__ import annotations

from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the server, and return the exit code when it has been told to stop."""
    from server import __main__ as server

    return server.run(make_parser().parse_args(argv))


def make_parser() -> Parser:
    """Return the parser of ``roomcli serve``."""
    from server.options import add_arguments

    parser = Parser(
        "serve",
        "Serve live audio rooms.",
        examples={
            "serve --listen 0.0.0.0:7420 --data /var/lib/roomcli": "on a VPS",
            "serve --listen 127.0.0.1:7420 --no-tls": "for this machine alone",
        },
    )
    add_arguments(parser)
    return parser
