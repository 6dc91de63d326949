BEGIN TRANSACTION;
CREATE TABLE answer (
	pseudonym BLOB NOT NULL, 
	source TEXT NOT NULL, 
	colour INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	updated_s INTEGER NOT NULL, 
	fetched_s INTEGER NOT NULL, 
	usable_until_s INTEGER, 
	result TEXT, 
	sampled_s INTEGER, 
	tested_s INTEGER, 
	reported_s INTEGER, 
	doses INTEGER, 
	flags TEXT NOT NULL, 
	contact TEXT NOT NULL, 
	looked_up INTEGER NOT NULL, 
	PRIMARY KEY (pseudonym, source)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "answer" VALUES(X'03030303030303030303030303030303','guangdong',1,'',1700000000,1700000010,1700086410,'negative',1699990000,NULL,1699999000,3,'["test_owed"]','12345',0);
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
)
 STRICT

;
INSERT INTO "meta" VALUES('version','1');
INSERT INTO "meta" VALUES('key','abababababababababababababababababababababababababababababababab');
CREATE INDEX answer_by_age ON answer (fetched_s);
COMMIT;
