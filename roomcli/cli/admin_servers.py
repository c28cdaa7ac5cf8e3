"""Choose the servers that ``roomcli admin`` asks: the one of ``--data``, else all that run here.

Those that run here are the server of ``roomcli serve`` and the servers of ``roomcli host``.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from server.data_folder import default_folder

from ..errors import CommandRefused, ConfigError, ConnectionFailed, UsageError
from .admin_line import answers, ask_admin, nonsense
from .own_server import own_server_folders
from .tables import print_lines, table

T = TypeVar("T")

MAX_PAGES = 10_000


def servers(named: Path | None) -> list[Path]:
    """Return the data folders of the servers to ask.

    Raises ConnectionFailed when none runs here.
    """
    if named is not None:
        return [named]
    usual = default_folder()
    try:
        of_hosts = own_server_folders()
    except ConfigError:  # an account for a server alone may have no folder for anything else
        of_hosts = []
    running = [each for each in (usual, *of_hosts) if answers(each)]
    if not running:
        raise ConnectionFailed(
            f"no server of yours runs here, neither on {usual} nor one of `roomcli host`: if it "
            "keeps its data elsewhere, say so with --data DIR"
        )
    return running


def the_server(named: Path | None) -> Path:
    """Return the data folder of the only server. Raises UsageError when several run."""
    return _only(servers(named), "run here")


def the_server_with(named: Path | None, line: str) -> Path:
    """Return the data folder of the only server that can answer a line like ``GET /rooms/standup``.

    Raises CommandRefused when no server can, UsageError when several can.
    """
    found = servers(named)
    if len(found) == 1:
        return found[0]
    having: list[Path] = []
    refusals: list[CommandRefused] = []
    for folder in found:
        try:
            ask_admin(folder, dict[str, Any], line)
        except CommandRefused as error:
            refusals.append(error)
        else:
            having.append(folder)
    if not having:
        raise refusals[-1]
    return _only(having, "have it")


def ask_all(named: Path | None, what: str, query: str = "") -> list[tuple[Path, Any]]:
    """Read the whole list ``what`` from every server, as pairs of data folder and list item."""
    return [(folder, each) for folder in servers(named) for each in _list(folder, what, query)]


def tell_json(what: str, told: list[tuple[Path, Any]]) -> None:
    """Print a list as one JSON object, with the server's folder in ``data`` of each item."""
    print(json.dumps({what: [{**each, "data": str(folder)} for folder, each in told]}))


def tell_table(
    told: list[tuple[Path, Any]],
    kind: type[T],
    titles: Sequence[str],
    row: Callable[[T], Sequence[object]],
    none: str,
) -> None:
    """Print a list as a table, or ``none`` if it is empty.

    With several servers a column names the folder of each.
    """
    rows = [(folder, row(_read(folder, each, kind))) for folder, each in told]
    if not rows:
        return print(none)
    if len({folder for folder, _ in rows}) == 1:
        return print_lines(table(titles, [cells for _, cells in rows]))
    print_lines(table((*titles, "DATA"), [(*cells, folder) for folder, cells in rows]))


def _list(folder: Path, what: str, query: str) -> Iterator[Any]:
    after = ""
    for _ in range(MAX_PAGES):
        asked = "&".join(each for each in (query, f"after={after}" if after else "") if each)
        page = ask_admin(folder, dict[str, Any], f"GET /{what}{'?' if asked else ''}{asked}")
        yield from page.get(what, ())
        before, after = after, str(page.get("next", ""))
        if after in ("", before):
            return


def _read(folder: Path, item: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(item, kind)
    except msgspec.ValidationError:
        raise nonsense(folder) from None


def _only(found: list[Path], what: str) -> Path:
    if len(found) > 1:
        choices = " or ".join(f"--data {shlex.quote(str(each))}" for each in found)
        raise UsageError(f"{len(found)} servers {what}: say which with {choices}")
    return found[0]
