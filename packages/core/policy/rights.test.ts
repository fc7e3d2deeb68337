import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from './read-policy.ts';
import { compareRights, printRights } from './rights.ts';

const policy = (readers: string, programs: string) =>
	parsePolicy(`application: hall
level: { authenticity: 1, authorization: 1, integrity: 1, confidentiality: 1, adaptability: 1, resistance: 1 }
mode: audit
streams:
  temperature: { unit: Cel, every: 10s, readers: [${readers}] }
devices:
  sensor: { custody: [software], streams: [temperature] }
${programs}`);

const said = (...[before, after]: Parameters<typeof compareRights>): string[] =>
	compareRights(before, after).flatMap(printRights);

test('a change of a policy names every right that it gives a program or a reader, and every one that it takes', () => {
	const none = policy('desk', '');
	const soc = policy('desk', 'programs: { soc: [device.quarantine, device.list] }');
	assert.deepEqual(said(none, none), []);
	assert.deepEqual(said(soc, soc), []);
	assert.deepEqual(said(none, soc), ['soc may now call device.list, device.quarantine.']);
	assert.deepEqual(said(soc, none), ['soc may no longer call device.list, device.quarantine.']);
	assert.deepEqual(said(soc, policy('desk, lab', 'programs: { soc: [device.list, key.list], robot: [key.list] }')), [
		'robot may now call key.list.',
		'soc may now call key.list.',
		'soc may no longer call device.quarantine.',
		'lab may now be granted temperature.',
	]);
	assert.deepEqual(said(none, policy('lab', '')), [
		'desk may no longer be granted temperature.',
		'lab may now be granted temperature.',
	]);
	assert.deepEqual(said(null, soc), [
		'soc may now call device.list, device.quarantine.',
		'desk may now be granted temperature.',
	]);
});
