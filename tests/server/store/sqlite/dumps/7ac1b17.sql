BEGIN TRANSACTION;
CREATE TABLE bans (
        room TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        at REAL NOT NULL,
        until REAL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    ) STRICT;
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','cc1dcc69a79456d45725f1f00125a37d',1.79565242296310877793e+09,1.795738822963108778e+09,'{"key":"cc1dcc69a79456d45725f1f00125a37d","name":"Dan","at":1795652422.9631088,"until":1795738822.9631088,"reason":"sells watches","by":"Carla","person":"f5f2c0da33f9634c"}');
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565242300536155703e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"Eve","at":1795652423.0053616,"until":null,"reason":"for good","by":"Ann","person":"1e5451e2f08d0445"}');
INSERT INTO "bans" VALUES('*','','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565243220616030696e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"","at":1795652432.2061603,"until":null,"reason":"from the whole server","by":"root","person":"1e5451e2f08d0445"}');
CREATE TABLE chat (
        room TEXT NOT NULL,
        number INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (room, number)
    ) STRICT;
INSERT INTO "chat" VALUES('standup',1,'{"number":1,"person":"99e42593c9a886b1","text":"welcome, all","at":1795652408.801135,"name":"Ann","tail":""}');
INSERT INTO "chat" VALUES('standup',2,'{"number":2,"person":"67f14cce1f66250f","text":"that is rather loud <b>&</b> 👍","at":1795652422.2052577,"name":"Carla","tail":""}');
INSERT INTO "chat" VALUES('standup',3,'');
INSERT INTO "chat" VALUES('standup',4,'{"number":4,"person":"1e5451e2f08d0445","text":"hello from Eve","at":1795652422.3335674,"name":"Eve","tail":""}');
INSERT INTO "chat" VALUES('side-room',1,'{"number":1,"person":"5e2190ff897bd9da","text":"anybody there?","at":1795652425.9434967,"name":"Gus","tail":""}');
CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        latest REAL NOT NULL
    ) STRICT;
INSERT INTO "clock" VALUES(1,1.79565243288522171979e+09);
CREATE TABLE invites (
        token_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) STRICT;
