"""The tables in PostgreSQL, and the scripts that bring an older database up to date."""

from __future__ import annotations

from roomcli.errors import ConfigError

from .session import BoundedConnection

MIGRATIONS: tuple[str, ...] = (
    # Texts are compared byte by byte, as everywhere else; what PostgreSQL has not of the tables'
    # SQL it is given: functions to read JSON, and the order in which rows came.
    """
    CREATE FUNCTION json_valid(document TEXT) RETURNS BOOLEAN LANGUAGE plpgsql IMMUTABLE AS $$
        BEGIN PERFORM document::json; RETURN TRUE; EXCEPTION WHEN OTHERS THEN RETURN FALSE; END
    $$;
    CREATE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
        SELECT document::json #>> string_to_array(substr(path, 3), '.')
    $$;
    CREATE TABLE rooms (
        name TEXT COLLATE "C" PRIMARY KEY,
        access TEXT NOT NULL,
        locked BOOLEAN NOT NULL,
        opened_at DOUBLE PRECISION NOT NULL,
        owner TEXT COLLATE "C" NOT NULL,
        settings TEXT NOT NULL,
        password TEXT NOT NULL,
        links TEXT NOT NULL,
        turned_away TEXT NOT NULL
    );
    CREATE TABLE seats (
        ticket_hash TEXT COLLATE "C" PRIMARY KEY,
        room TEXT COLLATE "C" NOT NULL,
        id TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        role TEXT NOT NULL,
        hand_at DOUBLE PRECISION,
        expires_at DOUBLE PRECISION NOT NULL,
        name TEXT NOT NULL,
        tail TEXT NOT NULL,
        signer TEXT NOT NULL
    );
    CREATE INDEX seats_by_room ON seats (room, id);
    CREATE TABLE invites (
        token_hash TEXT COLLATE "C" PRIMARY KEY,
        room TEXT COLLATE "C" NOT NULL,
        role TEXT NOT NULL,
        expires_at DOUBLE PRECISION NOT NULL
    );
    CREATE TABLE bans (
        room TEXT COLLATE "C" NOT NULL,
        owner TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        at DOUBLE PRECISION NOT NULL,
        until DOUBLE PRECISION,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    );
    CREATE INDEX bans_by_key ON bans (key);
    CREATE TABLE silences (
        room TEXT COLLATE "C" NOT NULL,
        owner TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    );
    CREATE INDEX silences_by_key ON silences (key);
    CREATE TABLE moderation_log (
        room TEXT COLLATE "C" NOT NULL,
        opened_at DOUBLE PRECISION NOT NULL,
        number BIGINT NOT NULL,
        at DOUBLE PRECISION NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (room, opened_at, number)
    );
    CREATE FUNCTION refuse_rewriting() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the moderation log is never rewritten'; END
    $$;
    CREATE TRIGGER moderation_log_is_never_rewritten BEFORE UPDATE ON moderation_log
        FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
    CREATE TABLE chat (
        room TEXT COLLATE "C" NOT NULL,
        number BIGINT NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (room, number)
    );
    CREATE TABLE reports (
        id TEXT COLLATE "C" PRIMARY KEY,
        at DOUBLE PRECISION NOT NULL,
        report TEXT NOT NULL,
        evidence BYTEA,
        resolution TEXT,
        resolved_at DOUBLE PRECISION
    );
    CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        latest DOUBLE PRECISION NOT NULL
    );
    CREATE TABLE people (
        key TEXT COLLATE "C" PRIMARY KEY,
        id TEXT COLLATE "C" NOT NULL,
        name TEXT NOT NULL,
        headline TEXT NOT NULL,
        seen_at DOUBLE PRECISION NOT NULL
    );
    CREATE TABLE calendar_events (
        id TEXT COLLATE "C" PRIMARY KEY,
        state BYTEA NOT NULL
    );
    CREATE TABLE calendar_named (
        event TEXT COLLATE "C" NOT NULL,
        person TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (event, person)
    );
    CREATE TABLE calendar_answers (
        event TEXT COLLATE "C" NOT NULL,
        day TEXT COLLATE "C" NOT NULL,
        person TEXT COLLATE "C" NOT NULL,
        state BYTEA NOT NULL,
        PRIMARY KEY (event, day, person)
    );
    CREATE TABLE calendar_people (
        person TEXT COLLATE "C" PRIMARY KEY,
        state BYTEA NOT NULL
    );
    CREATE TABLE profiles (
        person TEXT COLLATE "C" PRIMARY KEY,
        profile BYTEA NOT NULL
    );
    CREATE TABLE keyrings (
        id TEXT COLLATE "C" PRIMARY KEY,
        state BYTEA NOT NULL
    );
    CREATE TABLE communities (
        id TEXT COLLATE "C" PRIMARY KEY,
        log TEXT COLLATE "C" NOT NULL,
        state BYTEA NOT NULL
    );
    CREATE TABLE community_people (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY,
        community TEXT COLLATE "C" NOT NULL,
        person TEXT COLLATE "C" NOT NULL,
        state BYTEA NOT NULL,
        PRIMARY KEY (community, person)
    );
    CREATE INDEX community_people_by_person ON community_people (person);
    CREATE TABLE claims (
        id TEXT COLLATE "C" PRIMARY KEY,
        person TEXT COLLATE "C" NOT NULL,
        claim BYTEA NOT NULL
    );
    CREATE INDEX claims_by_person ON claims (person);
    CREATE TABLE ties (
        person TEXT COLLATE "C" NOT NULL,
        kind TEXT COLLATE "C" NOT NULL,
        target TEXT COLLATE "C" NOT NULL,
        at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (person, kind, target)
    );
    """,
    # Tokens of servers: a sequence gives none twice, also if whoever asked for it was undone.
    """
    CREATE SEQUENCE roomcli_fence;
    SELECT setval('roomcli_fence', fence + 1) FROM roomcli_server;
    """,
    # Whether the token is that of the servers of a cluster.
    """
    ALTER TABLE roomcli_server ADD COLUMN is_shared BOOLEAN NOT NULL DEFAULT FALSE;
    """,
    # What somebody raised their hand for.
    """
    ALTER TABLE seats ADD COLUMN hand_topic TEXT NOT NULL DEFAULT '';
    """,
    # What servers have in memory: each of a cluster is told which rows the others write. A single
    # one tells nobody. By the secret all of them make the same ids of people.
    """
    ALTER TABLE roomcli_server ADD COLUMN id_secret TEXT NOT NULL
        DEFAULT gen_random_uuid()::text || gen_random_uuid()::text;
    CREATE FUNCTION tell_servers() RETURNS TRIGGER LANGUAGE plpgsql AS $$
        DECLARE
            written JSONB;
            key JSONB;
        BEGIN
            IF TG_OP = 'DELETE' THEN written := to_jsonb(OLD);
            ELSE written := to_jsonb(NEW); END IF;
            SELECT jsonb_agg(written -> name ORDER BY place) INTO key
                FROM unnest(TG_ARGV) WITH ORDINALITY AS columns (name, place);
            PERFORM pg_notify('roomcli', jsonb_build_array(
                current_setting('roomcli.server'), TG_TABLE_NAME, key)::text);
            RETURN NULL;
        END
    $$;
    DO $$
        DECLARE told RECORD;
        BEGIN
            FOR told IN SELECT * FROM (VALUES
                ('bans', 'room, owner, key'),
                ('invites', 'token_hash'),
                ('people', 'key'),
                ('profiles', 'person'),
                ('ties', 'person, kind, target'),
                ('keyrings', 'id'),
                ('claims', 'id'),
                ('communities', 'id'),
                ('community_people', 'community, person'),
                ('calendar_events', 'id'),
                ('calendar_answers', 'event, day, person'),
                ('calendar_people', 'person')
            ) AS tables (name, key) LOOP
                EXECUTE format(
                    'CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'
                    ' WHEN (current_setting(''roomcli.server'', TRUE) <> '''')'
                    ' EXECUTE FUNCTION tell_servers(%s)',
                    told.name || '_are_told', told.name, told.key
                );
            END LOOP;
        END
    $$;
    """,
    # Which server of a cluster may write a room: whose token is the largest.
    """
    CREATE SEQUENCE roomcli_room_fence;
    CREATE TABLE roomcli_rooms (
        room TEXT COLLATE "C" PRIMARY KEY,
        fence BIGINT NOT NULL,
        taken_at TIMESTAMPTZ NOT NULL
    );
    CREATE INDEX roomcli_rooms_by_time ON roomcli_rooms (taken_at);
    -- Gives larger tokens from now on; so many larger that nobody who asks meanwhile gets the same.
    CREATE FUNCTION roomcli_pass_by(token BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(1919905646);
        PERFORM setval('roomcli_room_fence', token + 1048576)
            FROM roomcli_room_fence WHERE last_value <= token;
    END $$;
    -- Rooms that ended long ago are forgotten, a few each time: without a row nobody writes either.
    CREATE FUNCTION roomcli_take_room(name TEXT, token BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO roomcli_rooms AS held VALUES (name, token, now())
            ON CONFLICT (room) DO UPDATE SET fence = token, taken_at = now()
            WHERE held.fence <= token;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another server has the room' USING ERRCODE = 'RC001';
        END IF;
        DELETE FROM roomcli_rooms WHERE room IN (
            SELECT room FROM roomcli_rooms
            WHERE taken_at < now() - interval '1 day' AND room NOT IN (SELECT rooms.name FROM rooms)
            ORDER BY taken_at LIMIT 10 FOR UPDATE SKIP LOCKED
        );
    END $$;
    CREATE FUNCTION roomcli_hold_room(name TEXT, token BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM roomcli_rooms WHERE room = name AND fence <= token FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another server has the room' USING ERRCODE = 'RC001';
        END IF;
    END $$;
    CREATE FUNCTION roomcli_continue_log(
        name TEXT, opened DOUBLE PRECISION, place BIGINT, hash_before TEXT
    ) RETURNS VOID LANGUAGE plpgsql AS $$ BEGIN
        PERFORM 1 FROM moderation_log WHERE room = name AND opened_at = opened
            AND number = place - 1 AND json_extract(entry, '$.hash') = hash_before;
        IF place > 1 AND NOT FOUND THEN
            RAISE EXCEPTION 'the log went on without this server' USING ERRCODE = 'RC001';
        END IF;
    END $$;
    """,
    # The stamps of what several servers change, and decide about by what they have in memory.
    """
    CREATE TABLE roomcli_stamps (
        name TEXT COLLATE "C" PRIMARY KEY,
        stamp TEXT NOT NULL
    );
    CREATE FUNCTION roomcli_stamp(thing TEXT, stamp_before TEXT, stamp_now TEXT)
    RETURNS VOID LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO roomcli_stamps AS known VALUES (thing, stamp_now)
            ON CONFLICT (name) DO UPDATE SET stamp = stamp_now
            WHERE known.stamp IN (stamp_before, stamp_now);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another server has changed % meanwhile', thing;
        END IF;
    END $$;
    CREATE TRIGGER roomcli_stamps_are_told AFTER INSERT OR UPDATE ON roomcli_stamps FOR EACH ROW
        WHEN (current_setting('roomcli.server', TRUE) <> '')
        EXECUTE FUNCTION tell_servers(name);
    """,
    # Stamps of what is gone are forgotten, and the others hear of it. A stamp says after a / whose
    # thing it is on; those of older servers do not, and are on that itself.
    """
    ALTER TABLE roomcli_stamps ADD COLUMN stamped_at TIMESTAMPTZ NOT NULL DEFAULT now();
    CREATE OR REPLACE FUNCTION roomcli_stamp(thing TEXT, stamp_before TEXT, stamp_now TEXT)
    RETURNS VOID LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO roomcli_stamps AS known VALUES (thing, stamp_now)
            ON CONFLICT (name) DO UPDATE SET stamp = stamp_now, stamped_at = now()
            WHERE known.stamp IN (stamp_before, stamp_now);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another server has changed % meanwhile', thing;
        END IF;
    END $$;
    CREATE FUNCTION roomcli_forget_stamps() RETURNS SETOF roomcli_stamps LANGUAGE sql AS $$
        DELETE FROM roomcli_stamps WHERE name IN (
            SELECT name FROM (
                SELECT name, split_part(name, '/', 1) AS kind,
                    substr(name, strpos(name, '/') + 1) AS id,
                    coalesce(substring(stamp from '/(.*)'), substr(name, strpos(name, '/') + 1))
                        AS whose
                FROM roomcli_stamps WHERE stamped_at < now() - interval '1 day'
            ) AS old
            WHERE (kind = 'key' AND whose NOT IN (SELECT keyrings.id FROM keyrings))
                OR (kind = 'calendar'
                    AND whose NOT IN (SELECT calendar_events.id FROM calendar_events))
                OR (kind IN ('community', 'member', 'room', 'name')
                    AND whose NOT IN (SELECT communities.id FROM communities))
                OR (kind = 'member' AND id NOT IN
                    (SELECT community || '/' || person FROM community_people))
            LIMIT 1000
        ) RETURNING *
    $$;
    CREATE TRIGGER roomcli_stamps_gone_are_told AFTER DELETE ON roomcli_stamps FOR EACH ROW
        WHEN (current_setting('roomcli.server', TRUE) <> '')
        EXECUTE FUNCTION tell_servers(name);
    """,
    # What rooms have carried out lately, by which their next owner does it once.
    """
    CREATE TABLE roomcli_answers (
        room TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        ref BIGINT NOT NULL,
        command TEXT NOT NULL,
        invite TEXT NOT NULL,
        by_moderator BOOLEAN NOT NULL,
        at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX roomcli_answers_by_room ON roomcli_answers (room, at);
    CREATE INDEX roomcli_answers_by_time ON roomcli_answers (at);
    """,
    # Nobody comes into a community while another server closes it: who does so first is right.
    """
    DELETE FROM community_people WHERE community NOT IN (SELECT communities.id FROM communities);
    ALTER TABLE community_people
        ADD FOREIGN KEY (community) REFERENCES communities (id) ON DELETE CASCADE;
    """,
)
"""One script for each version of the tables; a script that was released is never changed."""

