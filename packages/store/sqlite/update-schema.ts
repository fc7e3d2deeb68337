/** What the boot of each released version looks like. */
export const bootReferenceSchema = `
	CREATE TABLE boot_reference (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, class TEXT NOT NULL, version TEXT NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL,
		UNIQUE (application, class, version)
	) STRICT;
`;

/** Releases that go out, how far each device is, and what devices say of their updates. */
export const rolloutSchema = `
	CREATE TABLE rollout (
		added INTEGER PRIMARY KEY,
		id TEXT NOT NULL UNIQUE, application TEXT NOT NULL, revision INTEGER NOT NULL, text TEXT NOT NULL
	) STRICT;
	CREATE TABLE rollout_device (
		added INTEGER PRIMARY KEY,
		rollout TEXT NOT NULL, device TEXT NOT NULL, text TEXT NOT NULL,
		UNIQUE (rollout, device)
	) STRICT;
	CREATE TABLE update_report (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, device TEXT NOT NULL, running TEXT, floor INTEGER NOT NULL, state TEXT NOT NULL,
		last_error TEXT, at INTEGER NOT NULL,
		UNIQUE (application, device)
	) STRICT;
`;

/** What devices say of their keys, and the release that each refused last. */
export const deviceWordSchema = `
	ALTER TABLE update_report ADD COLUMN keys TEXT;
	ALTER TABLE update_report ADD COLUMN refused TEXT;
`;

/** The security floors that TPMs count, and where each counter began: what was seen first is what a later one is compared with. */
export const countedFloorSchema = `
	CREATE TABLE counted_floor (
		added INTEGER PRIMARY KEY,
		part TEXT NOT NULL UNIQUE, application TEXT NOT NULL, device TEXT NOT NULL, floor INTEGER NOT NULL, origin TEXT NOT NULL,
		at INTEGER NOT NULL
	) STRICT;
	CREATE INDEX counted_floor_device ON counted_floor (application, device);
`;
