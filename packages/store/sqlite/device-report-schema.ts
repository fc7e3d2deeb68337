/** What devices say of the machines that they are. */
export const deviceReportSchema = `
	CREATE TABLE device_report (
		added INTEGER PRIMARY KEY,
		application TEXT NOT NULL, device TEXT NOT NULL, at INTEGER NOT NULL, attested INTEGER NOT NULL, text TEXT NOT NULL,
		UNIQUE (application, device)
	) STRICT;
`;
