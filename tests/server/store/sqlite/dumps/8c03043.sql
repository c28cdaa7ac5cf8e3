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
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','cc1dcc69a79456d45725f1f00125a37d',1.79565239136517286301e+09,1.79573879136517286295e+09,'{"key":"cc1dcc69a79456d45725f1f00125a37d","name":"Dan","at":1795652391.3651729,"until":1795738791.3651729,"reason":"sells watches","by":"Carla"}');
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565239146677494046e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"Eve","at":1795652391.466775,"until":null,"reason":"for good","by":"Ann"}');
INSERT INTO "bans" VALUES('*','','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565239676319980625e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"","at":1795652396.7631998,"until":null,"reason":"from the whole server","by":"root"}');
CREATE TABLE chat (
        room TEXT NOT NULL,
        number INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (room, number)
    ) STRICT;
INSERT INTO "chat" VALUES('standup',1,'{"number":1,"person":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"text":"welcome, all","at":1795652383.1850352}');
INSERT INTO "chat" VALUES('standup',2,'{"number":2,"person":{"id":"qho3llpp","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3"},"text":"that is rather loud <b>&</b> 👍","at":1795652390.9865665}');
INSERT INTO "chat" VALUES('standup',3,'');
INSERT INTO "chat" VALUES('standup',4,'{"number":4,"person":{"id":"47jo3hjn","name":"Eve","headline":"","key":"89d5f0d7acf8ea37e4841c14caa1c2af"},"text":"hello from Eve","at":1795652391.104371}');
INSERT INTO "chat" VALUES('side-room',1,'{"number":1,"person":{"id":"wdo2vwhh","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c"},"text":"anybody there?","at":1795652393.2712085}');
CREATE TABLE clock (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        latest REAL NOT NULL
    ) STRICT;
INSERT INTO "clock" VALUES(1,1.79565239676319980625e+09);
CREATE TABLE invites (
        token_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        role TEXT NOT NULL,
        expires_at REAL NOT NULL
    ) STRICT;
