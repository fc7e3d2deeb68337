import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packages } from '@keyward/testing/debian';

test('docs/dependencies.md names the Debian packages that npm test installs, and no other', () => {
	const page = readFileSync(new URL('../../docs/dependencies.md', import.meta.url), 'utf8');
	const [, section = ''] = page.split('\n## From Debian, for tests and measurements\n');
	const named = [...section.matchAll(/`([a-z0-9+.-]+)`/g)].map(([, name = '']) => name);
	assert.deepEqual(named.toSorted(), Object.keys(packages).toSorted());
});
