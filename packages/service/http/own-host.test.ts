import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinAs } from '@keyward/testing/service/passkey';
import { startSite } from '@keyward/testing/service/site';

test("a person's cookie counts under the site's own names alone", async (t) => {
	const site = await startSite(t, { linkWorkers: 0 });
	const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
	const anna = await joinAs(site.httpsPort, link);
	const at = async (host: string) => (await anna.call('grant.list', {}, `https://${host}`, host)).code ?? 'answered';
	for (const own of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])
		assert.equal(await at(`${own}:${site.httpsPort}`), 'answered', own);
	for (const other of ['evil.example', 'localhost.evil.example', '192.0.2.1', `evil.example:${site.httpsPort}`])
		assert.equal(await at(other), 'request-forged', other);
});
