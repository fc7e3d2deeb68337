import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { pinOf } from './browser-pin.ts';

type After = (end: () => unknown) => void;

/** Where Debian has it. */
export const chromiumFile = '/usr/bin/chromium';

/** A browser that takes the certificate of the site at that port; null: of no site. */
export const openBrowser = async (port: number | null, after: After): Promise<Browser> => {
	const pin = port === null ? [] : [`--ignore-certificate-errors-spki-list=${await pinOf(port)}`];
	// With the browser alone: attacks without one are read in the same process.
	const { chromium } = await import('playwright-core');
	const browser = await chromium.launch({
		executablePath: chromiumFile,
		args: [...pin, '--no-sandbox', '--disable-gpu'],
	});
	after(() => browser.close());
	return browser;
};

/** Serves one page of another site; gives its address. */
export const serveEvilPage = async (html: string, after: After): Promise<string> => {
	const server = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html');
		response.end(`<!doctype html><title>Win a prize</title>${html}`);
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	after(() => server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

/** Registers a passkey in the browser by a link of the site. */
export const joinInBrowser = async (browser: Browser, link: string): Promise<Page> => {
	const context = await browser.newContext();
	const page = await context.newPage();
	const devtools = await context.newCDPSession(page);
	await devtools.send('WebAuthn.enable');
	await devtools.send('WebAuthn.addVirtualAuthenticator', {
		options: {
			...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
			...{ isUserVerified: true, automaticPresenceSimulation: true },
		},
	});
	await page.goto(link);
	await page.click('#register');
	await page.locator('#who', { hasText: 'Signed in' }).waitFor();
	return page;
};
