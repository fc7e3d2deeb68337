import { Problem } from '@keyward/core';
import type { Database } from './database.ts';
import { deviceReportSchema, partStatementSchema } from './device-report-schema.ts';
import { handshakeSchema } from './handshakes.ts';
import { networkSchema } from './networks.ts';
import { keyAskedSchema } from './key-asked.ts';
import { keyedCallSchema } from './keyed-calls.ts';
import {
	identitySchema,
	peopleSchema,
	personSessionSchema,
	sessionCredentialSchema,
	sessionPlaceSchema,
} from './people-schema.ts';
import { bootReferenceSchema, countedFloorSchema, deviceWordSchema, rolloutSchema } from './update-schema.ts';
import { postureHistorySchema } from './posture-history.ts';

/**
 * Each entry brings a database of the version before to the next, and is never changed once released.
 *
 * Readings are a journal in order of arrival, because a commit has few rows of each of many streams: kept by stream,
 * every row would touch a separate page (measured: 18 µs a row at 2,000 streams, 33 with a unique index on time,
 * against 1 µs). `back` leads from a row to the one before it in its stream, as a difference of positions, 0 for none;
 * every 64th row of a stream has a mark to start from. `late` names the rows that came out of order of time.
 * `stream` is settled now and then; rows after the settled position bring it up to date at open.
 * Truncation removes rows from the journal's beginning, with their marks; a stream's `first` is its first row kept, an
 * edge's `forgotten` how many of its leaves have no rows any more.
 */
