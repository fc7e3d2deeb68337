import type { NetworkStore } from '@keyward/core/port';
import { number, text } from './columns.ts';
import type { Database } from './database.ts';

/** Where devices came from: who is served first when a storm comes is known over a restart too. */
export const networkSchema = `
	CREATE TABLE known_network (
		place INTEGER PRIMARY KEY, network TEXT NOT NULL UNIQUE, certificate TEXT NOT NULL, day INTEGER NOT NULL
	) STRICT;
`;

export const sqliteNetworks = (db: Database): NetworkStore => {
	const drop = db.sql.prepare('DELETE FROM known_network');
	const put = db.sql.prepare('INSERT INTO known_network (network, certificate, day) VALUES (?, ?, ?)');
	const all = db.sql.prepare('SELECT * FROM known_network ORDER BY place');
	return {
		keepNetworks: async (networks) =>
			db.write('keep where devices came from', () => {
				drop.run();
				for (const { network, certificate, day } of networks) put.run(network, certificate, day);
			}),
		networks: async () =>
			db.read('list where devices came from', () =>
				all.all().map((row) => ({
					...{ network: text(row, 'network'), certificate: text(row, 'certificate') },
					day: number(row, 'day'),
				})),
			),
	};
};
