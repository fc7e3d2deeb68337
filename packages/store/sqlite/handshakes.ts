import type { HandshakeStore } from '@keyward/core/port';
import { number, orNull, text } from './columns.ts';
import type { Database } from './database.ts';

/** The TLS client that each device was last seen with: one that changes is noticed over a restart too. */
export const handshakeSchema = `
	CREATE TABLE handshake (
		application TEXT NOT NULL, device TEXT NOT NULL,
		certificate TEXT NOT NULL, issued INTEGER NOT NULL, hello TEXT NOT NULL, version TEXT,
		PRIMARY KEY (application, device)
	) STRICT, WITHOUT ROWID;
`;

export const sqliteHandshakes = (db: Database): HandshakeStore => {
	const put = db.sql.prepare(
		`INSERT INTO handshake (application, device, certificate, issued, hello, version) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, device) DO UPDATE SET certificate = excluded.certificate, issued = excluded.issued,
		hello = excluded.hello, version = excluded.version`,
	);
	const all = db.sql.prepare('SELECT * FROM handshake ORDER BY application, device');
	return {
		putHandshakes: async (seen) =>
			db.write('note how devices shake hands', () => {
				for (const { application, device, certificate, issued, hello, version } of seen)
					put.run(application, device, certificate, issued, hello, version);
			}),
		handshakes: async () =>
			db.read('list how devices shake hands', () =>
				all.all().map((row) => ({
					...{ application: text(row, 'application'), device: text(row, 'device') },
					...{ certificate: text(row, 'certificate'), issued: number(row, 'issued') },
					...{ hello: text(row, 'hello'), version: orNull(text, row, 'version') },
				})),
			),
	};
};
