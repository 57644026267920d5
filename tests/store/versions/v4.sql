BEGIN TRANSACTION;
CREATE TABLE answers (
        id INTEGER NOT NULL PRIMARY KEY, question TEXT NOT NULL, post TEXT NOT NULL, rule TEXT NOT NULL, who TEXT NOT NULL,
        role TEXT NOT NULL, at BIGINT NOT NULL, reason TEXT NOT NULL
    );
CREATE TABLE approvals (
        id INTEGER NOT NULL PRIMARY KEY, key TEXT NOT NULL, digest TEXT NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
        at BIGINT NOT NULL, shown_day TEXT NOT NULL
    , act TEXT NOT NULL DEFAULT 'approve', words TEXT NOT NULL DEFAULT '');
INSERT INTO "approvals" VALUES(1,'2027/figures/mastodon-en','b467039b9814857eafc4c44f4a7bfe2f62de95eff56b4ef904f295d37cb83761','Aynur','approver',1803110400000000,'2027-02-20','approve','');
CREATE TABLE attempts (
        id INTEGER NOT NULL PRIMARY KEY, delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
        channel TEXT NOT NULL, mode TEXT NOT NULL, year INTEGER NOT NULL, n INTEGER NOT NULL,
        part INTEGER NOT NULL, at BIGINT NOT NULL, event TEXT NOT NULL, detail TEXT NOT NULL, owner TEXT,
        request TEXT, cost BIGINT NOT NULL
    );
INSERT INTO "attempts" VALUES(1,1,'mastodon-en','live',2027,1,0,1803110400000000,'begun','','office:4711:1a2b3c4d','{"account": "account-1", "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of mastodon-en"}, "uploads": {}}',0);
INSERT INTO "attempts" VALUES(2,1,'mastodon-en','live',2027,1,0,1803110400000000,'published','https://social.example/111','office:4711:1a2b3c4d',NULL,0);
INSERT INTO "attempts" VALUES(3,3,'x-en','live',2027,1,0,1803110400000000,'begun','','office:4711:1a2b3c4d','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of x-en"}, "uploads": {}}',0);
INSERT INTO "attempts" VALUES(4,3,'x-en','live',2027,1,0,1803110400000000,'refused','content: not allowed','office:4711:1a2b3c4d',NULL,0);
INSERT INTO "attempts" VALUES(5,4,'a-en','live',2027,1,0,1803110400000000,'begun','','office:4711:1a2b3c4d','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of a-en"}, "uploads": {}}',0);
INSERT INTO "attempts" VALUES(6,4,'a-en','live',2027,1,0,1803110400000000,'unknown','no answer','office:4711:1a2b3c4d',NULL,0);
INSERT INTO "attempts" VALUES(7,5,'b-en','live',2027,1,0,1803110400000000,'begun','','office:4711:1a2b3c4d','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of b-en"}, "uploads": {}}',0);
INSERT INTO "attempts" VALUES(8,7,'d-en','live',2027,0,0,1803110400000000,'cancelled','cancelled by Aynur: not now',NULL,NULL,0);
INSERT INTO "attempts" VALUES(9,8,'e-en','live',2027,1,0,1803110400000000,'begun','','office:4711:1a2b3c4d','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of e-en"}, "uploads": {}}',0);
INSERT INTO "attempts" VALUES(10,8,'e-en','live',2027,1,0,1803110400000000,'published','https://social.example/222','office:4711:1a2b3c4d',NULL,0);
INSERT INTO "attempts" VALUES(11,9,'f-en','live',2027,0,0,1803121200000000,'missed','its time passed before it could be sent; was the scheduler running?',NULL,NULL,0);
CREATE TABLE audit (
        id INTEGER NOT NULL PRIMARY KEY, who TEXT NOT NULL, act TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL,
        at BIGINT NOT NULL
    , hash TEXT NOT NULL DEFAULT '');
INSERT INTO "audit" VALUES(1,'Aynur','approve','2027/figures/mastodon-en','what it shows (b467039b9814…), for 2027-02-20',1803110400000000,'e71132f5e13fea250b958f97e4cc84269f22f8122ec530e2e5756090028fd3e2');
INSERT INTO "audit" VALUES(2,'Aynur','hold','post held','to be looked at',1803106800000000,'fcbc49bab3529c5a04535e93ac731be366552d60e430e6d3278d281c7e1c4f37');
INSERT INTO "audit" VALUES(3,'Aynur','cancel','2027/figures/d-en','not now',1803110400000000,'8e83d65f1d2547dbe892865ed72ac0f3c859a8caf2ed89e1951d79ffeb3a28bf');
CREATE TABLE channels (
        name TEXT NOT NULL, mode TEXT NOT NULL, not_before BIGINT, reason TEXT NOT NULL,
        problem TEXT NOT NULL, account_id TEXT, to_compare TEXT, PRIMARY KEY (name, mode)
    );
