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
