import { openBrowser, serveEvilPage } from '@keyward/testing/service/evil-page';
import { attack } from './harness/attack.ts';

export default attack({
	title: "another site's page embeds a picture of the console, and so finds out that a site runs there, in Chromium",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/http-api.ts',
				find: "void reply.header('cross-origin-resource-policy', 'same-origin');",
				replace: '',
			},
			{
				file: 'packages/service/page/page-files.ts',
				find: "	'cross-origin-resource-policy': 'same-origin',\n",
				replace: '',
			},
		],
		because: 'the header is sent at every level',
	},
	refusal: /ERR_BLOCKED_BY_RESPONSE/,
	run: async ({ site, after }) => {
		const page = await (await openBrowser(site.httpsPort, after)).newPage();
		const { text } = await site.https({ path: '/', headers: { accept: 'text/html' } });
		const icon = /href="([^"]+icon\.svg)"/.exec(text)?.[1] ?? '';
		const evil = await serveEvilPage(`<img src="https://localhost:${site.httpsPort}${icon}">`, after);
		const failed = new Promise<string>((resolve) => {
			page.on('requestfailed', (request) => resolve(request.failure()?.errorText ?? ''));
		});
		const ended = new Promise<string>((resolve) => {
			page.on('requestfinished', (request) => {
				if (request.url().endsWith(icon)) resolve('');
			});
		});
		await page.goto(evil);
		const said = await Promise.race([failed, ended]);
		const width = await page.evaluate<number>('document.images[0].naturalWidth');
		return {
			succeeded: said === '' && width > 0,
			saw: said === '' ? `the picture of the console, ${width} wide, in the other page` : said,
			refusal: said === '' ? null : said,
		};
	},
});
