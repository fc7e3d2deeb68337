/** What manufacturers say of devices, by the part in each. */
export const partStatementSchema = `
	CREATE TABLE part_statement (part INTEGER PRIMARY KEY, manifest INTEGER NOT NULL, statement TEXT NOT NULL) STRICT;
`;

/** What devices say of the machines that they are. */
export const deviceReportSchema = `
	CREATE TABLE device_report (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, device TEXT NOT NULL, at INTEGER NOT NULL, attested INTEGER NOT NULL, text TEXT NOT NULL,
		UNIQUE (application, device)
	) STRICT;
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
