"""The tables, and the scripts that bring an older database up to date."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from pathlib import Path

from roomcli.errors import ConfigError

from .copies import copy_path, created_beside, make_copy

log = logging.getLogger(__name__)

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        access TEXT NOT NULL,
        locked INTEGER NOT NULL DEFAULT 0,
        opened_at REAL NOT NULL,
        ended_at REAL
    ) STRICT;
    CREATE TABLE hosts (
        room TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (room, key)
    ) STRICT;
    CREATE TABLE seats (
        ticket_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        role TEXT NOT NULL,
        silenced INTEGER NOT NULL DEFAULT 0,
        hand_at REAL,
        expires_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX seats_by_room ON seats (room, id);
    CREATE TABLE invites (
        token_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX invites_by_room ON invites (room);
    """,
    # From here on a room knows its owner and its invites; ended rooms are not kept.
    """
    DELETE FROM rooms WHERE ended_at IS NOT NULL;
    ALTER TABLE rooms DROP COLUMN ended_at;
    ALTER TABLE rooms ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    ALTER TABLE rooms ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE rooms ADD COLUMN password TEXT NOT NULL DEFAULT '';
    ALTER TABLE rooms ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
    UPDATE rooms SET owner = coalesce((SELECT key FROM hosts WHERE room = rooms.name), '');
    DROP TABLE hosts;
    DELETE FROM invites WHERE room <> '*';
    CREATE TABLE bans (
        room TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        at REAL NOT NULL,
        until REAL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    ) STRICT;
    CREATE TABLE moderation_log (
        room TEXT NOT NULL,
        opened_at REAL NOT NULL,
        number INTEGER NOT NULL,
        at REAL NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (room, opened_at, number)
    ) STRICT;
    CREATE TRIGGER moderation_log_is_never_rewritten BEFORE UPDATE ON moderation_log
        BEGIN SELECT RAISE(ABORT, 'the moderation log is never rewritten'); END;
    CREATE TABLE chat (
        room TEXT NOT NULL,
        number INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (room, number)
    ) STRICT;
    CREATE TABLE reports (
        id TEXT PRIMARY KEY,
        at REAL NOT NULL,
        report TEXT NOT NULL,
        evidence BLOB,
        resolution TEXT,
        resolved_at REAL
    ) STRICT;
    """,
    # A seat's name tells moderators after a restart who may come back.
    """
    ALTER TABLE seats ADD COLUMN name TEXT NOT NULL DEFAULT '';
    """,
    # The latest time that was seen, for a start with a clock that was set back.
    """
    CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        latest REAL NOT NULL
    ) STRICT;
    INSERT INTO clock SELECT 1, max(at) FROM (
        SELECT at FROM bans UNION ALL SELECT at FROM moderation_log
    ) HAVING max(at) IS NOT NULL;
    """,
    # With the tail a restart changes nobody's name.
    """
    ALTER TABLE seats ADD COLUMN tail TEXT NOT NULL DEFAULT '';
    """,
    # A silence belongs to a person, not to a seat.
    """
    CREATE TABLE silences (
        room TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    ) STRICT;
    INSERT OR IGNORE INTO silences
        SELECT room, owner, key,
            json_object('id', id, 'key', key, 'name', seats.name, 'at', opened_at)
        FROM seats JOIN rooms ON rooms.name = seats.room WHERE silenced;
    ALTER TABLE seats DROP COLUMN silenced;
    """,
    # A person has an id, the same whichever seat they have; messages and notices name people by it.
    """
    CREATE TABLE people (
        key TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL DEFAULT '',
        headline TEXT NOT NULL DEFAULT '',
        seen_at REAL NOT NULL
    ) STRICT;
    INSERT OR IGNORE INTO people
        SELECT key, lower(hex(randomblob(8))), CAST(coalesce(name, '') AS TEXT),
            CAST(coalesce(headline, '') AS TEXT), CAST(coalesce(seen_at, 0) AS REAL)
        FROM (
            SELECT json_extract(author, '$.key') AS key, json_extract(author, '$.name') AS name,
                json_extract(author, '$.headline') AS headline, at AS seen_at
            FROM (
                SELECT json_extract(message, '$.person') AS author,
                    json_extract(message, '$.at') AS at
                FROM (
                    SELECT CASE WHEN json_valid(message) THEN message ELSE '{}' END AS message
                    FROM chat ORDER BY number DESC
                )
            )
            UNION ALL SELECT key, name, '', expires_at - 90000 FROM seats
            UNION ALL SELECT key, '', '', at FROM bans
            UNION ALL SELECT key, '', '', 0 FROM silences
            UNION ALL SELECT owner, '', '', opened_at FROM rooms
        )
        WHERE typeof(key) = 'text';
    UPDATE chat SET message = json_set(message,
            '$.name', json_extract(message, '$.person.name'),
            '$.tail', coalesce(json_extract(message, '$.person.tail'), ''),
            '$.person', coalesce(
                (SELECT id FROM people WHERE key = json_extract(message, '$.person.key')), ''
            ))
        WHERE CASE WHEN json_valid(message) THEN json_type(message, '$.person') END = 'object';
    UPDATE bans SET notice = json_set(notice,
            '$.person', (SELECT id FROM people WHERE people.key = bans.key))
        WHERE json_valid(notice);
    UPDATE silences SET notice = json_set(json_remove(notice, '$.id'),
            '$.person', (SELECT id FROM people WHERE people.key = silences.key))
        WHERE json_valid(notice);
    """,
    # What is planned. Who is named by a calendar event, or answered it, is kept as a person.
    """
    CREATE TABLE calendar_events (
        id TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE calendar_named (
        event TEXT NOT NULL,
        person TEXT NOT NULL,
        PRIMARY KEY (event, person)
    ) STRICT;
    CREATE TABLE calendar_answers (
        event TEXT NOT NULL,
        day TEXT NOT NULL,
        person TEXT NOT NULL,
        state BLOB NOT NULL,
        PRIMARY KEY (event, day, person)
    ) STRICT;
    CREATE TABLE calendar_people (
        person TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
    """,
    # What a person says of themselves.
    """
    CREATE TABLE profiles (
        person TEXT PRIMARY KEY,
        profile BLOB NOT NULL
    ) STRICT;
    """,
    # A person may have several keys; who has one alone is not in the table. A seat knows which of
    # them signed in for it: before, that was the person's only one.
    """
    CREATE TABLE keyrings (
        id TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
    ALTER TABLE seats ADD COLUMN signer TEXT NOT NULL DEFAULT '';
    UPDATE seats SET signer = key;
    CREATE INDEX bans_by_key ON bans (key);
    CREATE INDEX silences_by_key ON silences (key);
    """,
    # Communities, by what each is, and a row for each person in each.
    """
    CREATE TABLE communities (
        id TEXT PRIMARY KEY,
        log TEXT NOT NULL,
        state BLOB NOT NULL
    ) STRICT;
    CREATE TABLE community_people (
        community TEXT NOT NULL,
        person TEXT NOT NULL,
        state BLOB NOT NULL,
        PRIMARY KEY (community, person)
    ) STRICT;
    CREATE INDEX community_people_by_person ON community_people (person);
    """,
    # Who knocked and was not let in may not knock again for a while.
    """
    ALTER TABLE rooms ADD COLUMN turned_away TEXT NOT NULL DEFAULT '{}';
    """,
    # What was proven about people.
    """
    CREATE TABLE claims (
        id TEXT PRIMARY KEY,
        person TEXT NOT NULL,
        claim BLOB NOT NULL
    ) STRICT;
    CREATE INDEX claims_by_person ON claims (person);
    """,
    # Whom people follow, and whom they block.
    """
    CREATE TABLE ties (
        person TEXT NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (person, kind, target)
    ) STRICT;
    """,
    # What somebody raised their hand for.
    """
    ALTER TABLE seats ADD COLUMN hand_topic TEXT NOT NULL DEFAULT '';
    """,
)
"""One script for each version of the tables; ``PRAGMA user_version`` counts those that ran.

A script that was released is never changed, and none may begin or end a transaction."""

