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
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','cc1dcc69a79456d45725f1f00125a37d',1.79565242296310877793e+09,1.795738822963108778e+09,'{"key":"cc1dcc69a79456d45725f1f00125a37d","name":"Dan","at":1795652422.9631088,"until":1795738822.9631088,"reason":"sells watches","by":"Carla","person":"55b7c96f15f5ee3d"}');
INSERT INTO "bans" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565242300536155703e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"Eve","at":1795652423.0053616,"until":null,"reason":"for good","by":"Ann","person":"32359865e2a6df37"}');
INSERT INTO "bans" VALUES('*','','89d5f0d7acf8ea37e4841c14caa1c2af',1.79565243220616030696e+09,NULL,'{"key":"89d5f0d7acf8ea37e4841c14caa1c2af","name":"","at":1795652432.2061603,"until":null,"reason":"from the whole server","by":"root","person":"32359865e2a6df37"}');
CREATE TABLE calendar_answers (
        event TEXT NOT NULL,
        day TEXT NOT NULL,
        person TEXT NOT NULL,
        state BLOB NOT NULL,
        PRIMARY KEY (event, day, person)
    ) STRICT;
INSERT INTO "calendar_answers" VALUES('0001020304050607','','211cffed0d350df4',X'82A57265706C79A3796573A66E756D62657201');
INSERT INTO "calendar_answers" VALUES('0001020304050607','','d5859a767a0ef128',X'82A57265706C79A3796573A66E756D62657202');
INSERT INTO "calendar_answers" VALUES('0001020304050607','','f0806f2f972ac6b8',X'82A57265706C79A3796573A66E756D62657203');
CREATE TABLE calendar_events (
        id TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
INSERT INTO "calendar_events" VALUES('0001020304050607',X'8DA26964B030303031303230333034303530363037A4706C616E8DA57469746C65AD54616C6B73206F662062656573A66167656E646191A757656C636F6D65A57374617274B0323032362D31322D30315431383A3330A47A6F6E65AC4575726F70652F5061726973A76D696E757465733CAA726563757272656E636586A56576657279A56D6F6E7468A8696E74657276616C01A87765656B6461797391A27475A36E746801A5756E74696CC0A5636F756E74C0A4726F6F6DA574616C6B73A8636170616369747901AA7669736962696C697479A67075626C6963A9636F6D6D756E697479A0AA6F7267616E697365727391B038373731343034333637626333643034A8737065616B65727391B066303830366632663937326163366238A7696E766974656490AA706C616E6E65645F6174CB41DAC1DF0846142AAA6368616E6765645F6174CB41DAC1DF0848E874A776657273696F6E02A661677265656492B066303830366632663937326163366238B038373731343034333637626333643034AA657863657074696F6E7381AA323032372D30312D303583A86D6F7665645F746FB0323032372D30312D30365431383A3330A963616E63656C6C6564C2A66E6F74696365A4736E6F77A963616E63656C6C6564C2A66E6F74696365A0A7686973746F7279919302B03837373134303433363762633364303491AA323032372D30312D3035A977697468647261776E80A8616E73776572656400A7616E737765727380');
INSERT INTO "calendar_events" VALUES('71756965742e2e2e',X'8DA26964B037313735363936353734326532653265A4706C616E8DA57469746C65A55175696574A66167656E646190A57374617274B0323032362D31322D32345431303A3030A47A6F6E65A3555443A76D696E757465733CAA726563757272656E6365C0A4726F6F6DA0A86361706163697479C0AA7669736962696C697479A770726976617465A9636F6D6D756E697479A0AA6F7267616E697365727391B064353835396137363761306566313238A8737065616B65727390A7696E766974656491B038373731343034333637626333643034AA706C616E6E65645F6174CB41DAC1DF0848EDC7AA6368616E6765645F6174CB41DAC1DF0848F2FAA776657273696F6E02A661677265656491B064353835396137363761306566313238AA657863657074696F6E7380A963616E63656C6C6564C3A66E6F74696365A3696C6CA7686973746F7279919302B06435383539613736376130656631323891A963616E63656C6C6564A977697468647261776E80A8616E73776572656400A7616E737765727380');
CREATE TABLE calendar_named (
        event TEXT NOT NULL,
        person TEXT NOT NULL,
        PRIMARY KEY (event, person)
    ) STRICT;
INSERT INTO "calendar_named" VALUES('0001020304050607','8771404367bc3d04');
INSERT INTO "calendar_named" VALUES('0001020304050607','f0806f2f972ac6b8');
INSERT INTO "calendar_named" VALUES('71756965742e2e2e','8771404367bc3d04');
INSERT INTO "calendar_named" VALUES('71756965742e2e2e','d5859a767a0ef128');
CREATE TABLE calendar_people (
        person TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
INSERT INTO "calendar_people" VALUES('211cffed0d350df4',X'82A672656D696E641EA466656564D94066666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666666');
CREATE TABLE chat (
        room TEXT NOT NULL,
        number INTEGER NOT NULL,
        message TEXT NOT NULL,
        PRIMARY KEY (room, number)
    ) STRICT;
INSERT INTO "chat" VALUES('standup',1,'{"number":1,"person":"8771404367bc3d04","text":"welcome, all","at":1795652408.801135,"name":"Ann","tail":""}');
INSERT INTO "chat" VALUES('standup',2,'{"number":2,"person":"f0806f2f972ac6b8","text":"that is rather loud <b>&</b> 👍","at":1795652422.2052577,"name":"Carla","tail":""}');
INSERT INTO "chat" VALUES('standup',3,'');
INSERT INTO "chat" VALUES('standup',4,'{"number":4,"person":"32359865e2a6df37","text":"hello from Eve","at":1795652422.3335674,"name":"Eve","tail":""}');
INSERT INTO "chat" VALUES('side-room',1,'{"number":1,"person":"8d4bb5bf48079713","text":"anybody there?","at":1795652425.9434967,"name":"Gus","tail":""}');
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
CREATE TABLE keyrings (
        id TEXT PRIMARY KEY,
        state BLOB NOT NULL
    ) STRICT;
INSERT INTO "keyrings" VALUES('6d06d9507a7e69239b8f9bb12c08c1a6',X'85A26964D9203664303664393530376137653639323339623866396262313263303863316136A46B6579739288A26964D9203664303664393530376137653639323339623866396262313263303863316136A77365656E5F6174CB41DAC1DF084C6E83A96A6F696E65645F6174CB41DAC1DF084C6E83AD696E74726F64756365645F6279A0A76C6566745F6174C0AA7265766F6B65645F6174C0AA7265766F6B65645F6279A0A8666F725F676F6F64C288A26964D9203033396139383763613135313636646132643365316439373663303363323338A77365656E5F6174CB41DAC1DF084C6E15A96A6F696E65645F6174CB41DAC1DF084E17F1AD696E74726F64756365645F6279D9203664303664393530376137653639323339623866396262313263303863316136A76C6566745F6174C0AA7265766F6B65645F6174C0AA7265766F6B65645F6279A0A8666F725F676F6F64C2A87265636F76657279A0A47061737485A873696C656E63657390A77265706F72747390A572616E6B7380A87769746868656C6480AA626C6F636B65645F627990A6636C61696D7390');
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
INSERT INTO "people" VALUES('89d5f0d7acf8ea37e4841c14caa1c2af','32359865e2a6df37','Eve','',1.79565242233356738088e+09);
INSERT INTO "people" VALUES('61fe490bc307c6244e3e9f874730eee3','f0806f2f972ac6b8','Carla','',1.79565242220525765419e+09);
INSERT INTO "people" VALUES('6d06d9507a7e69239b8f9bb12c08c1a6','8771404367bc3d04','Ann','',1.79565240880113506311e+09);
INSERT INTO "people" VALUES('fede830abb857096d845a7f65938df7c','8d4bb5bf48079713','Gus','',1.7956524259434967041e+09);
INSERT INTO "people" VALUES('14e64a3eef2ea509d1619819c6f644ae','211cffed0d350df4','Ben','',1.79565242021758365627e+09);
INSERT INTO "people" VALUES('e2fb221c6f302c8d5bd7e40142f8a06a','d5859a767a0ef128','Fay','',1.79565242288346219069e+09);
INSERT INTO "people" VALUES('cc1dcc69a79456d45725f1f00125a37d','55b7c96f15f5ee3d','Dan','',1.795652641088383913e+09);
CREATE TABLE profiles (
        person TEXT PRIMARY KEY,
        profile BLOB NOT NULL
    ) STRICT;
INSERT INTO "profiles" VALUES('8771404367bc3d04',X'87A46E616D65A7416E6E20C3962EA8686561646C696E65A8456E67696E656572A7636F6D70616E79A441636D65A86C6F636174696F6EA0A870726F6E6F756E73A0A362696FA0A56C696E6B7390');
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
    , name TEXT NOT NULL DEFAULT '', tail TEXT NOT NULL DEFAULT '', signer TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "seats" VALUES('5e899026653510c9fefc45c938649af341326d7699d1ba4cf453be626ebd801f','standup','55w2v23g','6d06d9507a7e69239b8f9bb12c08c1a6','host',NULL,1.79574240871540260315e+09,'Ann','','6d06d9507a7e69239b8f9bb12c08c1a6');
INSERT INTO "seats" VALUES('fb50f2cce9ca27e4efb55c1a33370115beefc16ac5baaf2b24261c6303aae6bf','standup','enu42q3j','14e64a3eef2ea509d1619819c6f644ae','speaker',NULL,1.79574242021758365625e+09,'Ben','','14e64a3eef2ea509d1619819c6f644ae');
INSERT INTO "seats" VALUES('2a742f74796aebd6c286f72315141f87e548b699a66250362938dae57836bb92','standup','mryvfrec','61fe490bc307c6244e3e9f874730eee3','cohost',NULL,1.79574242246217012403e+09,'Carla','','61fe490bc307c6244e3e9f874730eee3');
INSERT INTO "seats" VALUES('912a0080c6ef1ae5e1662cee015eb8308cea37e68d526953f68f03af4a46452b','standup','4k6g3bna','e2fb221c6f302c8d5bd7e40142f8a06a','speaker',NULL,1.79574242288346219058e+09,'Fay','','e2fb221c6f302c8d5bd7e40142f8a06a');
INSERT INTO "seats" VALUES('144358fe3a0b2af26962258f58a8cd9b4c7be3487ebc28befee792aec29b8bd8','side-room','5eri3tyw','fede830abb857096d845a7f65938df7c','host',NULL,1.79574242587746834751e+09,'Gus','','fede830abb857096d845a7f65938df7c');
CREATE TABLE silences (
        room TEXT NOT NULL,
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        notice TEXT NOT NULL,
        PRIMARY KEY (room, owner, key)
    ) STRICT;
INSERT INTO "silences" VALUES('standup','6d06d9507a7e69239b8f9bb12c08c1a6','14e64a3eef2ea509d1619819c6f644ae','{"key":"14e64a3eef2ea509d1619819c6f644ae","name":"Ben","at":1795652422.623144,"reason":"too loud","by":"Ann","person":"211cffed0d350df4"}');
CREATE INDEX seats_by_room ON seats (room, id);
CREATE INDEX invites_by_room ON invites (room);
CREATE TRIGGER moderation_log_is_never_rewritten BEFORE UPDATE ON moderation_log
        BEGIN SELECT RAISE(ABORT, 'the moderation log is never rewritten'); END;
CREATE INDEX bans_by_key ON bans (key);
CREATE INDEX silences_by_key ON silences (key);
COMMIT;
PRAGMA user_version = 10;
