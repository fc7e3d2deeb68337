import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { X509Certificate, hash } from 'node:crypto';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { seconds } from '@keyward/core';
import { needs } from '@keyward/testing/debian';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { pageScript } from './write-page.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Generous, and the only limit: what is waited for are events. */
const limit = 60_000;

/** SHA-256 of the site's key, so that this browser takes its certificate without a root being installed. */
const pinOf = async (port: number): Promise<string> => {
	const socket = connect({ host: 'localhost', port, rejectUnauthorized: false });
	await once(socket, 'secureConnect');
	const { raw } = socket.getPeerCertificate();
	socket.destroy();
	const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
	return hash('sha256', key, 'base64');
};

/** Asks for two people, and for nothing else that `hallPolicy` does not. */
const strict = `${hallPolicy}tighten: { dual-control: true }\n`;

const startBrowser = async (t: TestContext, port: number): Promise<Browser> => {
	const browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: [`--ignore-certificate-errors-spki-list=${await pinOf(port)}`, '--no-sandbox', '--disable-gpu'],
	});
	t.after(() => browser.close());
	return browser;
};

/** A person's browser with an authenticator in it. */
const personAt = async (browser: Browser): Promise<{ page: Page; context: BrowserContext; broken: string[] }> => {
	const context = await browser.newContext();
	context.setDefaultTimeout(limit);
	const page = await context.newPage();
	const broken: string[] = [];
	page.on('pageerror', (error) => broken.push(String(error)));
	page.on('console', (message) => {
		if (/Content Security Policy|TrustedHTML/.test(message.text())) broken.push(message.text());
	});
	const devtools = await context.newCDPSession(page);
	await devtools.send('WebAuthn.enable');
	await devtools.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
			...{ isUserVerified: true, automaticPresenceSimulation: true },
		},
	});
	return { page, context, broken };
};

const says = (page: Page, text: RegExp) => page.locator('#who').filter({ hasText: text }).waitFor();

test('page.js is what page.ts says (npm run page -w packages/service writes it)', async () => {
	assert.equal(await readFile(new URL('./page.js', import.meta.url), 'utf8'), pageScript());
});

test('a link makes a person with a passkey, who signs in, works, is locked out when idle, and goes dark when ended', async (t) => {
	if (!needs(t, 'chromium', 'chromium')) return;
	const site = await startSite(t);
	const url = `https://localhost:${site.httpsPort}`;
	const browser = await startBrowser(t, site.httpsPort);
	const { page, context, broken } = await personAt(browser);
	const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
	assert.ok(link.startsWith(`${url}/#invite=`));

	const answer = await page.goto(link);
	const headers = answer?.headers() ?? {};
	assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'.*require-trusted-types-for 'script'/);
	assert.equal(headers['x-frame-options'], 'DENY');
	assert.equal(page.url(), `${url}/`, 'the token is out of the address');
	await page.click('#register');
	await says(page, /Signed in as anna, owner/);
	await page.locator('#status dt', { hasText: 'hall' }).waitFor();

	const [cookie] = await context.cookies();
	assert.deepEqual(
		[cookie?.name, cookie?.httpOnly, cookie?.secure, cookie?.sameSite, cookie?.path],
		['__Host-keyward', true, true, 'Strict', '/'],
	);
	await page.click('#sign-out');
	await says(page, /not signed in/);
	await page.click('#sign-in');
	await says(page, /Signed in as anna, owner/);

	// An operation, by the page's own means.
	const asked = await page.evaluate(async () => {
		const response = await fetch('/v1/operations/device.list', {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'keyward-request': '1' },
			body: JSON.stringify({ application: 'hall' }),
		});
		return response.status;
	});
	assert.equal(asked, 200);

	// Ended from outside: the page goes dark, and its cookie opens nothing.
	const [session] = await site.ask('session.list', {});
	assert.equal(session?.person, 'anna');
	await site.ask('session.end', { number: session.number });
	await says(page, /session was ended/);
	assert.equal(await page.locator('#status').textContent(), '');
	await page.reload();
	await says(page, /not signed in/);

	const audit = await site.ask('audit.list', { limit: 20 });
	assert.ok(audit.some(({ who, operation }) => who === 'person anna' && operation === 'session.open'));
	assert.ok(!JSON.stringify(audit).includes(link.slice(-43)), 'no token is kept');
	assert.deepEqual(broken, []);

	// The link was spent.
	const second = await personAt(browser);
	await second.page.goto(link);
	await second.page.click('#register');
	await second.page.locator('#problem', { hasText: 'This link was used' }).waitFor();
	assert.equal((await site.ask('session.list', {})).length, 0);
});