DATABASE = "roomcli.sqlite3"
"""The name of the database in the data folder."""
OPENING_SECONDS = 5.0
"""Seconds that another program may hold the file when the server starts."""
BUSY_TIMEOUT = "PRAGMA busy_timeout = 100"
"""Milliseconds that SQLite itself waits for a lock; nobody else is answered meanwhile."""
CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Moves everything from the write-ahead log into the file, so that a copy of the file is
complete."""
BACKUP = "put a backup in its place (docs/self-hosting.md says how)"


def open_database(path: Path) -> sqlite3.Connection:
    """Open the database, readable by its owner only, and bring its tables up to date.

    Raises ConfigError for a file that is damaged or incomplete; OSError, sqlite3.Error.
    """
    _judge_copy(path)
    if not path.exists():
        _create(path.resolve())  # where it points to, if it is a link
    os.close(os.open(path, os.O_RDWR))  # the error says more than SQLite's
    # Callers begin and end transactions: they know which statements belong together.
    database = sqlite3.connect(
        path, timeout=OPENING_SECONDS, check_same_thread=False, isolation_level=None
    )
    try:
        database.execute("PRAGMA journal_mode = WAL")
        # An acknowledged write survives a power cut too, not only the end of the process.
        database.execute("PRAGMA synchronous = FULL")
        # Deleted data must not stay readable in the file.
        database.execute("PRAGMA secure_delete = ON")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise ConfigError(_told_of_newer(path))
        if version == 0:
            raise ConfigError(
                f"{path} holds nothing: it was copied without {path.name}-wal; {BACKUP}, or delete"
                " it to begin without any rooms"
            )
        if version < len(MIGRATIONS):
            copy = make_copy(database, path, version)
            log.info("%s is brought up to date; as it was it is in %s", path, copy)
            _migrate(database, version)
        database.execute(CHECKPOINT)
        database.execute(BUSY_TIMEOUT)
    except sqlite3.DatabaseError as error:
        database.close()
        if is_damage(error):
            raise ConfigError(f"{path} is damaged: {error}; {BACKUP}") from None
        raise
    except BaseException:
        database.close()
        raise
    return database


def _create(path: Path) -> None:
    """Make a new database with empty tables: the whole of it, or none if it is killed."""
    with (
        created_beside(path) as unfinished,
        contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as database,
    ):
        _migrate(database, 0)


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Run the scripts that are missing, all or none: whoever ends amid them may begin again."""
    scripts = "\n".join(MIGRATIONS[version:])
    database.executescript(
        f"BEGIN IMMEDIATE; {scripts} PRAGMA user_version = {len(MIGRATIONS)}; COMMIT;"
    )


def _told_of_newer(path: Path) -> str:
    text = f"{path} is of a newer roomcli, which this one cannot read: use that one"
    copy = copy_path(path, len(MIGRATIONS))
    return f"{text}, or put {copy.name}, from before it, in its place" if copy.exists() else text


def is_damage(error: Exception) -> bool:
    """Whether an error means that the file is damaged, or no SQLite database."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _judge_copy(path: Path) -> None:
    """Raise ConfigError for a partial copy that SQLite would open as a new database.

    The server would begin without any rooms.
    """
    log = path.with_name(f"{path.name}-wal")
    if not path.exists() and log.exists() and log.stat().st_size:
        raise ConfigError(
            f"{path} is missing beside {log.name}: copy both; or {BACKUP}, or delete {log.name} to"
            " begin without any rooms"
        )
    if path.is_file() and not path.stat().st_size:
        raise ConfigError(f"{path} is empty: {BACKUP}, or delete it to begin without any rooms")
