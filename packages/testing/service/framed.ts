import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { pinOf } from './browser-pin.ts';

/** What a browser makes of the console in a frame of another site's page, and what it says of it. */
export const showFramed = async (
	port: number,
	after: (end: () => unknown) => void,
): Promise<{ readonly shown: boolean; readonly said: string }> => {
	const evil = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html');
		response.end(`<!doctype html><title>Win a prize</title><iframe src="https://localhost:${port}/"></iframe>`);
	});
	await once(evil.listen(0, '127.0.0.1'), 'listening');
	after(() => evil.close());
	const browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: [`--ignore-certificate-errors-spki-list=${await pinOf(port)}`, '--no-sandbox', '--disable-gpu'],
	});
	after(() => browser.close());
	const page = await browser.newPage();
	const refused = new Promise<string>((resolve) => {
		page.on('console', (message) => {
			if (/frame-ancestors|X-Frame-Options/i.test(message.text())) resolve(message.text().trim());
		});
	});
	await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
	const button = page.frameLocator('iframe').locator('#sign-in');
	return Promise.race([
		refused.then((said) => ({ shown: false, said })),
		button.waitFor().then(() => ({ shown: true, said: '' })),
	]);
};
