import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secret, sharingForTests } from './sharing.fixture.ts';

// One key at several places of one device, or of one project, beside the same key on two devices.

const { sharing } = sharingForTests();
const two = ['critical: 2 devices have the same PSK.'];

test('a key that a setting names is looked for in tables without a word for it, too', async () => {
	const z = secret();
	for (const table of [
		(own: string) =>
			`devices = {\n  { "pump-1", "${z}" },\n  { "pump-2", "${secret()}" },\n  { "pump-3", "${own}" },\n}\n`,
		(own: string) =>
			`fleet = [\n    Sensor("pump-1", b"${z}"),\n    Sensor("pump-2", b"${secret()}"),\n    Sensor("pump-3", b"${own}"),\n]\n`,
		(own: string) => `device_keys = %{\n  "boiler" => "${z}",\n  "chiller" => "${secret()}",\n  "fan" => "${own}"\n}\n`,
	]) {
		const settings = `psk = "${z}"\n\n`;
		assert.deepEqual(await sharing({ a: settings + table(z) }), two, table(z));
		assert.deepEqual(await sharing({ a: settings + table(secret()) }), [], table(z));
	}
	const named = (device: string) =>
		`PSK_PUMP1 = "${z}"\n\ndevices = {\n  { "${device}", "${z}" },\n  { "pump-3", "${secret()}" },\n}\n`;
	assert.deepEqual(await sharing({ a: named('pump-2') }), two);
	assert.deepEqual(await sharing({ a: named('pump-1') }), []);
});
