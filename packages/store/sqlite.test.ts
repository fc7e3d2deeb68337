import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from './sqlite/open.ts';
import { storeSuite } from '@keyward/testing/store/suite';

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
