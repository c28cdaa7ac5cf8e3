"""The command ``roomcli-server``: serves rooms until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import sys

import trio

from roomcli.errors import ConfigError, RoomcliError, UsageError
from roomcli.frame_stack import call_with_room

from .log_lines import LogFormat, write_log
from .options import add_arguments
from .service import serve

log = logging.getLogger("server")


def main(argv: list[str] | None = None) -> int:
    """Parse the arguments and serve; return the exit code."""
    parser = argparse.ArgumentParser(prog="roomcli-server", description="Serve live audio rooms.")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def run(arguments: argparse.Namespace) -> int:
    """Serve as the parsed options say; return the exit code."""
    write_log(arguments.log_format)
    try:
        call_with_room(trio.run, serve, arguments)
    except (RoomcliError, BaseExceptionGroup) as error:
        reason: BaseException = error
        while isinstance(reason, BaseExceptionGroup):  # tasks fail in groups; one reason is enough
            reason = reason.exceptions[0]
        if not isinstance(reason, RoomcliError):
            raise
        _tell_why_it_ends(reason, arguments.log_format)
        return 2 if isinstance(reason, (UsageError, ConfigError)) else 1
    except KeyboardInterrupt:
        return 130
    return 0


def _tell_why_it_ends(error: RoomcliError, form: LogFormat) -> None:
    if form == "json":
        log.critical("%s", error)
    else:
        print(f"roomcli-server: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