test('an idle session locks: its page goes dark by itself, and a call needs the passkey again', async (t) => {
	if (!needs(t, 'chromium', 'chromium')) return;
	const site = await startSite(t, { people: { idle: seconds(3), longest: seconds(1000) } });
	const browser = await startBrowser(t, site.httpsPort);
	const { page } = await personAt(browser);
	const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
	await page.goto(link);
	await page.click('#register');
	await says(page, /Signed in as anna/);
	await says(page, /Locked/);
	assert.equal((await site.ask('session.list', {}))[0]?.locked, true);
	await page.click('#sign-in');
	await says(page, /Signed in as anna/);
	assert.equal((await site.ask('session.list', {})).length, 1, 'the locked one was replaced');
});

test('dual control: a second person is asked, sees what, and approves; then the first does it, once', async (t) => {
	if (!needs(t, 'chromium', 'chromium')) return;
	const site = await startSite(t);
	await site.commissionDevice('hall', 'probe-1');
	const browser = await startBrowser(t, site.httpsPort);
	const join = async (person: string): Promise<Page> => {
		const { page } = await personAt(browser);
		await page.goto((await site.ask('person.invite', { person, role: 'owner' })).link);
		await page.click('#register');
		await says(page, new RegExp(`Signed in as ${person}`));
		return page;
	};
	const [anna, ben] = [await join('anna'), await join('ben')];
	await site.apply(strict);
	const quarantine = (page: Page) =>
		page.evaluate(async () => {
			const response = await fetch('/v1/operations/person.role', {
				method: 'POST',
				headers: { 'content-type': 'application/json', 'keyward-request': '1' },
				body: JSON.stringify({ person: 'ben', role: 'auditor' }),
			});
			const answer: unknown = await response.json();
			return JSON.stringify(answer);
		});
	assert.match(await quarantine(anna), /approval-needed/);
	const [request] = (await site.ask('approval.list', {})).requests;
	assert.equal(request?.asks, 'person anna');
	// Nobody approves what they ask for.
	await anna.reload();
	await anna.click(`[data-decide="approve-${request.number}"]`);
	await anna.locator('#problem', { hasText: 'of another person' }).waitFor();
	await ben.reload();
	await ben.locator('#requests', { hasText: 'role: auditor' }).waitFor();
	await ben.click(`[data-decide="approve-${request.number}"]`);
	await ben.locator('#requests', { hasText: 'approved by person ben' }).waitFor();
	assert.match(await quarantine(anna), /"role":"auditor"/);
	assert.match(await quarantine(anna), /approval-needed/, 'one approval, one call');
	const audit = await site.ask('audit.list', { limit: 20 });
	assert.ok(
		audit.some(({ who, operation }) => who === 'person anna, approved by person ben' && operation === 'person.role'),
	);
	// The socket takes two as well, and an override that ends.
	await assert.rejects(site.ask('person.role', { person: 'ben', role: 'owner' }), { code: 'approval-needed' });
	await site.ask('approval.override', { minutes: 1, reason: 'anna is away' });
	await site.ask('person.role', { person: 'ben', role: 'owner' });
});
