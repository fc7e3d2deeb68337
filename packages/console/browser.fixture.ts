import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pinOf } from '@keyward/testing/service/browser-pin';
import type { TestSite } from '@keyward/testing/service/site';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Generous, and the only limit: what is waited for are events. */
const limit = 60_000;

export const startBrowser = async (t: TestContext, port: number): Promise<Browser> => {
	const browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: [`--ignore-certificate-errors-spki-list=${await pinOf(port)}`, '--no-sandbox', '--disable-gpu'],
	});
	t.after(() => browser.close());
	return browser;
};

export interface Person {
	readonly page: Page;
	readonly context: BrowserContext;
	/** What the page broke: errors, and what the content security policy refused. */
	readonly broken: readonly string[];
	/** Registers by a link of the site. */
	join(site: TestSite, person: string, role: 'owner' | 'operator' | 'auditor' | 'reader'): Promise<string>;
	says(text: RegExp): Promise<void>;
}

/** A person's browser with an authenticator in it. */
export const personAt = async (browser: Browser): Promise<Person> => {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
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
	const says = (text: RegExp): Promise<void> => page.locator('#who').filter({ hasText: text }).waitFor();
	return {
		...{ page, context, broken, says },
		join: async (site, person, role) => {
			const { link } = await site.ask('person.invite', { person, role });
			await page.goto(link);
			await page.click('#register');
			await says(new RegExp(`Signed in as ${person}, ${role}`));
			return link;
		},
	};
};

/** What axe-core finds that is serious or critical, as one line each. */
export const seriousIn = (page: Page): Promise<string[]> =>
	page.evaluate(
		`${axe.source};axe.run().then(({ violations }) => violations
			.filter(({ impact }) => impact === 'serious' || impact === 'critical')
			.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`,
	);

/** `KEYWARD_PICTURES=FOLDER`: where somebody wants to look at the pages. */
const pictures = process.env['KEYWARD_PICTURES'];

const looks = [
	[1440, 'light'],
	[1440, 'dark'],
	[390, 'light'],
	[320, 'dark'],
] as const;

/** What stands out of a page of this width, after as many frames as a chart needs to take it. */
const tooWide = async (width: number): Promise<string[]> => {
	const { documentElement: root } = document;
	for (let frame = 0; frame < 100 && root.scrollWidth !== width; frame++)
		await new Promise((resolve) => requestAnimationFrame(resolve));
	if (root.scrollWidth === width) return [];
	return [...root.querySelectorAll('main *')]
		.filter((one) => one.getBoundingClientRect().right > width)
		.map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute('class') ?? ''}`);
};

/** Wide and on a phone, light and dark: nothing serious to axe-core, no page wider than its screen; and a picture of each. */
export const lookAt = async (page: Page, name: string): Promise<void> => {
	for (const [width, colorScheme] of looks) {
		await page.emulateMedia({ colorScheme });
		await page.setViewportSize({ width, height: 900 });
		assert.deepEqual(await page.evaluate(tooWide, width), [], `${name} is wider than ${width}`);
		if (width !== 390) assert.deepEqual(await seriousIn(page), [], `${name}, ${width}, ${colorScheme}`);
		if (pictures !== undefined && pictures !== '')
			await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
	}
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize({ width: 1440, height: 900 });
};

/** One of the API's operations, asked as the page asks it. */
export const askIn = (page: Page, operation: string, input: object): Promise<{ status: number; text: string }> =>
	page.evaluate(
		async ([name, body]) => {
			const response = await fetch(`/v1/operations/${name}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', 'keyward-request': '1' },
				body,
			});
			return { status: response.status, text: await response.text() };
		},
		[operation, JSON.stringify(input)] as const,
	);

/** Has keycheck's page look at a list in which two devices have one key. */
export const dropSharedKeys = async (page: Page, url: string): Promise<void> => {
	await page.goto(`${url}/keycheck`);
	await page.locator('.drop [role=status]', { hasText: 'Ready' }).waitFor();
	const [one, other] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
	const buffer = Buffer.from(`device,psk\npump-1,${one}\npump-2,${one}\npump-3,${other}\n`);
	await page.setInputFiles('#files', { name: 'pumps.csv', mimeType: 'text/csv', buffer });
	await page.locator('#checked', { hasText: '1 finding' }).waitFor();
};
