import { joinInBrowser, openBrowser } from '@keyward/testing/service/evil-page';
import { attack } from './harness/attack.ts';

export default attack({
	title: "a script in the page reads the session's cookie to send it elsewhere, in Chromium",
	requirements: ['session-limits'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/session-cookie.ts',
				find: "'Path=/; Secure; HttpOnly; SameSite=Strict'",
				replace: "'Path=/; Secure; SameSite=Strict'",
			},
		],
		because: 'the cookie has its attributes at every level',
	},
	refusal: 'HttpOnly',
	run: async ({ site, after }) => {
		const { link } = await site.ask('person.invite', { person: 'anna', role: 'owner' });
		const page = await joinInBrowser(await openBrowser(site.httpsPort, after), link);
		const cookies = await page.context().cookies();
		const read = await page.evaluate<string>('document.cookie');
		const hidden = cookies.some(({ name, httpOnly }) => name === '__Host-keyward' && httpOnly);
		return {
			succeeded: read.includes('__Host-keyward='),
			saw: read === '' ? 'the script reads no cookie' : `${read.slice(0, 24)}…`,
			refusal: hidden && read === '' ? 'HttpOnly' : null,
		};
	},
});
