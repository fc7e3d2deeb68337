import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from './sqlite/open.ts';
import { storeSuite } from '@keyward/testing/store/suite';
import { instanceSuite } from '@keyward/testing/store/suite-instances';
import { Database } from './sqlite/database.ts';
import { openPorts } from './sqlite/ports.ts';
import { migrate } from './sqlite/schema.ts';

storeSuite('sqlite', () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-store-'));
	const store = openSqliteStore(folder);
	return {
		store,
		dispose: async () => {
			await store.close();
			rmSync(folder, { recursive: true });
		},
	};
});

// Two connections to one database, past the lock that keeps a place to one process.
instanceSuite('sqlite', () => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-instances-'));
	const first = new Database(join(folder, 'keyward.sqlite'));
	migrate(first);
	const second = new Database(join(folder, 'keyward.sqlite'));
	return {
		instances: [openPorts(first).ports, openPorts(second).ports],
		dispose: async () => {
			for (const db of [first, second]) db.close();
			rmSync(folder, { recursive: true });
		},
	};
});
