import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { commission } from '@keyward/agent/commission';
import { seconds } from '@keyward/core';
import { needs } from '@keyward/testing/debian';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import mqtt from 'mqtt';
import { askIn, personAt, seriousIn, startBrowser } from './browser.fixture.ts';

/** Asks for two people, and for nothing else that `hallPolicy` does not. */
const strict = `${hallPolicy}tighten: { dual-control: true }\n`;

/** `npm run soak` looks at every page; `npm test` at some. */
const sweep = process.env['KEYWARD_SWEEP'] === 'all';

test('the console, in a browser', async (t) => {
	if (!needs(t, 'chromium')) return;
	const site = await startSite(t);
	const url = `https://localhost:${site.httpsPort}`;
	const browser = await startBrowser(t, site.httpsPort);
	const anna = await personAt(browser);
	const ben = await personAt(browser);

	await t.test('a link makes a person with a passkey, who signs in and works, and goes dark when ended', async () => {
		const { page, context, says } = anna;
		const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
		assert.ok(link.startsWith(`${url}/#invite=`));
		const answer = await page.goto(link);
		const headers = answer?.headers() ?? {};
		assert.match(
			headers['content-security-policy'] ?? '',
			/frame-ancestors 'none'.*require-trusted-types-for 'script'/,
		);
		assert.equal(headers['x-frame-options'], 'DENY');
		assert.equal(headers['cache-control'], 'no-cache');
		await page.locator('#register').waitFor();
		assert.equal(page.url(), `${url}/`, 'the token is out of the address');
		await page.click('#register');
		await says(/Signed in as anna, owner/);
		await page.locator('section[aria-label="hall"]').waitFor();
		const [cookie] = await context.cookies();
		assert.deepEqual(
			[cookie?.name, cookie?.httpOnly, cookie?.secure, cookie?.sameSite, cookie?.path],
			['__Host-keyward', true, true, 'Strict', '/'],
		);
		await page.click('#sign-out');
		await says(/not signed in/);
		await page.click('#sign-in');
		await says(/Signed in as anna, owner/);
		assert.equal((await askIn(page, 'device.list', { application: 'hall' })).status, 200);

		// Ended from outside: the page goes dark, and its cookie opens nothing.
		const [session] = await site.ask('session.list', {});
		assert.equal(session?.person, 'anna');
		await site.ask('session.end', { number: session.number });
		await says(/session was ended/);
		assert.equal(await page.locator('section[aria-label="hall"]').count(), 0);
		await page.reload();
		await says(/not signed in/);
		const audit = await site.ask('audit.list', { limit: 20 });
		assert.ok(audit.some(({ who, operation }) => who === 'person anna' && operation === 'session.open'));
		assert.ok(!JSON.stringify(audit).includes(link.slice(-43)), 'no token is kept');

		// The link was spent.
		await ben.page.goto(link);
		await ben.page.click('#register');
		await ben.page.locator('.problem', { hasText: 'This link was used' }).waitFor();
		assert.equal((await site.ask('session.list', {})).length, 0);
		await page.click('#sign-in');
		await says(/Signed in as anna, owner/);
	});

	await t.test('the overview names the weakest link, and one click says why', async () => {
		await site.commissionDevice('hall', 'probe-1');
		const { page } = anna;
		const [chain] = await site.ask('posture.chain', {});
		await page.reload();
		await page.locator('.place .node', { hasText: 'weakest' }).click();
		const why = page.locator('.why');
		await why.waitFor();
		const worst = chain?.links.find(({ link }) => link === chain.weakest)?.weaknesses[0];
		assert.ok(worst !== undefined && worst.achieved < worst.required);
		await why.locator('.weakness', { hasText: worst.requirement }).first().waitFor();
		await why.getByText(worst.statement).first().waitFor();
		// The same is in the address: it can be sent to somebody.
		const address = new URL(page.url());
		assert.deepEqual([address.searchParams.get('app'), address.searchParams.get('link')], ['hall', chain?.weakest]);
		await page.reload();
		await why.waitFor();
		for (const colorScheme of ['light', 'dark'] as const) {
			await page.emulateMedia({ colorScheme });
			assert.deepEqual(await seriousIn(page), [], colorScheme);
		}
	});

	await t.test(
		'the fleet is searched, and what was asked is in the address; a device is contained from its page',
		async () => {
			const { page } = anna;
			// Expected in the page, which shows the string once; the device comes in with it, and the page sees that.
			await page.goto(`${url}/commission`);
			await page.fill('#devices', 'device,class,part\nprobe-2\nProbe 3');
			await page.getByText('Line 3: Probe 3 is no name').waitFor();
			// A file that cannot be read, and a clipboard that the browser keeps to itself, are said with what to do.
			const refuse = (what: string): Promise<unknown> =>
				page.evaluate(`${what} = () => Promise.reject(new DOMException('', 'NotAllowedError'))`);
			await refuse('Blob.prototype.text');
			const batch = { name: 'batch.csv', mimeType: 'text/csv', buffer: Buffer.from('probe-2') };
			await page.setInputFiles('input[type=file]', batch);
			await page.locator('[role=alert]', { hasText: 'batch.csv cannot be read' }).waitFor();
			await page.fill('#devices', 'device,class,part\nprobe-2');
			await page.click('#expect');
			await page.locator('.qr').waitFor();
			await refuse('navigator.clipboard.writeText');
			await page.locator('.label summary').click();
			await page.locator('.label').getByRole('button', { name: 'Copy' }).click();
			await page.locator('.label [role=alert]', { hasText: 'copy it with the keyboard' }).waitFor();
			assert.deepEqual(await seriousIn(page), []);
			const commissioning = (await page.locator('.label pre').textContent()) ?? '';
			const identity = await commission({
				...{ commissioning, folder: join(site.folder, '..', 'probe-2'), kind: 'device' },
				...{ clock: { now: () => Date.now() }, allowPlainKey: true },
			});
			await page.locator('#progress', { hasText: '1 of 1 devices are in' }).waitFor();
			assert.ok(!(await page.content()).includes(commissioning), 'what is spent is shown no more');
			const tls = { cert: identity.certificate, key: await identity.privateKey(), ca: identity.serviceCa };
			const client = await mqtt.connectAsync(site.mqttUrl, { ...tls, protocolVersion: 5, reconnectPeriod: 0 });
			const cut = new Promise<void>((resolve) => client.once('close', resolve));
			await page.getByRole('link', { name: 'Fleet' }).click();
			await page.getByRole('searchbox').fill('PROBE-2');
			await page.locator('[role=status]', { hasText: '1 of 2' }).waitFor();
			assert.equal(new URL(page.url()).searchParams.get('q'), 'PROBE-2');
			assert.deepEqual(await seriousIn(page), []);
			await page.getByRole('searchbox').fill('nobody');
			await page.getByText('No device matches').waitFor();
			await page.goto(`${url}/fleet?q=probe-2`);
			await page.getByRole('link', { name: identity.id, exact: true }).click();
			await page.getByRole('heading', { name: 'probe-2' }).waitFor();
			assert.deepEqual(await seriousIn(page), []);
			// What it sends is seen to come, with its gap, and not what it says; afterwards it is tainted.
			const now = Date.now();
			const times = [0, 1, 2, 3, 9, 10, 11].map((second) => now + (second - 12) * 10_000);
			const payload = JSON.stringify(
				times.map((time) => ({ n: 'probe-2/dose-rate', u: 'Sv/h', t: time / 1000, v: 1e-7 })),
			);
			await client.publishAsync('hall/probe-2/dose-rate', payload, { qos: 1 });
			await page.getByRole('link', { name: 'dose-rate' }).click();
			await page.getByText('7 readings from').first().waitFor();
			await page.locator('.track.missing i').waitFor();
			await page.locator('.track.tainted', { hasText: 'none here' }).waitFor();
			assert.deepEqual(await seriousIn(page), []);
			const [saved] = await Promise.all([
				page.waitForEvent('download'),
				page.getByRole('button', { name: 'CSV' }).click(),
			]);
			const lines = (await readFile(await saved.path(), 'utf8')).trim().split('\r\n');
			assert.equal(lines.length, 8);
			assert.match(lines[1] ?? '', /,hall,probe-2,dose-rate,open,,/);
			assert.ok(!(await page.content()).includes('1e-7'), 'what it says is for readers alone');
			await page.goBack();
			await page.click('#contain');
			await page.getByText('new keys, 10 at once').waitFor();
			const since = page.getByLabel('It may not be trusted since');
			assert.equal(await since.inputValue(), '', 'no sign, and so nothing is proposed');
			await since.fill(
				await page.evaluate((at) => {
					const date = new Date(at);
					return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
				}, now - 60_000),
			);
			await page.getByLabel('Reason').fill('its seal is broken');
			await page.locator('dialog button.danger').click();
			await cut;
			await page.locator('.done', { hasText: 'Contained' }).waitFor();
			assert.equal((await site.ask('device.show', { application: 'hall', device: 'probe-2' })).connected, false);
			await page.getByText('its certificates are revoked').waitFor();
			assert.equal(await page.locator('#contain').count(), 0);
			// Too late a moment is mended: what came before it is marked as well, and the class is not asked again.
			const containment = async () => (await site.ask('incident.show', { number: 1 })).containment;
			const stood = await containment();
			await page.click('#taint');
			const earlier = new Date(`${await since.inputValue()}Z`);
			earlier.setUTCHours(earlier.getUTCHours() - 1);
			await since.fill(earlier.toISOString().slice(0, 16));
			await page.getByLabel('Reason').fill('it was opened earlier');
			await page.locator('dialog button[type=submit]').click();
			await page.locator('dialog').waitFor({ state: 'detached' });
			assert.ok(((await containment())?.since ?? 0) < (stood?.since ?? 0));
			assert.deepEqual((await containment())?.rekey, stood?.rekey);
			await page.goto(`${url}/streams/hall/probe-2/dose-rate`);
			await page.locator('.track.tainted i').first().waitFor();
			await page.getByRole('link', { name: 'Incidents' }).click();
			await page.getByRole('link', { name: 'Incident 1' }).click();
			await page.getByText('its seal is broken').first().waitFor();
			await page.locator('dt:text-is("Contained") + dd', { hasText: 'by person anna' }).waitFor();
			await page.getByRole('link', { name: 'Audit log' }).click();
			await page.getByText('device.contain').first().waitFor();
			assert.deepEqual(await seriousIn(page), []);
			// The proof that it is in the ledger is checked here, and what the browser saw before is compared with.
			await page.getByRole('link', { name: 'device.contain' }).first().click();
			const entry = page.locator('[data-proof=_registry]').first();
			await entry.locator('.tag', { hasText: 'holds' }).waitFor();
			await entry.getByText('person anna').waitFor();
			assert.doesNotMatch(await entry.innerText(), /\b1\d{12}\b/, 'moments are dates');
			await page.locator('[data-proof=hall] .tag', { hasText: 'holds' }).waitFor();
			assert.deepEqual(await seriousIn(page), []);
			await page.setViewportSize({ width: 1440, height: 900 });
			// The site shows another history than this browser saw.
			await page.evaluate(() => {
				const seen = JSON.parse(localStorage.getItem('keyward-ledger hall') ?? '') as { root: string };
				localStorage.setItem('keyward-ledger hall', JSON.stringify({ ...seen, root: btoa('x'.repeat(32)) }));
			});
			await page.reload();
			await page.locator('[data-proof=hall]', { hasText: 'signed two histories' }).waitFor();
			await page.evaluate(() => localStorage.clear());
			// It lies about one leaf.
			await entry.locator('.tag', { hasText: 'holds' }).waitFor();
			await page.evaluate(() => {
				const honest = globalThis.fetch;
				globalThis.fetch = async (...asked) => {
					const answer = await honest(...asked);
					if (!answer.url.endsWith('/ledger.prove')) return answer;
					const said = (await answer.json()) as { leaf: { bytes: string } | null };
					if (said.leaf !== null) {
						const { bytes } = said.leaf;
						said.leaf.bytes = `${bytes.slice(0, 60)}${bytes[60] === 'A' ? 'B' : 'A'}${bytes.slice(61)}`;
					}
					return Response.json(said);
				};
			});
			await entry.getByRole('button', { name: 'Check again' }).click();
			await entry.getByText(/leaf [0-9]+ is not what the signed checkpoint/).waitFor();
		},
	);

	await t.test('a page is there for a keyboard and a screen reader as well, and no wider than a phone', async () => {
		const { page } = anna;
		await site.commissionReader('hall', 'desk');
		await site.grant('hall', 'desk', '*', 'dose-rate');
		// What a thief of the database and a lone device would show, put into the site's own answers.
		const grants = await site.ask('grant.list', {});
		await page.route('**/grant.list', (route) =>
			route.fulfill({ json: grants.map((one) => ({ ...one, unrecorded: true })) }),
		);
		const device = await site.ask('device.show', { application: 'hall', device: 'probe-1' });
		await page.route('**/device.show', (route) => route.fulfill({ json: { ...device, silences: ['state'] } }));
		await page.goto(`${url}/devices/hall/probe-1`);
		await page.click('#contain');
		await page.locator('dialog', { hasText: 'No other device sends state (essential)' }).waitFor();
		assert.deepEqual(await seriousIn(page), []);
		await page.keyboard.press('Escape');
		const reach = `/reach?of=${encodeURIComponent('ca:hall')}&if=custody%3Dtpm2`;
		const others = ['/', '/fleet', '/incidents', '/incidents/1', '/updates', '/plan', '/people', '/audit'];
		for (const address of ['/devices/hall/probe-1', '/grants', reach, ...(sweep ? others : [])]) {
			await page.goto(url + address);
			await page.locator('#content h1').waitFor();
			await page.locator('.loading').waitFor({ state: 'detached' });
			assert.deepEqual(await page.locator('.problem').allTextContents(), [], address);
			assert.deepEqual(await seriousIn(page), [], address);
			await page.setViewportSize({ width: 390, height: 844 });
			assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, address);
			await page.setViewportSize({ width: 1440, height: 900 });
		}
		await page.goto(`${url}/grants`);
		await page.locator('tr', { hasText: 'not in the ledger' }).first().waitFor();
		await page.unrouteAll({ behavior: 'wait' });
		// What an attacker would take, compared: with the CA's key in hardware as many fall, as it is on the service's machine.
		await page.goto(url + reach);
		await page.locator('.scenario').nth(1).waitFor();
		// By keyboard alone: the first stop leads past the menu.
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		assert.equal(await page.evaluate('document.activeElement.id'), 'content');
	});

	await t.test('keycheck finds what falls together, and nothing of the files leaves the browser', async () => {
		const { page } = anna;
		await page.goto(`${url}/keycheck`);
		await page.locator('.drop [role=status]', { hasText: 'Ready' }).waitFor();
		const left: string[] = [];
		page.on('request', (request) => left.push(request.url()));
		const psk = randomBytes(16).toString('hex');
		const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
		const pem = Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }));
		const mimeType = 'application/octet-stream';
		await page.setInputFiles('#files', [
			{
				name: 'list.csv',
				mimeType,
				buffer: Buffer.from(`device,psk\na,${psk}\nb,${psk}\nc,${randomBytes(16).toString('hex')}\n`),
			},
			{ name: 'one.pem', mimeType, buffer: pem },
			{ name: 'two.gz', mimeType, buffer: gzipSync(pem) },
		]);
		await page.locator('#checked', { hasText: '1 finding' }).waitFor();
		await page.locator('.card', { hasText: 'shared-psk' }).getByText('2 fall together').waitFor();
		await page.getByText('is packed: unpack it first').waitFor();
		assert.deepEqual(
			left.filter((one) => !one.includes('/v1/people/session') && !one.startsWith('blob:')),
			[],
		);
		assert.deepEqual(await seriousIn(page), []);
		assert.ok(!(await page.content()).includes(psk), 'a report holds no secret');
	});

	await t.test('a person is invited from the page, and a role that may not see a page is told so', async () => {
		const { page, says } = anna;
		await page.goto(`${url}/people`);
		await page.click('#invite');
		await page.getByLabel('Name').fill('carla');
		await page.getByLabel('Role').selectOption('reader');
		// The page goes dark meanwhile: nothing of the dialog is left in it, and nothing typed is lost.
		for (const { number, person } of await site.ask('session.list', {}))
			if (person === 'anna') await site.ask('session.end', { number });
		await says(/session was ended/);
		assert.equal(await page.locator('dialog').count(), 0);
		await page.click('#sign-in');
		await says(/Signed in as anna/);
		await page.locator('dialog').waitFor();
		assert.equal(await page.getByLabel('Name').inputValue(), 'carla');
		assert.equal(await page.getByLabel('Role').inputValue(), 'reader');
		await page.locator('dialog button[type=submit]').click();
		const link = (await page.locator('#link').textContent()) ?? '';
		assert.match(link, /#invite=/);
		const carla = await personAt(browser);
		await carla.page.goto(link);
		await carla.page.click('#register');
		await carla.says(/Signed in as carla, reader/);
		await carla.page.goto(`${url}/people`);
		await carla.page.getByText('As reader you may not see this page').waitFor();
		assert.equal(await carla.page.getByRole('link', { name: 'Audit log' }).count(), 0);
		// Removed, their page goes dark.
		await site.ask('person.remove', { person: 'carla', reason: 'left' });
		await carla.says(/session was ended/);
		await carla.context.close();
	});

	await t.test(
		'dual control: a second person sees what is asked, and approves; then the first does it, once',
		async () => {
			await ben.join(site, 'ben', 'owner');
			await site.apply(strict);
			// A policy: checked as it is typed, compared with what is live, approved, applied; it cuts whom it said.
			const { tls } = await site.commissionDevice('hall', 'probe-3');
			const client = await mqtt.connectAsync(site.mqttUrl, { ...tls, protocolVersion: 5, reconnectPeriod: 0 });
			const cut = new Promise<void>((resolve) => client.once('close', resolve));
			const { page } = anna;
			await page.goto(`${url}/policy`);
			const text = await page.inputValue('#policy-text');
			await page.fill('#policy-text', text.replace('streams:', 'strams:'));
			await page.getByText('did you mean "streams"').waitFor();
			assert.equal(await page.locator('#apply').isDisabled(), true);
			const stricter = `${text
				.replace('true }', 'true, certificate-lifetime: 1s }')
				.replace('[desk], range', '[board], range')}programs: { soc: [device.list] }\n`;
			await page.fill('#policy-text', stricter);
			await page.getByText('1 grant would hold no longer').waitFor();
			await page.locator('#would-cut', { hasText: '1 would be cut' }).waitFor();
			await page.getByRole('link', { name: 'probe-3' }).waitFor();
			await page.locator('#rights', { hasText: 'soc may now call device.list.' }).waitFor();
			assert.deepEqual(await seriousIn(page), []);
			await page.click('#apply');
			await page.locator('dialog', { hasText: 'soc may now call device.list.' }).waitFor();
			await page.locator('dialog button[type=submit]').click();
			await page.locator('dialog', { hasText: 'press the same button again' }).waitFor();
			await ben.page.locator('#requests', { hasText: 'policy.apply' }).waitFor();
			await ben.page.locator('#requests li', { hasText: /^soc may now call device\.list\.$/ }).waitFor();
			await ben.page.locator('[data-decide^="approve-"]').click();
			await ben.page.locator('#requests', { hasText: 'approved by person ben' }).waitFor();
			await page.locator('dialog button[type=submit]').click();
			await cut;
			await page.locator('.done', { hasText: '1 live session was cut' }).waitFor();
			const role = () => askIn(anna.page, 'person.role', { person: 'ben', role: 'auditor' }).then(({ text }) => text);
			assert.match(await role(), /approval-needed/);
			const request = (await site.ask('approval.list', {})).requests.find(
				({ operation }) => operation === 'person.role',
			);
			assert.equal(request?.asks, 'person anna');
			// Nobody approves what they ask for.
			await anna.page.goto(url);
			await anna.page.locator('#requests', { hasText: 'Another person whose role may do it' }).waitFor();
			assert.equal(await anna.page.locator(`[data-decide="approve-${request.number}"]`).count(), 0);
			const self = await askIn(anna.page, 'approval.decide', { number: request.number, approve: true });
			assert.match(self.text, /of another person/);
			await ben.page.goto(url);
			await ben.page.locator('#requests', { hasText: 'role: auditor' }).waitFor();
			await ben.page.click(`[data-decide="approve-${request.number}"]`);
			await ben.page.locator('#requests', { hasText: 'approved by person ben' }).waitFor();
			assert.match(await role(), /"role":"auditor"/);
			assert.match(await role(), /approval-needed/, 'one approval, one call');
			const audit = await site.ask('audit.list', { limit: 20 });
			assert.ok(
				audit.some(
					({ who, operation }) => who === 'person anna, approved by person ben' && operation === 'person.role',
				),
			);
			// The socket takes two as well, and an override that ends.
			await assert.rejects(site.ask('person.role', { person: 'ben', role: 'owner' }), { code: 'approval-needed' });
			await site.ask('approval.override', { minutes: 1, reason: 'anna is away' });
			await site.ask('person.role', { person: 'ben', role: 'owner' });
		},
	);

	await t.test('a lost connection is shown, and what was shown stays', async () => {
		await anna.context.setOffline(true);
		await anna.page.locator('.lost').waitFor();
		await anna.page.locator('section[aria-label="hall"]').waitFor();
		await anna.context.setOffline(false);
		await anna.page.locator('.lost').waitFor({ state: 'detached' });
	});

	await t.test(
		'an idle session locks although its page asks by itself: it goes dark, and takes the passkey again',
		async () => {
			await site.restart(undefined, { people: { idle: seconds(3), longest: seconds(1000) } });
			await anna.page.goto(url);
			await anna.page.click('#sign-in');
			await anna.says(/Signed in as anna/);
			await anna.says(/Locked/);
			assert.ok((await site.ask('session.list', {})).some(({ person, locked }) => person === 'anna' && locked));
			await anna.page.click('#sign-in');
			await anna.says(/Signed in as anna/);
		},
	);

	assert.deepEqual([...anna.broken, ...ben.broken], []);
});
