import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { test } from 'node:test';
import { days, Problem } from '@keyward/core';
import { hallPolicy, startSite, type TestSite } from '@keyward/testing/service/site';

const none = { encryption: [], acknowledgments: [], canonical: [], policy: [], hiring: [], preferredLanguages: [] };
const textUntil = (expires: number) => ({
	...none,
	contact: ['mailto:a@b.example', 'https://b.example/flaws'],
	expires,
});

const weakness = async (site: TestSite): Promise<string | undefined> =>
	(await site.ask('posture', { application: 'hall' }))
		.flatMap(({ objectives }) => objectives.flatMap(({ weakest }) => weakest))
		.find(({ requirement }) => requirement === 'disclosure-policy')?.reason;

test('security.txt is served to strangers until it expires, and counts once its contact was seen to answer', async (t) => {
	const expires = Date.now() + days(100);
	const policies = [hallPolicy.replace('adaptability: 0', 'adaptability: 1')];
	const site = await startSite(t, {
		linkWorkers: 0,
		policies,
		securityText: { ...textUntil(expires), preferredLanguages: ['en', 'de'] },
	});
	const { tls } = await site.commissionDevice('hall', 'probe-1');
	const fetch = async (): Promise<readonly [status: number | undefined, type: string | undefined, text: string]> => {
		const asked = request(`${site.url}/.well-known/security.txt`, { ca: tls.ca, agent: false }).end();
		const [response] = (await once(asked, 'response')) as [IncomingMessage];
		let text = '';
		for await (const part of response.setEncoding('utf8')) text += part;
		return [response.statusCode, response.headers['content-type'], text];
	};
	const lines = [
		...['Contact: mailto:a@b.example', 'Contact: https://b.example/flaws'],
		...[`Expires: ${new Date(expires).toISOString()}`, 'Preferred-Languages: en, de', ''],
	];
	assert.deepEqual(await fetch(), [200, 'text/plain; charset=utf-8', lines.join('\n')]);
	assert.match((await weakness(site)) ?? '', /nobody noted that its contact answers/);
	await assert.rejects(
		site.ask('disclosure.answered', { at: Date.now() + days(1) }),
		(error) => error instanceof Problem && error.code === 'request-malformed' && /in the future/.test(error.detail),
	);
	await site.ask('disclosure.answered', { at: Date.now() - days(400) });
	assert.match((await weakness(site)) ?? '', /last seen to answer on/);
	const { at } = await site.ask('disclosure.answered', {});
	assert.equal(await weakness(site), undefined);
	// An earlier one changes nothing, and a restart forgets nothing.
	await site.ask('disclosure.answered', { at: at - 1 });
	await site.restart();
	assert.deepEqual((await site.ask('disclosure.show', {})).lastAnswer, at);
	await site.restart(undefined, { securityText: textUntil(Date.now() - 1) });
	assert.equal((await fetch())[0], 404);
	assert.match((await weakness(site)) ?? '', /security.txt expired on/);
	assert.equal((await site.ask('disclosure.show', {})).expired, true);
	await site.restart(undefined, { securityText: null });
	assert.equal((await fetch())[0], 404);
	assert.match((await weakness(site)) ?? '', /has no security-txt/);
});