INSERT INTO "invites" VALUES('48ad9dbf04d9367ac4793032b60955c8bd7c1a6312d4427f6ece537f9e4a4867','*','host',9.0e+999);
CREATE TABLE moderation_log (
        room TEXT NOT NULL,
        opened_at REAL NOT NULL,
        number INTEGER NOT NULL,
        at REAL NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (room, opened_at, number)
    ) STRICT;
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,1,1.79565240871437048911e+09,'{"number":1,"at":1795652408.7143705,"action":"open_room","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":null,"detail":"","reason":"","previous":"911f6f72b9d739d3a40b03f7b1261391","hash":"639a8570150317be6ab3b5356fa572b4"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,2,1.79565240877825808528e+09,'{"number":2,"at":1795652408.778258,"action":"change_settings","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":null,"detail":"topic=Überblick: what broke, and why, order=fair, floor_seconds=600","reason":"","previous":"639a8570150317be6ab3b5356fa572b4","hash":"5a402c75bdcf781fb498d5f2608faa12"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,3,1.79565240882722973827e+09,'{"number":3,"at":1795652408.8272297,"action":"make_invite","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":null,"detail":"cohost, 2 uses","reason":"","previous":"5a402c75bdcf781fb498d5f2608faa12","hash":"58cd485b370de5a103144a19949271ee"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,4,1.79565240884959888461e+09,'{"number":4,"at":1795652408.849599,"action":"make_invite","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":null,"detail":"listener, any number of uses","reason":"","previous":"58cd485b370de5a103144a19949271ee","hash":"46caf102529109c9327eb53efcb10188"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,5,1.79565242245488190645e+09,'{"number":5,"at":1795652422.454882,"action":"make_cohost","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":{"id":"mryvfrec","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3","tail":""},"detail":"","reason":"","previous":"46caf102529109c9327eb53efcb10188","hash":"9ecf2167be97e97437bcac17db28644f"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,6,1.79565242262314391135e+09,'{"number":6,"at":1795652422.623144,"action":"silence","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":{"id":"enu42q3j","name":"Ben","headline":"","key":"14e64a3eef2ea509d1619819c6f644ae","tail":""},"detail":"","reason":"too loud","previous":"9ecf2167be97e97437bcac17db28644f","hash":"39cee046997327ede39d145f420e192b"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,7,1.79565242275615334511e+09,'{"number":7,"at":1795652422.7561533,"action":"remove_message","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":{"id":"ymfva4vc","name":"Dan","headline":"","key":"cc1dcc69a79456d45725f1f00125a37d","tail":""},"detail":"","reason":"advertising","previous":"39cee046997327ede39d145f420e192b","hash":"306864e010f9efcc30762e6fff6745ac"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,8,1.79565242296310877793e+09,'{"number":8,"at":1795652422.9631088,"action":"ban","actor":{"id":"mryvfrec","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3","tail":""},"target":{"id":"ymfva4vc","name":"Dan","headline":"","key":"cc1dcc69a79456d45725f1f00125a37d","tail":""},"detail":"for 1 day","reason":"sells watches","previous":"306864e010f9efcc30762e6fff6745ac","hash":"f70414b4f542d5dfbd4284577e9d62d4"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,9,1.79565242300536155703e+09,'{"number":9,"at":1795652423.0053616,"action":"ban","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":{"id":"cngmxzcn","name":"Eve","headline":"","key":"89d5f0d7acf8ea37e4841c14caa1c2af","tail":""},"detail":"for good","reason":"for good","previous":"f70414b4f542d5dfbd4284577e9d62d4","hash":"5641acc1a7ac412c14c1115d0b78e25b"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,10,1.79565242308429479601e+09,'{"number":10,"at":1795652423.0842948,"action":"lock","actor":{"id":"mryvfrec","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3","tail":""},"target":null,"detail":"","reason":"","previous":"5641acc1a7ac412c14c1115d0b78e25b","hash":"6971ebe3dbd6a7ab9b62132e8b85c55c"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,11,1.79565242315877318388e+09,'{"number":11,"at":1795652423.1587732,"action":"unlock","actor":{"id":"mryvfrec","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3","tail":""},"target":null,"detail":"","reason":"","previous":"6971ebe3dbd6a7ab9b62132e8b85c55c","hash":"4d5241c708ba8e3b0a1ce3b753f8a9fd"}');
INSERT INTO "moderation_log" VALUES('standup',1.79565240871411705022e+09,12,1.79565242341088247305e+09,'{"number":12,"at":1795652423.4108825,"action":"set_password","actor":{"id":"55w2v23g","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6","tail":""},"target":null,"detail":"set","reason":"","previous":"4d5241c708ba8e3b0a1ce3b753f8a9fd","hash":"63f30fb09f8cd6b202f03b3e61d3e95c"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565242587650918961e+09,1,1.79565242587671875951e+09,'{"number":1,"at":1795652425.8767188,"action":"open_room","actor":{"id":"5eri3tyw","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c","tail":""},"target":null,"detail":"","reason":"","previous":"7772e95c28046c8548530ea9ac3611eb","hash":"dfda53e0f8c712dff25a51ab1ddcfb2e"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565242587650918961e+09,2,1.79565242591756749155e+09,'{"number":2,"at":1795652425.9175675,"action":"make_invite","actor":{"id":"5eri3tyw","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c","tail":""},"target":null,"detail":"speaker, 3 uses","reason":"","previous":"dfda53e0f8c712dff25a51ab1ddcfb2e","hash":"43bd88083c22e45dbf44d458abe3f9f1"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565242587650918961e+09,3,1.7956524259581654072e+09,'{"number":3,"at":1795652425.9581654,"action":"lock","actor":{"id":"5eri3tyw","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c","tail":""},"target":null,"detail":"","reason":"","previous":"43bd88083c22e45dbf44d458abe3f9f1","hash":"92d7006be9fc4d2d12363f0d0bdfd942"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565242766881680487e+09,1,1.79565242766902518267e+09,'{"number":1,"at":1795652427.6690252,"action":"open_room","actor":{"id":"y4hlb5ae","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94","tail":""},"target":null,"detail":"","reason":"","previous":"0731388c8cf614c9bfc1a3c799a74871","hash":"48d95213f39871d5f69c4a72559a2477"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565242766881680487e+09,2,1.79565242777485966686e+09,'{"number":2,"at":1795652427.7748597,"action":"lock","actor":{"id":"y4hlb5ae","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94","tail":""},"target":null,"detail":"","reason":"","previous":"48d95213f39871d5f69c4a72559a2477","hash":"be33a6779aadf20b4d99829153359a91"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565242766881680487e+09,3,1.79565242781650114055e+09,'{"number":3,"at":1795652427.8165011,"action":"end_room","actor":{"id":"y4hlb5ae","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94","tail":""},"target":null,"detail":"","reason":"over","previous":"be33a6779aadf20b4d99829153359a91","hash":"fdd1aeb6e69bf8b800a67db19e412927"}');
CREATE TABLE people (
        key TEXT PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL DEFAULT '',
        headline TEXT NOT NULL DEFAULT '',
        seen_at REAL NOT NULL
    ) STRICT;
INSERT INTO "people" VALUES('89d5f0d7acf8ea37e4841c14caa1c2af','1e5451e2f08d0445','Eve','',1.79565242233356738088e+09);
INSERT INTO "people" VALUES('61fe490bc307c6244e3e9f874730eee3','67f14cce1f66250f','Carla','',1.79565242220525765419e+09);
INSERT INTO "people" VALUES('6d06d9507a7e69239b8f9bb12c08c1a6','99e42593c9a886b1','Ann','',1.79565240880113506311e+09);
INSERT INTO "people" VALUES('fede830abb857096d845a7f65938df7c','5e2190ff897bd9da','Gus','',1.7956524259434967041e+09);
INSERT INTO "people" VALUES('14e64a3eef2ea509d1619819c6f644ae','780a8caaa13c0a0e','Ben','',1.79565242021758365627e+09);
INSERT INTO "people" VALUES('e2fb221c6f302c8d5bd7e40142f8a06a','10ce00a0aa17bfab','Fay','',1.79565242288346219069e+09);
INSERT INTO "people" VALUES('cc1dcc69a79456d45725f1f00125a37d','f5f2c0da33f9634c','Dan','',1.79565264040974235538e+09);
CREATE TABLE reports (
        id TEXT PRIMARY KEY,
        at REAL NOT NULL,
        report TEXT NOT NULL,
        evidence BLOB,
        resolution TEXT,
        resolved_at REAL
    ) STRICT;
CREATE TABLE rooms (
        name TEXT PRIMARY KEY,
        access TEXT NOT NULL,
        locked INTEGER NOT NULL DEFAULT 0,
        opened_at REAL NOT NULL, owner TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL DEFAULT '{}', password TEXT NOT NULL DEFAULT '', links TEXT NOT NULL DEFAULT '[]') STRICT;
INSERT INTO "rooms" VALUES('standup','open',0,1.79565240871411705022e+09,'6d06d9507a7e69239b8f9bb12c08c1a6','{"topic":"Überblick: what broke, and why","hands":"on","order":"fair","floor_seconds":600,"chat":true,"slow_seconds":0,"capacity":10000,"listed":true}','d6bdf270475af428e6105932a50085a8:e6c4d75fe30a39716429c7c173185fcc815ee8488e3c8edc4ecb97415b127d5a27a17379e61af680a0e65c099bb2fdd0b6fe6f85a1e5df28154266d928f79d46','[{"link":{"id":"hajz5l7xmu7hktn6","role":"cohost","expires_at":1796257208.8272297,"uses":2,"used":0,"by":"Ann"},"used_by":[],"lowered":["cc1dcc69a79456d45725f1f00125a37d","89d5f0d7acf8ea37e4841c14caa1c2af"]},{"link":{"id":"ylt4vnqgpclg24b4","role":"listener","expires_at":1796257208.849599,"uses":null,"used":0,"by":"Ann"},"used_by":[],"lowered":[]}]');
INSERT INTO "rooms" VALUES('side-room','invite',1,1.79565242587650918961e+09,'fede830abb857096d845a7f65938df7c','{"topic":"","hands":"on","order":"fifo","floor_seconds":0,"chat":true,"slow_seconds":0,"capacity":10000,"listed":true}','','[{"link":{"id":"z43cwhp5fxxd45en","role":"listener","expires_at":1796257225.8767188,"uses":null,"used":0,"by":"Gus"},"used_by":[],"lowered":[]},{"link":{"id":"svkgwuq55fo6z6vf","role":"speaker","expires_at":1796257225.9175675,"uses":3,"used":0,"by":"Gus"},"used_by":[],"lowered":["89d5f0d7acf8ea37e4841c14caa1c2af"]}]');
CREATE TABLE seats (
        ticket_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        role TEXT NOT NULL,
        hand_at REAL,
        expires_at REAL NOT NULL
    , name TEXT NOT NULL DEFAULT '', tail TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "seats" VALUES('5e899026653510c9fefc45c938649af341326d7699d1ba4cf453be626ebd801f','standup','55w2v23g','6d06d9507a7e69239b8f9bb12c08c1a6','host',NULL,1.79574240871540260315e+09,'Ann','');
INSERT INTO "seats" VALUES('fb50f2cce9ca27e4efb55c1a33370115beefc16ac5baaf2b24261c6303aae6bf','standup','enu42q3j','14e64a3eef2ea509d1619819c6f644ae','speaker',NULL,1.79574242021758365625e+09,'Ben','');
INSERT INTO "seats" VALUES('2a742f74796aebd6c286f72315141f87e548b699a66250362938dae57836bb92','standup','mryvfrec','61fe490bc307c6244e3e9f874730eee3','cohost',NULL,1.79574242246217012403e+09,'Carla','');
INSERT INTO "seats" VALUES('912a0080c6ef1ae5e1662cee015eb8308cea37e68d526953f68f03af4a46452b','standup','4k6g3bna','e2fb221c6f302c8d5bd7e40142f8a06a','speaker',NULL,1.79574242288346219058e+09,'Fay','');
INSERT INTO "seats" VALUES('144358fe3a0b2af26962258f58a8cd9b4c7be3487ebc28befee792aec29b8bd8','side-room','5eri3tyw','fede830abb857096d845a7f65938df7c','host',NULL,1.79574242587746834751e+09,'Gus','');
CREATE TABLE silences (
        room TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    ) STRICT;
INSERT INTO "silences" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','14e64a3eef2ea509d1619819c6f644ae','{"key":"14e64a3eef2ea509d1619819c6f644ae","name":"Ben","at":1795652422.623144,"reason":"too loud","by":"Ann","person":"780a8caaa13c0a0e"}');
CREATE INDEX seats_by_room ON seats (room, id);
CREATE INDEX invites_by_room ON invites (room);
CREATE TRIGGER moderation_log_is_never_rewritten BEFORE UPDATE ON moderation_log
        BEGIN SELECT RAISE(ABORT, 'the moderation log is never rewritten'); END;
COMMIT;
PRAGMA user_version = 7;
