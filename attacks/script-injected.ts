import { openBrowser } from '@keyward/testing/service/evil-page';
import { attack } from './harness/attack.ts';

export default attack({
	title: 'a script that got into the page of the console runs there as the person who is signed in, in Chromium',
	requirements: ['deny-by-default'],
	attacker: 'network',
	given: {
		patch: [
			{
				file: 'packages/service/page/page.html',
				find: '<div id="app"></div>',
				replace: '<div id="app"></div><p id="bait"></p><script>document.getElementById("bait").title = "ran";</script>',
			},
		],
		because: 'the page has no place where a text becomes markup: one is made, as if a name of a device had got through',
	},
	off: {
		patch: [
			{
				file: 'packages/service/page/page-files.ts',
				find: "script-src 'self'; ",
				replace: "script-src 'self' 'unsafe-inline'; ",
			},
		],
		because: 'the content security policy is sent at every level',
	},
	refusal: /Content Security Policy/,
	run: async ({ site, after }) => {
		const page = await (await openBrowser(site.httpsPort, after)).newPage();
		let said = '';
		page.on('console', (message) => {
			if (message.text().includes('Content Security Policy')) said ||= message.text().trim();
		});
		await page.goto(`https://localhost:${site.httpsPort}/`);
		// Scripts of a page run before it is loaded, in order.
		const ran = (await page.locator('#bait').getAttribute('title')) === 'ran';
		return {
			succeeded: ran,
			saw: ran ? 'the script changed the page' : said.slice(0, 200),
			refusal: said === '' ? null : said,
		};
	},
});
