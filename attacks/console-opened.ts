import { openBrowser, serveEvilPage } from '@keyward/testing/service/evil-page';
import { attack } from './harness/attack.ts';

export default attack({
	title:
		"another site's page opens the console in a window, keeps hold of it, and later puts a false sign-in in its place, in Chromium",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/page/page-files.ts',
				find: "	'cross-origin-opener-policy': 'same-origin',\n",
				replace: '',
			},
		],
		because: 'the header is sent at every level',
	},
	refusal: 'window closed to its opener',
	run: async ({ site, after }) => {
		const browser = await openBrowser(site.httpsPort, after);
		const evil = await serveEvilPage(
			'<button onclick="held = window.open(location.hash.slice(1))">a prize</button>',
			after,
		);
		const page = await browser.newPage();
		await page.goto(`${evil}#https://localhost:${site.httpsPort}/`);
		const [opened] = await Promise.all([page.waitForEvent('popup'), page.click('button')]);
		await opened.locator('#sign-in').waitFor();
		if (await page.evaluate<boolean>('held.closed'))
			return { succeeded: false, saw: 'to its opener the window is closed', refusal: 'window closed to its opener' };
		await page.evaluate('void (held.location = location.origin + "/false")');
		await opened.waitForURL(`${evil}false`);
		return { succeeded: true, saw: `the window of the console shows ${opened.url()}`, refusal: null };
	},
});
