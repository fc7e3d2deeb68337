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
