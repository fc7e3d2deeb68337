import { attack } from './harness/attack.ts';

export default attack({
	title:
		"another site's page has a browser read an answer of the API as a script, and somebody on the way leads it to the site without TLS",
	requirements: ['deny-by-default'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/api/http-api.ts',
				find: "void reply.header('x-content-type-options', 'nosniff');",
				replace: '',
			},
			{
				file: 'packages/service/http/strict-transport.ts',
				find: "? null : 'max-age=31536000'",
				replace: '? null : (null as string | null)',
			},
		],
		because: 'the headers are sent at every level',
	},
	refusal: 'nosniff, max-age=31536000',
	run: async ({ site }) => {
		const asked = { headers: { host: 'site.example' } };
		const answers = [
			await site.https({ path: '/v1/openapi.json', ...asked }),
			await site.https({ path: '/healthz', ...asked }),
			// A refusal is an answer too.
			await site.https({ path: '/v1/no-such-thing', ...asked }),
		];
		const said = answers.map(({ headers }) =>
			[headers['x-content-type-options'], headers['strict-transport-security']].map(String).join(', '),
		);
		const [first = ''] = said;
		const isKept = said.every((one) => one === first) && !first.includes('undefined');
		return { succeeded: !isKept, saw: said.join('; '), refusal: isKept ? first : null };
	},
});
