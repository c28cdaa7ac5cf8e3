BEGIN TRANSACTION;
CREATE TABLE hosts (
        room TEXT NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (room, key)
    ) STRICT;
INSERT INTO "hosts" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6');
INSERT INTO "hosts" VALUES('side-room','14e64a3eef2ea509d1619819c6f644ae');
CREATE TABLE invites (
        token_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) STRICT;
INSERT INTO "invites" VALUES('dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','*','host',1795739100.0);
INSERT INTO "invites" VALUES('eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','standup','speaker',1795739100.0);
CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        access TEXT NOT NULL,
        locked INTEGER NOT NULL DEFAULT 0,
        opened_at REAL NOT NULL,
        ended_at REAL
    ) STRICT;
INSERT INTO "rooms" VALUES('standup','open',0,1.0,NULL);
INSERT INTO "rooms" VALUES('side-room','invite',1,2.0,NULL);
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
INSERT INTO "seats" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','standup','s1','6d06d9507a7e69239b8f9bb12c08c1a6','host',0,NULL,1795739100.0);
INSERT INTO "seats" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','standup','s2','14e64a3eef2ea509d1619819c6f644ae','speaker',1,NULL,1795739100.0);
INSERT INTO "seats" VALUES('cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','standup','s3','e2fb221c6f302c8d5bd7e40142f8a06a','listener',0,1795652691.0,1795739100.0);
CREATE INDEX seats_by_room ON seats (room, id);
CREATE INDEX invites_by_room ON invites (room);
COMMIT;
PRAGMA user_version = 1;