INSERT INTO "channels" VALUES('mastodon-en','live',NULL,'','','account-1',NULL);
CREATE TABLE deliveries (
        id INTEGER NOT NULL PRIMARY KEY, mode TEXT NOT NULL, key TEXT NOT NULL, year INTEGER NOT NULL, post TEXT NOT NULL,
        channel TEXT NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL, author TEXT,
        original_language TEXT,
        due BIGINT NOT NULL, planned_due BIGINT NOT NULL, due_by TEXT, expires BIGINT NOT NULL,
        day TEXT NOT NULL, not_before BIGINT, wake_at BIGINT,
        slot BOOLEAN NOT NULL, correction BOOLEAN NOT NULL, urgent BOOLEAN NOT NULL,
        message TEXT NOT NULL, digest TEXT NOT NULL, approved_digest TEXT, body TEXT NOT NULL,
        length INTEGER NOT NULL, stops TEXT NOT NULL, errors BOOLEAN NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('scheduled', 'preparing', 'sending', 'published', 'refused',
            'unknown', 'missed', 'cancelled')),
        reason TEXT NOT NULL, cancelled_by TEXT, owner TEXT, lease_until BIGINT,
        attempt INTEGER NOT NULL, tries INTEGER NOT NULL, crashes INTEGER NOT NULL, part INTEGER NOT NULL,
        begun_at BIGINT, out_at BIGINT, absent_at BIGINT, look_at BIGINT, looks INTEGER NOT NULL,
        account TEXT, created_at BIGINT NOT NULL, later TEXT, waived TEXT NOT NULL DEFAULT '[]',
        UNIQUE (mode, key)
    );
