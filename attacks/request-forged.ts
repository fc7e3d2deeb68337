import { attack } from './harness/attack.ts';
import { joinSite } from './harness/passkey.ts';

export default attack({
	title: "another site's page has the owner's browser invite the attacker, with the session's cookie",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/http/own-page.ts',
				find: 'headers.origin === `https://${headers.host}`',
				replace: 'headers.origin !== undefined',
			},
		],
		because: 'a request is looked at at every level; the cookie is SameSite=Strict besides, which only a browser keeps',
	},
	refusal: 'request-forged',
	run: async ({ site }) => {
		const anna = await joinSite(site, 'anna', 'owner');
		const input = { person: 'mallory', role: 'owner' };
		const { status, text, code } = await anna.call('person.invite', input, 'https://evil.example');
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 200)}`, refusal: code };
	},
});
