import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readBillOfMaterials } from '@keyward/core/update';
import { billOfKeyward } from './bom.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the bill of Keyward names what is shipped in the version that is locked, and nothing of the workshop', () => {
	const text = billOfKeyward(root, '1.2.3');
	assert.equal(billOfKeyward(root, '1.2.3'), text, 'one lock file, one bill');
	const { subject, components } = readBillOfMaterials(text);
	assert.equal(subject?.version, '1.2.3');
	const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as {
		packages: Record<string, { version?: string }>;
	};
	const versions = new Map(components.map(({ name, version }) => [name, version]));
	for (const name of ['fastify', 'mqtt', 'mqtt-packet', 'yaml', 'node'])
		assert.equal(versions.get(name), lock.packages[`node_modules/${name}`]?.version, name);
	for (const name of ['oxlint', 'typescript', 'vega-datasets', '@keyward/core', '@keyward/testing'])
		assert.ok(!versions.has(name), name);
	assert.ok(components.every(({ purl }) => purl?.type === 'npm'));
});