INSERT INTO "deliveries" VALUES(1,'live','2027/figures/mastodon-en',2027,'figures','mastodon-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/mastodon-en", "language": "en", "link": null, "parts": [{"images": [{"alt": "a description", "height": 1350, "media_type": "image/jpeg", "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "size": 3, "width": 1080}], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','b467039b9814857eafc4c44f4a7bfe2f62de95eff56b4ef904f295d37cb83761','b467039b9814857eafc4c44f4a7bfe2f62de95eff56b4ef904f295d37cb83761','6ec2d50a6f179bba1e70ab0a836d10cc2a759e50b5daf20f7c5a9e5ab9de96f9',1,'[]',0,'published','',NULL,NULL,NULL,1,1,0,0,1803110400000000,1803110400000000,NULL,NULL,0,'account-1',1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(2,'live','2027/waiting/mastodon-en',2027,'waiting','mastodon-en','text','en',NULL,NULL,1803196800000000,1803196800000000,NULL,1803204000000000,'2027-02-21',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/waiting/mastodon-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','a331cd74dbfb9f7b7256c72f93cc3cc3ae264eca2c798c6f77931c3e3042aec0',NULL,'4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'scheduled','',NULL,NULL,NULL,0,0,0,0,NULL,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(3,'live','2027/figures/x-en',2027,'figures','x-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/x-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','067f3ff0f39182ac0dfdf841c456271289e733129f383f5aa75e3306cf6d1fc4','067f3ff0f39182ac0dfdf841c456271289e733129f383f5aa75e3306cf6d1fc4','4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'refused','not allowed',NULL,NULL,NULL,1,1,0,0,1803110400000000,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(4,'live','2027/figures/a-en',2027,'figures','a-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/a-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','1426cbab320f25a23fa55437377aaa52d03accf7f6ea93eda366511d3069e6c4','1426cbab320f25a23fa55437377aaa52d03accf7f6ea93eda366511d3069e6c4','4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'unknown','no answer',NULL,'office:4711:1a2b3c4d',NULL,1,1,0,0,1803110400000000,1803110400000000,NULL,1803110460000000,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(5,'live','2027/figures/b-en',2027,'figures','b-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/b-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','19bf4f7c9ef2a7e2eb65e0ecf5635f7b200b92f1126881b8fe67311eee534d66','19bf4f7c9ef2a7e2eb65e0ecf5635f7b200b92f1126881b8fe67311eee534d66','4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'sending','',NULL,'office:4711:1a2b3c4d',1803110445000000,1,1,0,0,1803110400000000,1803110400000000,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(6,'live','2027/figures/c-en',2027,'figures','c-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/c-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','44fa4848d15f17ceb5cc8dacb9305c0bad43c4fb88d409fb462fddb50af9fca8',NULL,'4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'preparing','',NULL,'office:4711:1a2b3c4d',1803110445000000,1,0,0,0,NULL,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(7,'live','2027/figures/d-en',2027,'figures','d-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/d-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','fead685e005cda36c8f5d0d6c062ec165584709c1675d3983a04ca9a3f25877e',NULL,'4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'cancelled','cancelled by Aynur: not now','Aynur',NULL,NULL,0,0,0,0,NULL,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(8,'live','2027/thread/e-en',2027,'thread','e-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/thread/e-en", "language": "en", "link": null, "parts": [{"images": [], "text": "One."}, {"images": [], "text": "Two."}, {"images": [], "text": "Three."}], "replies": "everyone", "visibility": "public", "warning": null}','8d837d6ddf247e14087301bb0fe47c8a4ce36be5d596bfba5b08fc01cb967956','8d837d6ddf247e14087301bb0fe47c8a4ce36be5d596bfba5b08fc01cb967956','50ced9973a726dc4c868f35aec2291b079c49992dc3cc38d28171f35d986e937',3,'[]',0,'scheduled','',NULL,NULL,NULL,1,0,0,1,1803110400000000,1803110400000000,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(9,'live','2027/figures/f-en',2027,'figures','f-en','text','en',NULL,NULL,1803110400000000,1803110400000000,NULL,1803117600000000,'2027-02-20',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/figures/f-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','9292f9f91ac99cc28cfd62b20d8e2949b27717386aebe3c8546436ed7ff2e5ee',NULL,'4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'missed','its time passed before it could be sent; was the scheduler running?',NULL,NULL,NULL,0,0,0,0,NULL,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
INSERT INTO "deliveries" VALUES(10,'live','2027/held/g-en',2027,'held','g-en','text','en',NULL,NULL,1803196800000000,1803196800000000,NULL,1803204000000000,'2027-02-21',NULL,NULL,0,0,0,'{"corrects": null, "key": "2027/held/g-en", "language": "en", "link": null, "parts": [{"images": [], "text": "Eight words."}], "replies": "everyone", "visibility": "public", "warning": null}','8fb784ac80e73cdc7c94ea0d695a3caf1d09ad0f880153be4c8b885cec86b786',NULL,'4a4429f6fc771ea36b8800231694376ac8b38b0be1b4eff8b7222e13a84e45b4',1,'[]',0,'scheduled','',NULL,NULL,NULL,0,0,0,0,NULL,NULL,NULL,NULL,0,NULL,1803106800000000,NULL,'[]');
CREATE TABLE files (sha256 TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL);
INSERT INTO "files" VALUES('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',X'616263');
CREATE TABLE holds (
        id INTEGER NOT NULL PRIMARY KEY, scope TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, who TEXT NOT NULL,
        at BIGINT NOT NULL, look_again BIGINT, lifted_at BIGINT, lifted_by TEXT
    );
INSERT INTO "holds" VALUES(1,'post','held','to be looked at','Aynur',1803106800000000,1803196800000000,NULL,NULL);
CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('live.heartbeat','"2027-02-20T08:00:00+00:00"');
INSERT INTO "meta" VALUES('audit-head','{"hash": "8e83d65f1d2547dbe892865ed72ac0f3c859a8caf2ed89e1951d79ffeb3a28bf", "n": 3}');
CREATE TABLE notices (
        id INTEGER NOT NULL PRIMARY KEY, mode TEXT NOT NULL, cause TEXT NOT NULL, key TEXT, text TEXT NOT NULL,
        at BIGINT NOT NULL, closed_at BIGINT
    );
INSERT INTO "notices" VALUES(1,'live','unknown:2027/figures/a-en','2027/figures/a-en','no answer tells',1803110400000000,NULL);
INSERT INTO "notices" VALUES(2,'live','missed:2027/figures/f-en:2027-02-20T11:00:00+00:00','2027/figures/f-en','2027/figures/f-en was missed; `retry` gives it a new time',1803121200000000,NULL);
CREATE TABLE parts (
        delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE, n INTEGER NOT NULL,
        digest TEXT NOT NULL, request TEXT, frozen BOOLEAN NOT NULL, remote_id TEXT, url TEXT, refs TEXT,
        published_at BIGINT, PRIMARY KEY (delivery, n)
    );
INSERT INTO "parts" VALUES(1,0,'b467039b9814857eafc4c44f4a7bfe2f62de95eff56b4ef904f295d37cb83761','{"account": "account-1", "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of mastodon-en"}, "uploads": {}}',1,'111','https://social.example/111','[]',1803110400000000);
INSERT INTO "parts" VALUES(3,0,'067f3ff0f39182ac0dfdf841c456271289e733129f383f5aa75e3306cf6d1fc4',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "parts" VALUES(4,0,'1426cbab320f25a23fa55437377aaa52d03accf7f6ea93eda366511d3069e6c4','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of a-en"}, "uploads": {}}',1,NULL,NULL,NULL,NULL);
INSERT INTO "parts" VALUES(5,0,'19bf4f7c9ef2a7e2eb65e0ecf5635f7b200b92f1126881b8fe67311eee534d66','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of b-en"}, "uploads": {}}',1,NULL,NULL,NULL,NULL);
INSERT INTO "parts" VALUES(8,0,'8d837d6ddf247e14087301bb0fe47c8a4ce36be5d596bfba5b08fc01cb967956','{"account": null, "baseline": null, "expires_at": null, "key": "", "request": {"status": "words of e-en"}, "uploads": {}}',1,'222','https://social.example/222','[]',1803110400000000);
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
INSERT INTO "schema_version" VALUES(4);
CREATE TABLE signed (digest TEXT NOT NULL PRIMARY KEY, message TEXT NOT NULL);
CREATE TABLE slots (key TEXT NOT NULL PRIMARY KEY, due BIGINT NOT NULL, set_by TEXT NOT NULL);
INSERT INTO "slots" VALUES('2027/waiting/mastodon-en',1803196800000000,'run');
CREATE UNIQUE INDEX one_in_flight ON deliveries (mode, channel) WHERE state IN ('preparing', 'sending');
CREATE INDEX deliveries_due ON deliveries (mode, due, id) WHERE state = 'scheduled';
CREATE INDEX deliveries_out ON deliveries (mode, channel, out_at) WHERE out_at IS NOT NULL;
CREATE INDEX deliveries_unknown ON deliveries (mode, look_at) WHERE state = 'unknown';
CREATE INDEX attempts_delivery ON attempts (delivery);
CREATE INDEX attempts_begun ON attempts (mode, channel, at) WHERE event = 'begun';
CREATE INDEX approvals_key ON approvals (key);
CREATE INDEX audit_what ON audit (what);
CREATE UNIQUE INDEX one_notice_a_cause ON notices (mode, cause) WHERE closed_at IS NULL;
CREATE INDEX deliveries_of_channel
        ON deliveries (mode, channel, due, id, urgent, correction, slot, due_by, part)
        WHERE state = 'scheduled'
    ;
CREATE INDEX deliveries_urgent ON deliveries (mode, channel, due, id)
        WHERE state = 'scheduled' AND urgent
    ;
CREATE INDEX deliveries_begun ON deliveries (mode, channel, due, id)
        WHERE state = 'scheduled' AND part > 0
    ;
CREATE INDEX deliveries_begun_first ON deliveries (mode, part, due)
        WHERE state = 'scheduled' AND part > 0
    ;
CREATE INDEX deliveries_expires ON deliveries (mode, expires) WHERE state = 'scheduled';
CREATE INDEX deliveries_not_before ON deliveries (mode, not_before)
        WHERE state = 'scheduled' AND not_before IS NOT NULL
    ;
CREATE INDEX deliveries_wake ON deliveries (mode, wake_at)
        WHERE state = 'scheduled' AND wake_at IS NOT NULL
    ;
CREATE INDEX deliveries_account ON deliveries (account) WHERE out_at IS NOT NULL;
CREATE INDEX open_holds ON holds (id) WHERE lifted_at IS NULL;
CREATE INDEX answers_question ON answers (question);
CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit: what was written stays as it is'); END;
CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit: nothing is ever removed'); END;
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'audit: what was written stays as it is'); END;
CREATE TRIGGER approvals_kept BEFORE UPDATE ON approvals BEGIN SELECT RAISE(ABORT, 'approvals: what was written stays as it is'); END;
CREATE TRIGGER approvals_not_removed BEFORE DELETE ON approvals BEGIN SELECT RAISE(ABORT, 'approvals: nothing is ever removed'); END;
CREATE TRIGGER approvals_not_replaced BEFORE INSERT ON approvals WHEN EXISTS (SELECT 1 FROM approvals WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'approvals: what was written stays as it is'); END;
CREATE TRIGGER answers_kept BEFORE UPDATE ON answers BEGIN SELECT RAISE(ABORT, 'answers: what was written stays as it is'); END;
CREATE TRIGGER answers_not_removed BEFORE DELETE ON answers BEGIN SELECT RAISE(ABORT, 'answers: nothing is ever removed'); END;
CREATE TRIGGER answers_not_replaced BEFORE INSERT ON answers WHEN EXISTS (SELECT 1 FROM answers WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'answers: what was written stays as it is'); END;
COMMIT;
