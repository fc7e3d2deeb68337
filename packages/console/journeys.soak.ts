import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Identity } from '@keyward/agent';
import { commission } from '@keyward/agent/commission';
import { ownSite } from '@keyward/testing/owner/owner';
import { makeRelease, releasesOf } from '@keyward/testing/owner/releases';
import { startSite } from '@keyward/testing/service/site';
import mqtt from 'mqtt';
import { askIn, dropSharedKeys, lookAt, personAt, seriousIn, startBrowser } from './browser.fixture.ts';

// What people do in the console from the first day on, in the order of a site's life: one site and one browser for all.

const DAILY = 12;

/** As long as names may be. */
const longName = 'steam-generator-3-outlet-temperature-redundant-channel-b';
const northWing = `application: containment-building-north-wing
level: { authenticity: 4, authorization: 3, integrity: 3, confidentiality: 4, adaptability: 3, resistance: 3 }
mode: audit
streams:
  ambient-gamma-dose-rate-equivalent: { unit: Sv/h, every: 10s, readers: [control-room] }
devices:
  gamma-probe: { custody: [software, tpm2], streams: [ambient-gamma-dose-rate-equivalent] }
`;

test('a site from its first day on, in a browser', async (t) => {
	const site = await startSite(t, { linkWorkers: 2, policies: [] });
	const url = `https://localhost:${site.httpsPort}`;
	const browser = await startBrowser(t, site.httpsPort);
	const anna = await personAt(browser);
	const ben = await personAt(browser);
	const { page } = anna;
	const place = dirname(site.folder);
	const devices = new Map<string, Identity>();

	/** What somebody does at a device with the string that the page shows. */
	const bringIn = async (name: string, commissioning: string): Promise<void> => {
		const clock = { now: () => Date.now() };
		const folder = join(place, name);
		devices.set(name, await commission({ commissioning, folder, kind: 'device', clock, allowPlainKey: true }));
	};
	const deviceOf = (name: string): Identity => {
		const found = devices.get(name);
		assert.ok(found !== undefined, name);
		return found;
	};
	const tlsOf = async (name: string) => {
		const { certificate: cert, serviceCa: ca, privateKey } = deviceOf(name);
		return { cert, ca, key: await privateKey() };
	};
	/** An hour of readings, one in ten seconds, with a pause. */
	const sendHour = async (name: string, now: number): Promise<void> => {
		const tls = await tlsOf(name);
		const client = await mqtt.connectAsync(site.mqttUrl, { ...tls, protocolVersion: 5, reconnectPeriod: 0 });
		const readings = Array.from({ length: 360 }, (_, index) => index)
			.filter((index) => index < 200 || index > 230)
			.map((index) => ({
				...{ n: `${name}/temperature`, u: 'Cel', t: (now - (360 - index) * 10_000) / 1000 },
				v: 21 + Math.sin(index / 30),
			}));
		for (let from = 0; from < readings.length; from += 50)
			await client.publishAsync(`hall/${name}/temperature`, JSON.stringify(readings.slice(from, from + 50)), {
				qos: 1,
			});
		await client.endAsync();
	};
	/** Asks what it is to run, over its own link. */
	const asksFor = async (name: string, said: object): Promise<void> => {
		const sent = request({
			...{ ...(await tlsOf(name)), host: '127.0.0.1', servername: 'localhost', port: site.httpsPort, agent: false },
			...{ method: 'POST', path: '/v1/operations/update.assignment', headers: { 'content-type': 'application/json' } },
		});
		sent.end(JSON.stringify({ running: '1.0.0', floor: 0, state: 'idle', lastError: null, ...said }));
		const [response] = (await once(sent, 'response')) as [IncomingMessage];
		response.resume();
		assert.equal(response.statusCode, 200);
	};

	await t.test('first run: from nothing to a device whose readings come in', async () => {
		await anna.join(site, 'anna', 'owner');
		const steps = page.locator('.first-steps');
		await steps.locator('[aria-current=step]', { hasText: 'Write a policy' }).waitFor();
		await lookAt(page, 'first-run');
		await steps.getByRole('link', { name: 'Write a policy' }).click();
		await page.getByText('An application begins with its policy').first().waitFor();
		await page.getByText('A new application: nothing is cut').waitFor();
		await page.click('#apply');
		await page.locator('dialog button[type=submit]').click();
		await page.locator('.done', { hasText: 'hall is held to policy epoch 1' }).waitFor();
		await page.getByRole('link', { name: 'Overview' }).click();
		await steps.getByRole('link', { name: 'Commission a device' }).click();
		await page.fill('#devices', 'sensor-1');
		await page.click('#expect');
		await bringIn('sensor-1', (await page.locator('.label pre').textContent()) ?? '');
		await page.locator('#progress', { hasText: '1 of 1 devices are in' }).waitFor();
		await page.getByRole('link', { name: 'Watch its readings' }).click();
		await page.getByRole('heading', { name: 'sensor-1' }).waitFor();
		const client = await mqtt.connectAsync(site.mqttUrl, {
			...{ ...(await tlsOf('sensor-1')), protocolVersion: 5, reconnectPeriod: 0 },
		});
		const reading = [{ n: 'sensor-1/temperature', u: 'Cel', t: Date.now() / 1000, v: 21.5 }];
		await client.publishAsync('hall/sensor-1/temperature', JSON.stringify(reading), { qos: 1 });
		await page.getByRole('link', { name: 'temperature' }).waitFor();
		await page.getByRole('link', { name: 'Overview' }).click();
		await page.locator('section[aria-label="hall"]').waitFor();
		await steps.waitFor({ state: 'detached' });
		await client.endAsync();
	});

	await t.test('a batch is commissioned, and seen to come in one by one', async () => {
		await page.goto(`${url}/commission`);
		const names = Array.from({ length: DAILY }, (_, index) => `sensor-${index + 2}`);
		await page.fill('#devices', ['device,class,part', ...names].join('\n'));
		await page.getByRole('button', { name: `Make ${DAILY} strings` }).click();
		await page
			.locator('.label')
			.nth(DAILY - 1)
			.waitFor();
		await lookAt(page, 'commission-batch');
		const strings = await page.locator('.label pre').allTextContents();
		assert.equal(new Set(strings).size, DAILY);
		const half = DAILY / 2;
		for (const [index, name] of names.entries()) {
			await bringIn(name, strings[index] ?? '');
			if (index + 1 === half)
				await page.locator('#progress', { hasText: `${half} of ${DAILY} devices are in` }).waitFor();
		}
		await page.locator('#progress', { hasText: `${DAILY} of ${DAILY} devices are in` }).waitFor();
		assert.equal(await page.locator('.label pre').count(), 0, 'what is spent is shown no more');
		await page.getByRole('link', { name: 'Fleet' }).click();
		await page.locator('[role=status]', { hasText: `${DAILY + 1} of ${DAILY + 1} devices` }).waitFor();
	});

	await t.test('reach is compared: with one secret for all, all fall with one', async () => {
		await page.goto(`${url}/reach`);
		await page.getByLabel('What is taken').fill('device:hall/sensor-1');
		await page.getByLabel('Compared with').selectOption('psk=shared');
		const counts = page.locator('.scenario .count b');
		await counts.nth(1).waitFor();
		assert.deepEqual(await counts.allTextContents(), ['0', String(DAILY)]);
		// The comparison is in the address: it can be sent to somebody.
		assert.equal(new URL(page.url()).searchParams.get('if'), 'psk=shared');
		assert.deepEqual(await seriousIn(page), []);
	});

	await t.test('a rollout halts when a device fails, says so, and goes on when a person says', async () => {
		const owner = await ownSite(site);
		await releasesOf(site, owner, place).publish(makeRelease('2.0.0', { class: 'sensor' }));
		const { id } = await site.ask('rollout.start', {
			...{ application: 'hall', version: '2.0.0' },
			terms: {
				...{ rings: [{ kind: 'devices', devices: ['sensor-1'] }], soak: 0, patience: 3_600_000 },
				...{ mostFailing: 0, spread: 0, bytesPerSecond: null },
			},
		});
		await page.goto(`${url}/updates`);
		const card = page.locator('section[aria-label="2.0.0"]');
		await card.getByText('running').waitFor();
		await asksFor('sensor-1', {});
		await card.getByText('1 told').waitFor();
		await asksFor('sensor-1', { state: 'fallen-back', lastError: 'it did not connect' });
		await card.getByText('halted').waitFor();
		await card.getByText('sensor-1 (it gave up: it did not connect)').waitFor();
		await lookAt(page, 'rollout-halted');
		await card.getByRole('button', { name: 'Go on' }).click();
		await page.locator('dialog button[type=submit]').click();
		await card.getByText('running').waitFor();
		assert.equal((await site.ask('rollout.show', { id })).rollout.state, 'running');
	});

	await t.test('a second person is asked, and gives it: only then it is done, once', async () => {
		await ben.join(site, 'ben', 'owner');
		const [policy] = await site.ask('policy.list', {});
		assert.ok(policy !== undefined);
		const enforced = policy.text
			.replace('mode: audit', 'mode: enforce')
			.replace('adaptability: 1, resistance: 1', 'adaptability: 0, resistance: 0');
		await site.apply(`${enforced}tighten: { dual-control: true }\n`);
		await page.goto(`${url}/people`);
		await page.locator('tr', { hasText: 'ben' }).getByRole('button', { name: 'Change role' }).click();
		await page.locator('dialog').getByLabel('Role').selectOption('operator');
		await page.locator('dialog button[type=submit]').click();
		await page.locator('dialog', { hasText: 'press the same button again' }).waitFor();
		await ben.page.locator('#requests', { hasText: 'person.role' }).waitFor();
		await ben.page.locator('[data-decide^="approve-"]').click();
		await ben.page.locator('#requests', { hasText: 'approved by person ben' }).waitFor();
		await page.locator('dialog button[type=submit]').click();
		await page.locator('tr', { hasText: 'ben' }).getByText('operator').first().waitFor();
		assert.match((await askIn(page, 'person.role', { person: 'ben', role: 'auditor' })).text, /approval-needed/);
	});

	await t.test('a lost connection is shown, and nothing that was typed is lost', async () => {
		await page.goto(`${url}/commission`);
		await page.fill('#devices', 'sensor-30\nsensor-31');
		await anna.context.setOffline(true);
		await page.locator('.lost').waitFor();
		await page.click('#expect');
		await page.locator('.label', { hasText: 'sensor-31' }).getByText('not expected').waitFor();
		assert.equal(await page.inputValue('#devices'), 'sensor-30\nsensor-31');
		await lookAt(page, 'lost');
		// Another page and back.
		await page.getByRole('link', { name: 'Grants' }).click();
		await page.getByRole('link', { name: 'Commission' }).click();
		await anna.context.setOffline(false);
		await page.locator('.lost').waitFor({ state: 'detached' });
		assert.equal(await page.inputValue('#devices'), 'sensor-30\nsensor-31');
		await page.click('#expect');
		await page.locator('.label', { hasText: 'sensor-31' }).locator('pre').waitFor({ state: 'attached' });
		assert.equal(await page.inputValue('#devices'), '');
	});

	await t.test('the page of a reader who is removed goes dark within a second', async () => {
		const carla = await personAt(browser);
		await site.ask('approval.override', { minutes: 1, reason: 'a test' });
		await carla.join(site, 'carla', 'reader');
		await carla.page.locator('section[aria-label="hall"]').waitFor();
		await site.ask('person.remove', { person: 'carla', reason: 'left' });
		const removed = performance.now();
		await carla.says(/session was ended/);
		const took = performance.now() - removed;
		console.log(`dark ${took.toFixed(0)} ms after the answer`);
		assert.equal(await carla.page.locator('section[aria-label="hall"]').count(), 0);
		assert.ok(took < 1000, `${took} ms`);
		await carla.context.close();
	});

	await t.test('every page, light, dark and on a phone, is one that anybody can use', async () => {
		const now = Date.now();
		await site.ask('approval.override', { minutes: 30, reason: 'a test' });
		await site.apply(northWing);
		await site.commissionDevice('containment-building-north-wing', longName);
		await site.commissionReader('hall', 'control-room');
		await site.ask('grant.add', {
			...{ application: 'hall', reader: 'control-room', device: '*', stream: 'temperature' },
			...{ purpose: 'the cooling loop is watched by day and by night', expires: now + 86_400_000 },
		});
		for (const name of ['sensor-1', 'sensor-2', 'sensor-3']) await sendHour(name, now);
		await site.ask('device.contain', {
			...{ application: 'hall', device: 'sensor-3', since: now - 1_200_000, reason: 'its seal is broken' },
		});
		await site.ask('device.quarantine', { application: 'hall', device: 'sensor-9' });
		await site.ask('device.expect', { application: 'hall', device: 'sensor-20' });
		await site.ask('person.invite', { person: 'dora', role: 'auditor' });
		const addresses: readonly (readonly [string, string])[] = [
			['overview', '/'],
			['overview-why', '/?app=hall&link=device'],
			['fleet', '/fleet'],
			['fleet-none', '/fleet?q=nothing-like-it'],
			['device', '/devices/hall/sensor-1'],
			['device-contained', '/devices/hall/sensor-3'],
			['device-long', `/devices/containment-building-north-wing/${longName}`],
			['device-unknown', '/devices/hall/nobody'],
			['streams', '/streams'],
			['stream', '/streams/hall/sensor-1/temperature'],
			['stream-tainted', '/streams/hall/sensor-3/temperature'],
			['commission', '/commission'],
			['incidents', '/incidents'],
			['incident', '/incidents/1'],
			['grants', '/grants'],
			['updates', '/updates'],
			['policy', '/policy?app=hall'],
			['reach', '/reach?of=device%3Ahall%2Fsensor-1&if=psk%3Dshared'],
			['plan', '/plan'],
			['keycheck', '/keycheck'],
			['people', '/people'],
			['audit', '/audit'],
			['ledger', '/ledger'],
			['unknown', '/nowhere'],
		];
		await page.setViewportSize({ width: 1440, height: 900 });
		for (const [name, address] of addresses) {
			if (name === 'unknown')
				await page.evaluate(`history.pushState(null, '', '/nowhere'); dispatchEvent(new PopStateEvent('popstate'))`);
			else await page.goto(url + address);
			await page.locator('#content h1').waitFor();
			await page.locator('.loading').waitFor({ state: 'detached' });
			await lookAt(page, name);
		}
		// What is asked before something is cut off, and what keys that fall together look like.
		const pressed = { grants: 'End', 'devices/hall/sensor-1': 'Contain' };
		for (const [address, name] of Object.entries(pressed)) {
			await page.goto(`${url}/${address}`);
			await page.getByRole('button', { name }).first().click();
			await lookAt(page, `dialog-${name.toLowerCase()}`);
		}
		await dropSharedKeys(page, url);
		await lookAt(page, 'keycheck-found');
		const gate = await personAt(browser);
		await gate.page.goto(url);
		await gate.page.locator('#sign-in').waitFor();
		await lookAt(gate.page, 'gate');
		await gate.context.close();
	});

	assert.deepEqual([...anna.broken, ...ben.broken], []);
});
