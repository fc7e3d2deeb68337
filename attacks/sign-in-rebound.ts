import { attack } from './harness/attack.ts';

export default attack({
	title: "a page whose name was pointed at the site begins a sign-in there, as the site's own page (DNS rebinding)",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/people-routes.ts',
				find: '\t\trequireOwnHost(request);',
				replace: '\t\tvoid requireOwnHost;',
			},
		],
		because: 'a request is looked at at every level',
	},
	refusal: 'request-forged',
	run: async ({ site }) => {
		const host = `evil.example:${site.httpsPort}`;
		const { status, text, code } = await site.https({
			...{ method: 'POST', path: '/v1/people/begin', body: '{}' },
			headers: { host, origin: `https://${host}`, 'content-type': 'application/json', 'keyward-request': '1' },
		});
		return { succeeded: status === 200, saw: `${status} ${text.slice(0, 160)}`, refusal: code };
	},
});
