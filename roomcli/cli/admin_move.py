"""``roomcli admin move``: from the file in the data folder into a PostgreSQL database."""

from __future__ import annotations

import argparse

from server.data_folder import default_folder
from server.moving import move_store


def move_data(options: argparse.Namespace) -> None:
    """Move what a server that does not run keeps, and say how to start it."""
    folder = options.data or default_folder()
    place = move_store(folder, options.url, lambda line: print(line, flush=True))
    print(f"all of {folder}/roomcli.sqlite3 is in {place}, read again and the same")
    print("start the server with that --store; the file is as it was: delete it when all is well")