_SERVER = """
CREATE TABLE roomcli_server (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    fence BIGINT NOT NULL,
    holder TEXT NOT NULL
);
INSERT INTO roomcli_server VALUES (1, 0, 0, '');
"""
"""The version of the tables, and which server writes them: its token, which only grows."""
_ALONE = "SET LOCAL lock_timeout = '10s'; SELECT pg_advisory_xact_lock(1919905645)"
"""Lets one server at a time change the tables, with patience for what others write meanwhile."""
_FOUND = """
SELECT to_regclass('roomcli_server') IS NOT NULL, current_setting('server_encoding'),
    (SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
"""


def migrate(connection: BoundedConnection, place: str) -> None:
    """Bring the tables up to date, all or none. The caller holds the database, maybe with others.

    Raises ConfigError for a database that is somebody else's or of a newer roomcli.
    """
    with connection.unhurried(), connection.transaction():
        connection.execute(_ALONE)
        [(is_ours, encoding, others)] = connection.execute(_FOUND).fetchall()
        if not is_ours:
            if others:
                raise ConfigError(f"{place} is not empty, and not roomcli's: give it an empty one")
            if encoding != "UTF8":
                raise ConfigError(f"{place} has the encoding {encoding}: make one with UTF8")
            connection.execute(_SERVER)
        [(version,)] = connection.execute("SELECT version FROM roomcli_server").fetchall()
        if version > len(MIGRATIONS):
            raise ConfigError(
                f"{place} is of a newer roomcli, which this one cannot read: use that one"
            )
        for script in MIGRATIONS[version:]:
            connection.execute(script.encode())
        if version < len(MIGRATIONS):
            connection.execute("UPDATE roomcli_server SET version = %s", (len(MIGRATIONS),))
