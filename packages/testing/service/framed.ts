import { openBrowser, serveEvilPage } from './evil-page.ts';

/** What a browser makes of the console in a frame of another site's page, and what it says of it. */
export const showFramed = async (
	port: number,
	after: (end: () => unknown) => void,
): Promise<{ readonly shown: boolean; readonly said: string }> => {
	const evil = await serveEvilPage(`<iframe src="https://localhost:${port}/"></iframe>`, after);
	const page = await (await openBrowser(port, after)).newPage();
	const refused = new Promise<string>((resolve) => {
		page.on('console', (message) => {
			if (/frame-ancestors|X-Frame-Options/i.test(message.text())) resolve(message.text().trim());
		});
	});
	await page.goto(evil);
	const button = page.frameLocator('iframe').locator('#sign-in');
	return Promise.race([
		refused.then((said) => ({ shown: false, said })),
		button.waitFor().then(() => ({ shown: true, said: '' })),
	]);
};
