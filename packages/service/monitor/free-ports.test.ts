import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSite } from '@keyward/testing/service/site';

test('a second site does not share the port of the first, and gets it when that one is gone', async (t) => {
	const first = await startSite(t);
	const options = { mqttsPort: first.mqttsPort, linkWorkers: 2 };
	await assert.rejects(startSite(t, options), {
		code: 'site-configuration',
		message: new RegExp(`port ${first.mqttsPort}: another process`),
	});
	await first.stop();
	const second = await startSite(t, options);
	assert.equal(second.mqttsPort, first.mqttsPort);
});