const migrations: readonly string[] = [
	`
	CREATE TABLE stream (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		application TEXT NOT NULL, device TEXT NOT NULL, stream TEXT NOT NULL,
		last INTEGER NOT NULL DEFAULT 0, newest INTEGER, position INTEGER NOT NULL DEFAULT 0,
		UNIQUE (application, device, stream)
	) STRICT;
	CREATE TABLE settled (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL) STRICT;
	INSERT INTO settled VALUES (1, 0);
	CREATE TABLE reading (
		position INTEGER PRIMARY KEY,
		stream INTEGER NOT NULL, cursor INTEGER NOT NULL, back INTEGER NOT NULL, time INTEGER NOT NULL, record BLOB NOT NULL
	) STRICT;
	CREATE TABLE mark (
		stream INTEGER, cursor INTEGER, newest INTEGER NOT NULL, position INTEGER NOT NULL,
		PRIMARY KEY (stream, cursor)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE late (
		stream INTEGER, time INTEGER, position INTEGER NOT NULL,
		PRIMARY KEY (stream, time)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE leaf (
		application TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
		UNIQUE (application, number)
	) STRICT;
	CREATE TABLE edge (application TEXT PRIMARY KEY, size INTEGER NOT NULL, edge BLOB NOT NULL) STRICT;

	CREATE TABLE principal (
		added INTEGER PRIMARY KEY,
		kind TEXT NOT NULL, application TEXT NOT NULL, id TEXT NOT NULL,
		class TEXT, state TEXT NOT NULL, at INTEGER NOT NULL,
		UNIQUE (application, kind, id)
	) STRICT;
	CREATE TABLE token (
		hash BLOB PRIMARY KEY,
		kind TEXT NOT NULL, application TEXT NOT NULL, id TEXT NOT NULL,
		expires INTEGER NOT NULL, spent_for BLOB
	) STRICT;
	CREATE INDEX token_principal ON token (application, kind, id);
	CREATE TABLE intent (
		added INTEGER PRIMARY KEY,
		serial TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
		kind TEXT NOT NULL, application TEXT NOT NULL, id TEXT NOT NULL,
		key BLOB NOT NULL, custody TEXT NOT NULL, to_be_signed BLOB NOT NULL, at INTEGER NOT NULL,
		by_token BLOB, by_certificate BLOB,
		CHECK ((by_token IS NULL) <> (by_certificate IS NULL))
	) STRICT;
	CREATE INDEX intent_open ON intent (added) WHERE state = 'open';
	CREATE INDEX intent_key ON intent (key);
	CREATE TABLE certificate (
		added INTEGER PRIMARY KEY,
		fingerprint BLOB NOT NULL UNIQUE, serial TEXT NOT NULL UNIQUE,
		kind TEXT NOT NULL, application TEXT NOT NULL, id TEXT NOT NULL,
		key BLOB NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, der BLOB NOT NULL,
		revoked_at INTEGER, revoked_reason TEXT
	) STRICT;
	CREATE INDEX certificate_principal ON certificate (application, kind, id);
	CREATE INDEX certificate_key ON certificate (key);
	CREATE TABLE reader_grant (
		added INTEGER PRIMARY KEY,
		id TEXT NOT NULL UNIQUE,
		application TEXT NOT NULL, reader TEXT NOT NULL, device TEXT NOT NULL, stream TEXT NOT NULL, purpose TEXT NOT NULL,
		from_time INTEGER NOT NULL, expires INTEGER NOT NULL, ended INTEGER
	) STRICT;
	CREATE TABLE policy (
		application TEXT, epoch INTEGER, text TEXT NOT NULL, at INTEGER NOT NULL,
		PRIMARY KEY (application, epoch)
	) STRICT;
	CREATE TABLE fact (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, claim TEXT NOT NULL, source TEXT NOT NULL,
		value TEXT NOT NULL, strength TEXT NOT NULL, at INTEGER NOT NULL, until INTEGER,
		UNIQUE (application, kind, id, claim, source)
	) STRICT;
	`,
	`
	ALTER TABLE certificate ADD COLUMN revoked_cause TEXT;
	UPDATE certificate SET revoked_cause = 'unspecified' WHERE revoked_at IS NOT NULL;
	CREATE INDEX certificate_revoked ON certificate (application, added, not_after) WHERE revoked_at IS NOT NULL;
	ALTER TABLE stream ADD COLUMN first INTEGER NOT NULL DEFAULT 1;
	ALTER TABLE edge ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
	CREATE TABLE forgotten (one INTEGER PRIMARY KEY CHECK (one = 1), before INTEGER) STRICT;
	INSERT INTO forgotten VALUES (1, NULL);
	CREATE TABLE session (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
		client_id TEXT NOT NULL, expiry INTEGER, disconnected INTEGER,
		subscriptions TEXT NOT NULL, cursors TEXT NOT NULL,
		will_topic TEXT, will_payload BLOB, will_qos INTEGER, will_delay INTEGER,
		UNIQUE (application, kind, id)
	) STRICT;
	CREATE TABLE command (
		added INTEGER PRIMARY KEY,
		id TEXT NOT NULL UNIQUE, application TEXT NOT NULL, device TEXT NOT NULL,
		payload BLOB NOT NULL, content_type TEXT NOT NULL,
		at INTEGER NOT NULL, expires INTEGER NOT NULL, delivered INTEGER
	) STRICT;
	CREATE INDEX command_device ON command (application, device);
	CREATE INDEX command_done ON command (min(coalesce(delivered, expires), expires));
	`,
	// What a key was admitted on; of what was admitted before, nothing more is known than that it came.
	`
	ALTER TABLE principal ADD COLUMN part TEXT;
	ALTER TABLE intent ADD COLUMN evidence TEXT;
	ALTER TABLE intent DROP COLUMN custody;
	ALTER TABLE certificate ADD COLUMN evidence TEXT;
	`,
	// Parts that their makers' manifests name, and by which manifest each came.
	`
	CREATE TABLE manifest (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		file TEXT NOT NULL, maker TEXT NOT NULL, signer TEXT NOT NULL, at INTEGER NOT NULL,
		parts INTEGER NOT NULL, keys INTEGER NOT NULL
	) STRICT;
	CREATE TABLE part (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, manifest INTEGER NOT NULL) STRICT;
	CREATE TABLE part_key (
		key BLOB PRIMARY KEY, part INTEGER NOT NULL, slot TEXT NOT NULL, manifest INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;
	`,
	// The registry's own ledger (`registry-log.ts`), and which checkpoints lie beside the store. A later entry that changes rows
	// of a covered table must cover them, or they count as changed by hand.
	`
	CREATE TABLE registry_leaf (number INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
	CREATE TABLE registry_edge (one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, edge BLOB NOT NULL) STRICT;
	CREATE TABLE signed_checkpoint (application TEXT PRIMARY KEY, size INTEGER NOT NULL) STRICT;
	`,
	// Records of any content type, told apart by their time or by epoch and sequence; `time` is null where it is the identity.
	// Of a stream: the latest time where it is not `newest`, and up to where sequenced identities may be forgotten.
	`
	ALTER TABLE reading RENAME COLUMN time TO identity;
	ALTER TABLE late RENAME COLUMN time TO identity;
	ALTER TABLE reading ADD COLUMN time INTEGER;
	ALTER TABLE reading ADD COLUMN type INTEGER NOT NULL DEFAULT 0;
	ALTER TABLE stream ADD COLUMN latest INTEGER;
	ALTER TABLE stream ADD COLUMN forgotten INTEGER;
	`,
	// What holds for every instance: who may do what one alone may do, numbers that are given once, the CAs' generations. Certificates
	// of other CAs, whose serial numbers are theirs: the table is made again with its rows as they were, so that its ledger holds.
	`
	CREATE TABLE lease (
		name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch INTEGER NOT NULL UNIQUE, until INTEGER
	) STRICT, WITHOUT ROWID;
	CREATE INDEX lease_holder ON lease (holder, epoch);
	CREATE TABLE taken_number (name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	CREATE TABLE store_generation (one INTEGER PRIMARY KEY CHECK (one = 1), generation TEXT NOT NULL) STRICT;
	INSERT INTO store_generation VALUES (1, lower(hex(randomblob(16))));
	CREATE TABLE ca_site (one INTEGER PRIMARY KEY CHECK (one = 1), site TEXT NOT NULL) STRICT;
	CREATE TABLE ca_generation (
		added INTEGER PRIMARY KEY,
		ca TEXT NOT NULL, number INTEGER NOT NULL, custody TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
		linked INTEGER NOT NULL,
		UNIQUE (ca, number)
	) STRICT;
	CREATE TABLE certificate_again (
		added INTEGER PRIMARY KEY,
		fingerprint BLOB NOT NULL UNIQUE, serial TEXT NOT NULL,
		kind TEXT NOT NULL, application TEXT NOT NULL, id TEXT NOT NULL,
		key BLOB NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, der BLOB NOT NULL,
		revoked_at INTEGER, revoked_reason TEXT, revoked_cause TEXT, evidence TEXT, issuer BLOB, signed_part BLOB
	) STRICT;
	INSERT INTO certificate_again (added, fingerprint, serial, kind, application, id, key, not_before, not_after, der,
		revoked_at, revoked_reason, revoked_cause, evidence)
	SELECT added, fingerprint, serial, kind, application, id, key, not_before, not_after, der,
		revoked_at, revoked_reason, revoked_cause, evidence FROM certificate;
	DROP TABLE certificate;
	ALTER TABLE certificate_again RENAME TO certificate;
	CREATE UNIQUE INDEX certificate_serial ON certificate (serial) WHERE issuer IS NULL;
	CREATE UNIQUE INDEX certificate_adopted ON certificate (issuer, serial) WHERE issuer IS NOT NULL;
	CREATE INDEX certificate_principal ON certificate (application, kind, id);
	CREATE INDEX certificate_key ON certificate (key);
	CREATE INDEX certificate_revoked ON certificate (application, added, not_after) WHERE revoked_at IS NOT NULL;
	`,
	// When the backup was made that the store was restored from; a restore of before this column left a fact.
	`
	ALTER TABLE store_generation ADD COLUMN backup INTEGER;
	UPDATE store_generation SET backup = (SELECT max(at) FROM fact WHERE claim = 'restorable' AND source = 'restore');
	`,
	// Who changed what. A number is never given again: the ledger knows a row by it.
	`
	CREATE TABLE action (
		number INTEGER PRIMARY KEY AUTOINCREMENT,
		at INTEGER NOT NULL, who TEXT NOT NULL, operation TEXT NOT NULL, application TEXT, input TEXT NOT NULL,
		ended INTEGER, result TEXT
	) STRICT;
	CREATE INDEX action_at ON action (at);
	`,
	// Advisories, bills of materials, and what devices say that they run.
	`
	CREATE TABLE advisory (
		added INTEGER PRIMARY KEY,
		format TEXT NOT NULL, publisher TEXT NOT NULL, id TEXT NOT NULL,
		updated INTEGER NOT NULL, imported INTEGER NOT NULL, by_hand INTEGER NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL,
		UNIQUE (format, publisher, id)
	) STRICT;
	CREATE TABLE bill (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, class TEXT NOT NULL, version TEXT NOT NULL, file TEXT NOT NULL, at INTEGER NOT NULL,
		components INTEGER NOT NULL, unidentified INTEGER NOT NULL, text TEXT NOT NULL,
		UNIQUE (application, class, version)
	) STRICT;
	CREATE TABLE software (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, device TEXT NOT NULL, version TEXT, agent TEXT, at INTEGER NOT NULL,
		UNIQUE (application, device)
	) STRICT;
	`,
	// Keys beside those of the certificates. They stay when they have ended, so that none is registered twice.
	`
	CREATE TABLE principal_key (
		added INTEGER PRIMARY KEY AUTOINCREMENT,
		application TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
		purpose TEXT NOT NULL, key BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE INDEX principal_key_of ON principal_key (application, kind, id);
	`,
	// Keys that readings are encrypted under, each under a key that is kept elsewhere. A row under them says so in its type. No row
	// after `until` is under a span's key that has it. A number is never given again.
	`
	CREATE TABLE data_key (
		number INTEGER PRIMARY KEY AUTOINCREMENT,
		application TEXT NOT NULL, device TEXT, day INTEGER, wrapped BLOB NOT NULL, until INTEGER
	) STRICT;
	`,
	// What a device signed of what became of a command.
	`
	ALTER TABLE command ADD COLUMN receipt BLOB;
	`,
	bootReferenceSchema,
	rolloutSchema,
	// What happened with a device, and how it was contained. A number is never given again: the ledger knows a row by it.
	`
	CREATE TABLE incident (
		number INTEGER PRIMARY KEY AUTOINCREMENT,
		application TEXT NOT NULL, device TEXT NOT NULL, opened INTEGER NOT NULL, text TEXT NOT NULL
	) STRICT;
	`,
	peopleSchema,
	deviceReportSchema,
	partStatementSchema,
	personSessionSchema,
	countedFloorSchema,
	postureHistorySchema,
	identitySchema,
	deviceWordSchema,
	keyedCallSchema,
	keyAskedSchema,
	sessionPlaceSchema,
	handshakeSchema,
	networkSchema,
	sessionCredentialSchema,
];

/** The version that `migrate` brings a database to. */
export const schemaVersion = migrations.length;

/** Brings the database to the newest version, or to that one. Throws `Problem('store-failed')` for one that is newer still. */
export const migrate = (db: Database, to = migrations.length): void => {
	const version = Number(db.sql.prepare('PRAGMA user_version').get()?.['user_version']);
	if (version > migrations.length) {
		throw new Problem('store-failed', 'This data folder was written by a newer Keyward. Use that one to open it.');
	}
	if (version >= to) return;
	// One transaction for all: each durable commit costs more than what is in it.
	db.write('bring its tables up to date', () => {
		for (const sql of migrations.slice(version, to)) db.sql.exec(sql);
		db.sql.exec(`PRAGMA user_version = ${to}`);
	});
};
