import { joinAs } from '@keyward/testing/service/passkey';
import { attack } from './harness/attack.ts';

export default attack({
	title:
		"another site's page signs somebody's browser in as the attacker, who then sees what they do there (login CSRF)",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/people-routes.ts',
				find: '\t\trequireOwnPage(request);\n\t\t// Without',
				replace: '\t\tvoid requireOwnPage;\n\t\t// Without',
			},
		],
		because: 'a request is looked at at every level',
	},
	refusal: 'request-forged',
	run: async ({ site }) => {
		const { link } = await site.ask('person.invite', { person: 'mallory', role: 'reader' });
		const { joined } = await joinAs(site.httpsPort, link, 'https://evil.example');
		const cookie = joined.headers['set-cookie']?.[0] ?? '';
		return {
			succeeded: joined.status === 200 && cookie.startsWith('__Host-keyward='),
			saw: `${joined.status} ${joined.text.slice(0, 200)}`,
			refusal: joined.code,
		};
	},
});