INSERT INTO "invites" VALUES('fb3a5b19d4936430c984f235276948447ae94ed495e867391792f088c5f59a47','*','host',9.0e+999);
CREATE TABLE moderation_log (
        room TEXT NOT NULL,
        opened_at REAL NOT NULL,
        number INTEGER NOT NULL,
        at REAL NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (room, opened_at, number)
    ) STRICT;
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,1,1.79565238312243843077e+09,'{"number":1,"at":1795652383.1224384,"action":"open_room","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":null,"detail":"","reason":"","previous":"14f4548a241a312902f53d70627da2dd","hash":"dfd717d1b23a70a31284a5eb329f82fb"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,2,1.79565238313821601864e+09,'{"number":2,"at":1795652383.138216,"action":"change_settings","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":null,"detail":"topic=Überblick: what broke, and why, order=fair, floor_seconds=600","reason":"","previous":"dfd717d1b23a70a31284a5eb329f82fb","hash":"d7cced62a9565df2c4e6512026ec7f1c"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,3,1.79565238319080305103e+09,'{"number":3,"at":1795652383.190803,"action":"make_invite","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":null,"detail":"cohost, 2 uses","reason":"","previous":"d7cced62a9565df2c4e6512026ec7f1c","hash":"d684ed6838b130f56d60887020cf04b4"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,4,1.79565238319657087323e+09,'{"number":4,"at":1795652383.1965709,"action":"make_invite","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":null,"detail":"listener, any number of uses","reason":"","previous":"d684ed6838b130f56d60887020cf04b4","hash":"26033d85d9500ed5e1320fbb0a9cb696"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,5,1.79565239114782094955e+09,'{"number":5,"at":1795652391.147821,"action":"make_cohost","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":{"id":"qho3llpp","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3"},"detail":"","reason":"","previous":"26033d85d9500ed5e1320fbb0a9cb696","hash":"e40af11891cf575be91b066d6a89ce56"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,6,1.79565239123016762729e+09,'{"number":6,"at":1795652391.2301676,"action":"silence","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":{"id":"z3bv2tt2","name":"Ben","headline":"","key":"14e64a3eef2ea509d1619819c6f644ae"},"detail":"","reason":"too loud","previous":"e40af11891cf575be91b066d6a89ce56","hash":"50800d88429e989d0295300fda8541e0"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,7,1.79565239127103757864e+09,'{"number":7,"at":1795652391.2710376,"action":"remove_message","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":{"id":"5b33xjkg","name":"Dan","headline":"","key":"cc1dcc69a79456d45725f1f00125a37d"},"detail":"","reason":"advertising","previous":"50800d88429e989d0295300fda8541e0","hash":"6e885aac9258b9a5030e2c06ca9a12bc"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,8,1.79565239136517286301e+09,'{"number":8,"at":1795652391.3651729,"action":"ban","actor":{"id":"qho3llpp","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3"},"target":{"id":"5b33xjkg","name":"Dan","headline":"","key":"cc1dcc69a79456d45725f1f00125a37d"},"detail":"for 1 day","reason":"sells watches","previous":"6e885aac9258b9a5030e2c06ca9a12bc","hash":"595d7f4e79afe44641ca8ed079578154"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,9,1.79565239146677494046e+09,'{"number":9,"at":1795652391.466775,"action":"ban","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":{"id":"47jo3hjn","name":"Eve","headline":"","key":"89d5f0d7acf8ea37e4841c14caa1c2af"},"detail":"for good","reason":"for good","previous":"595d7f4e79afe44641ca8ed079578154","hash":"faace3dd815a200b663c0e376171f2c8"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,10,1.79565239149472475046e+09,'{"number":10,"at":1795652391.4947248,"action":"lock","actor":{"id":"qho3llpp","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3"},"target":null,"detail":"","reason":"","previous":"faace3dd815a200b663c0e376171f2c8","hash":"0de94194089a8213eaaa0f989954e1f9"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,11,1.79565239152348685267e+09,'{"number":11,"at":1795652391.5234869,"action":"unlock","actor":{"id":"qho3llpp","name":"Carla","headline":"","key":"61fe490bc307c6244e3e9f874730eee3"},"target":null,"detail":"","reason":"","previous":"0de94194089a8213eaaa0f989954e1f9","hash":"49670e8f95712b6ec415cfaaee261537"}');
INSERT INTO "moderation_log" VALUES('standup',1.7956523831224467754e+09,12,1.79565239175514459613e+09,'{"number":12,"at":1795652391.7551446,"action":"set_password","actor":{"id":"l52rysdi","name":"Ann","headline":"","key":"6d06d9507a7e69239b8f9bb12c08c1a6"},"target":null,"detail":"set","reason":"","previous":"49670e8f95712b6ec415cfaaee261537","hash":"991c8e23e07f78c83daf86a2a50d5168"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565239323104381555e+09,1,1.79565239323103618624e+09,'{"number":1,"at":1795652393.2310362,"action":"open_room","actor":{"id":"wdo2vwhh","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c"},"target":null,"detail":"","reason":"","previous":"9cf2264aeaf5c1ceaa736852e265125a","hash":"5fe8d147ecc2854bbdc67d9ffd8a8ebf"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565239323104381555e+09,2,1.79565239325536131855e+09,'{"number":2,"at":1795652393.2553613,"action":"make_invite","actor":{"id":"wdo2vwhh","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c"},"target":null,"detail":"speaker, 3 uses","reason":"","previous":"5fe8d147ecc2854bbdc67d9ffd8a8ebf","hash":"365708e43fc05d6f5cf1d938ff07ca0a"}');
INSERT INTO "moderation_log" VALUES('side-room',1.79565239323104381555e+09,3,1.79565239329012012485e+09,'{"number":3,"at":1795652393.2901201,"action":"lock","actor":{"id":"wdo2vwhh","name":"Gus","headline":"","key":"fede830abb857096d845a7f65938df7c"},"target":null,"detail":"","reason":"","previous":"365708e43fc05d6f5cf1d938ff07ca0a","hash":"96ca1d7f6d72973d7985600ec996de8b"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565239496483922002e+09,1,1.79565239496483063695e+09,'{"number":1,"at":1795652394.9648306,"action":"open_room","actor":{"id":"yfbtk5my","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94"},"target":null,"detail":"","reason":"","previous":"e5b37fd0f85c5409be502c190d4e26db","hash":"862e970469547faea2f39062d797cf75"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565239496483922002e+09,2,1.79565239506458044051e+09,'{"number":2,"at":1795652395.0645804,"action":"lock","actor":{"id":"yfbtk5my","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94"},"target":null,"detail":"","reason":"","previous":"862e970469547faea2f39062d797cf75","hash":"54dc9759831b9670c13a436fe95631df"}');
INSERT INTO "moderation_log" VALUES('ended-room',1.79565239496483922002e+09,3,1.79565239508874845498e+09,'{"number":3,"at":1795652395.0887485,"action":"end_room","actor":{"id":"yfbtk5my","name":"Hal","headline":"","key":"2104287212ad6986ae147918d233be94"},"target":null,"detail":"","reason":"over","previous":"54dc9759831b9670c13a436fe95631df","hash":"9b53d5f0ad51b7db0b59cb08a8d474fc"}');
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
INSERT INTO "rooms" VALUES('standup','open',0,1.7956523831224467754e+09,'6d06d9507a7e69239b8f9bb12c08c1a6','{"topic":"Überblick: what broke, and why","hands":"on","order":"fair","floor_seconds":600,"chat":true,"slow_seconds":0,"capacity":10000,"listed":true}','7a55a823c7ee2a32fc1fba1e986a9b19:f06bacf9670a5f206415a34739b5e84b4fa5d41913cb17813ca67b7a9926ac512b4138ac1358d0fddfd7f7920430f9654d744be0c2b74d0aae5a23850927033b','[{"link":{"id":"tawv562spavpa65q","role":"cohost","expires_at":1796257183.190803,"uses":2,"used":0,"by":"Ann"},"used_by":[]},{"link":{"id":"bnts4b3srlwwrcup","role":"listener","expires_at":1796257183.1965709,"uses":null,"used":0,"by":"Ann"},"used_by":[]}]');
INSERT INTO "rooms" VALUES('side-room','invite',1,1.79565239323104381555e+09,'fede830abb857096d845a7f65938df7c','{"topic":"","hands":"on","order":"fifo","floor_seconds":0,"chat":true,"slow_seconds":0,"capacity":10000,"listed":true}','','[{"link":{"id":"m6afz56fto276iqq","role":"listener","expires_at":1796257193.2310362,"uses":null,"used":0,"by":"Gus"},"used_by":[]},{"link":{"id":"22d7e23vbvtjv6bq","role":"speaker","expires_at":1796257193.2553613,"uses":3,"used":0,"by":"Gus"},"used_by":[]}]');
CREATE TABLE seats (
        ticket_hash TEXT PRIMARY KEY,
        room TEXT NOT NULL,
        id TEXT NOT NULL,
        key TEXT NOT NULL,
        role TEXT NOT NULL,
        silenced INTEGER NOT NULL DEFAULT 0,
        hand_at REAL,
        expires_at REAL NOT NULL
    , name TEXT NOT NULL DEFAULT '', tail TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "seats" VALUES('24155ef859e55d9beb1e0ae9c825feb72a085ac38b0041e615605ea7ca73c856','standup','l52rysdi','6d06d9507a7e69239b8f9bb12c08c1a6','host',0,NULL,1.7957387831282682419e+09,'','');
INSERT INTO "seats" VALUES('1aa73fdaa97be15528aa4e2cd59321b5e807ea489f192aaf8bb524faeb72b1bf','standup','qho3llpp','61fe490bc307c6244e3e9f874730eee3','cohost',0,NULL,1.79573879116364669796e+09,'','');
INSERT INTO "seats" VALUES('b8f17a37212d389a1f0cdfd6ce42976ba0a94089f68c884c2ed0e0f319b1d90b','standup','z3bv2tt2','14e64a3eef2ea509d1619819c6f644ae','speaker',1,NULL,1.79573879123781728747e+09,'','');
INSERT INTO "seats" VALUES('09d43440ed5f5413161ec0d125e2d761ad8216bc850558a08aa895182e25e1d3','standup','jlwehi47','e2fb221c6f302c8d5bd7e40142f8a06a','speaker',0,NULL,1.79573879134053754802e+09,'','');
INSERT INTO "seats" VALUES('48f7a6714470c80b29c52b6f1691ee33117b0ec2ec2b5d30365942290863148f','side-room','wdo2vwhh','fede830abb857096d845a7f65938df7c','host',0,NULL,1.7957387932317638397e+09,'','');
CREATE INDEX seats_by_room ON seats (room, id);
CREATE INDEX invites_by_room ON invites (room);
CREATE TRIGGER moderation_log_is_never_rewritten BEFORE UPDATE ON moderation_log
        BEGIN SELECT RAISE(ABORT, 'the moderation log is never rewritten'); END;
COMMIT;
PRAGMA user_version = 5;
