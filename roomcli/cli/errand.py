"""What the commands that ask a server from home have in common: which one, and as whom."""

from __future__ import annotations

import argparse
import sys

from ..protocol import commands as c
from ..protocol import events as e
from ..protocol.address import Address
from . import people, settings
from .whereabouts import server_to_ask


class ServerErrand:
    """The server of ``--server``, else the configured or the local one."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._settings = settings.load({"server": options.server})
        self.address: Address = server_to_ask(self._settings)

    @property
    def _person_name(self) -> str:
        return self._settings.name or people.name_of_account()

    def ask_server(self, *commands: c.DeskCommand) -> list[e.DeskEvent]:
        """Have the server carry out commands, and return the answers."""
        from ..engine.errand import run_errand

        headline = self._settings.headline or ""
        return run_errand(self.address, self._person_name, headline, *commands, warn=print_warning)


def print_warning(text: str) -> None:
    """Tell the person what they should know, beside what the command prints."""
    print(text, file=sys.stderr, flush=True)
