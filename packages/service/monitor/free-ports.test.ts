import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
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

test('no program joins a port of a site with one link worker, though it asks to share it', async (t) => {
	const site = await startSite(t, { policies: [], linkWorkers: 1 });
	for (const port of [site.mqttsPort, site.httpsPort]) {
		for (const host of ['127.0.0.1', '0.0.0.0']) {
			const joining = createServer();
			t.after(() => joining.close());
			joining.listen({ host, port, reusePort: true });
			await assert.rejects(once(joining, 'listening'), { code: 'EADDRINUSE' }, `${host}:${port}`);
		}
	}
});
