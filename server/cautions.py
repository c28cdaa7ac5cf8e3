"""Warnings for the server's admin: who can listen in, and which data may be lost."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import trio

from roomcli.folders import name_of_account

from .announcement import ListeningPlace, is_loopback_address
from .data_folder import HOST_TOKEN
from .news import News

WATCH_SECONDS = 2.0
"""Seconds between two checks that the data folder is still there."""


def cautions_about_place(place: ListeningPlace) -> Iterator[str]:
    """Yield a warning if the server can be reached without TLS by other machines."""
    if place.pin is None and not place.is_loopback:
        yield (
            f"not encrypted: everyone on the way to port {place.port} can listen in; leave out"
            " --no-tls, or let a proxy on this machine end TLS and give"
            f" --listen 127.0.0.1:{place.port}"
        )


def cautions_about_monitor_port(bound: Sequence[str]) -> Iterator[str]:
    """Yield a warning if other machines can ask the server for its figures.

    ``bound`` are the addresses at which it answers.
    """
    if not all(is_loopback_address(each) for each in bound):
        yield (
            "everyone who reaches the port of --admin-listen can read how many people are here and"
            " how busy the server is; let it listen on 127.0.0.1, or keep others from the port"
        )


def caution_about_host_token(folder: Path) -> str:
    """Return a warning that the host token of this server is not that of its cluster."""
    path = folder / HOST_TOKEN
    return (
        f"the token in {path} opens no rooms, since the servers of a cluster have one: put the"
        f" {HOST_TOKEN} of another of them in its place, or a new one, which is that of all after a"
        " hangup (kill -HUP)"
    )


def cautions_about_folder(folder: Path, *, may_be_empty: bool = False) -> Iterator[str]:
    """Yield warnings about the data folder: no store in it, a foreign owner, open to others.

    Call this before anything is written to the folder.
    """
    found = folder.stat()
    mode = stat.S_IMODE(found.st_mode)
    if not (may_be_empty or any(folder.glob("*.sqlite3"))):
        what = "has no roomcli.sqlite3" if any(folder.iterdir()) else "is empty"
        yield (
            f"the data folder {folder} {what}: the server begins without rooms, bans and reports;"
            " if there were some, stop it and find where they are"
        )
    if found.st_uid != os.geteuid():
        owner, runs_as = map(name_of_account, (found.st_uid, os.geteuid()))
        yield (
            f"the data folder {folder} belongs to {owner}, and the server runs as {runs_as}: run it"
            f" as {owner}, who can read what it keeps, or give it a folder of its own"
        )
    if mode & 0o077:
        yield _open_to_others(folder, mode)


def _open_to_others(folder: Path, mode: int) -> str:
    readable = sorted(
        path.name for path in folder.iterdir() if path.is_file() and path.stat().st_mode & 0o044
    )
    files = f", and read {', '.join(readable)}" if readable else ""
    return (
        f"others can enter the data folder {folder} (mode {mode:o}){files}: it holds keys and what"
        f" was said in reports; run chmod -R go= {folder}"
    )


class FolderWatch:
    """Notices when the data folder, or the store in it, is no longer where it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Named once: to list a folder takes a descriptor, of which none may be left later.
        self._paths = (folder, *folder.glob("*.sqlite3"))
        self._was = self._found()
        self._is_gone = False

    def look(self) -> str | None:
        """Return a line for the admin about what changed since the last look, or None."""
        gone = not self._was <= self._found()
        if gone == self._is_gone:
            return None
        self._is_gone = gone
        if gone:
            return (
                f"the data folder {self._folder} has vanished, or what was in it: what happens from"
                " now on is in memory only; put it back, or stop the server, which loses that, and"
                " start it again"
            )
        return f"the data folder {self._folder} is back"

    async def watch(self, news: News) -> None:
        """Check the folder until cancelled and tell the admin of each change."""
        while True:
            await trio.sleep(WATCH_SECONDS)
            # On a thread: nobody's voice waits for a disk, least of all for a missing one.
            if text := await trio.to_thread.run_sync(self.look, abandon_on_cancel=True):
                news.tell("data_folder_vanished", text)

    def _found(self) -> set[tuple[int, int]]:
        """Return device and inode of the folder and of each of the store's files."""
        found = set()
        for path in self._paths:
            try:
                status = path.stat()
            except OSError:
                continue
            found.add((status.st_dev, status.st_ino))
        return found
