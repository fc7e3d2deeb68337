import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { detectorNames, detectors } from '@keyward/core/incident';

test('docs/incidents.md has every detector: what alarms falsely, and how that was measured', () => {
	const text = readFileSync(new URL('../../docs/incidents.md', import.meta.url), 'utf8');
	for (const name of detectorNames) {
		assert.equal(text.split(`\n| \`${name}\` | `).length, 3, name);
		assert.ok(text.includes(`| \`${name}\` | ${detectors[name].measured} |`), `what was measured of ${name}`);
	}
});
