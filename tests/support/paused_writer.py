"""A server of a cluster that stands still while another takes its room, and then goes on writing.

``python -m tests.support.paused_writer URL FENCE WHERE``: ``WHERE`` is ``inside`` of a transaction,
or ``outside``. It says that it has the room, and writes when it is told to, by a line.
"""

from __future__ import annotations

import json
import sys

import psycopg
import trio

from roomcli.errors import StoreError
from server.store.postgres import open_store
from server.store.postgres.engine import PostgresEngine

from .evidence import message

ROOM = "standup"


def _pause() -> None:
    print(json.dumps({"event": "has the room"}), flush=True)
    sys.stdin.readline()


def _told(why: str) -> None:
    print(json.dumps({"event": "refused" if why else "wrote", "why": why}), flush=True)


async def write_outside(url: str, fence: int) -> None:
    """Pause between two transactions."""
    async with open_store(url, shared=True) as store:
        assert store.fences is not None
        await store.fences.take_room(ROOM, fence)
        lost: list[str] = []
        store.fences.on_loss(lost.append)
        for number in (1, 2):
            with store.transaction(ROOM):
                store.chat.save(ROOM, message(number))
            if number == 1:
                await store.flushed()
                _pause()
        try:
            await store.flushed(until=trio.current_time() + 60)
        except StoreError as error:
            _told(f"{error}, lost {lost}")
        else:
            _told("")


def write_inside(url: str, fence: int) -> None:
    """Pause in a transaction that has found the room its own."""
    engine = PostgresEngine(url, "the database", shared=True)
    engine.query(("SELECT roomcli_take_room(?, ?)", (ROOM, fence)))
    engine.begin_writing()
    engine.execute([("SELECT roomcli_hold_room(?, ?)", (ROOM, fence))])
    _pause()
    try:
        engine.execute([("INSERT INTO chat VALUES (?, 2, '')", (ROOM,))])
        engine.commit()
    except psycopg.Error as error:
        _told(str(error))
    else:
        _told("")


if __name__ == "__main__":
    if sys.argv[3] == "inside":
        write_inside(sys.argv[1], int(sys.argv[2]))
    else:
        trio.run(write_outside, sys.argv[1], int(sys.argv[2]))
