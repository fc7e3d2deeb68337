/** People who may sign in, their passkeys, and links by which one registers. A migration: never changed. */
export const peopleSchema = `
	CREATE TABLE person (
		added INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, at INTEGER NOT NULL
	) STRICT;
	CREATE TABLE passkey (
		added INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL, key BLOB NOT NULL, counter INTEGER NOT NULL,
		hardware INTEGER NOT NULL, attestation BLOB, at INTEGER NOT NULL, used INTEGER NOT NULL
	) STRICT;
	CREATE TABLE invitation (
		added INTEGER PRIMARY KEY, person TEXT NOT NULL UNIQUE, hash BLOB NOT NULL UNIQUE, role TEXT NOT NULL,
		expires INTEGER NOT NULL
	) STRICT;
	`;

/** Who people are at issuers of identities, and what each sign-in proved. A migration: never changed. */
export const identitySchema = `
	CREATE TABLE person_identity (
		added INTEGER PRIMARY KEY, person TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT, email TEXT, at INTEGER NOT NULL,
		used INTEGER, step TEXT,
		UNIQUE (issuer, subject), UNIQUE (issuer, email)
	) STRICT;
	ALTER TABLE person_session ADD COLUMN step TEXT;
	`;

/** A migration: never changed. */
export const sessionPlaceSchema = `
	ALTER TABLE person_session ADD COLUMN browser TEXT;
	`;

/** A migration: never changed. */
export const sessionCredentialSchema = `
	ALTER TABLE person_session ADD COLUMN credential TEXT;
	`;

/** What people began, so that a restart ends none of it. A migration: never changed. */
export const personSessionSchema = `
	CREATE TABLE person_session (
		number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, person TEXT NOT NULL, hardware INTEGER NOT NULL,
		origin TEXT NOT NULL, opened INTEGER NOT NULL, seen INTEGER NOT NULL
	) STRICT;
	CREATE TABLE approval_request (
		number INTEGER PRIMARY KEY, operation TEXT NOT NULL, asks TEXT NOT NULL, at INTEGER NOT NULL, expires INTEGER NOT NULL,
		approved_by TEXT, digest TEXT NOT NULL, input TEXT NOT NULL
	) STRICT;
	CREATE TABLE approval_override (
		added INTEGER PRIMARY KEY, who TEXT NOT NULL UNIQUE, until INTEGER NOT NULL, reason TEXT NOT NULL
	) STRICT;
	`;
