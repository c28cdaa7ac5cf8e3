"""``roomcli serve``: run a server, the same as ``roomcli-server``."""

from __future__ import annotations

from .parser import Parser


def run(argv: list[str]) -> int:
    """Run the server, and return the exit code when it has been told to stop."""
    from server import __main__ as server
    from server.options import add_arguments

    parser = Parser("serve", "Serve live audio rooms.")
    add_arguments(parser)
    return server.run(parser.parse_args(argv))
