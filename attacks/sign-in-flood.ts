import { randomBytes } from 'node:crypto';
import { attack } from './harness/attack.ts';

/** More than a network may in a minute, and far fewer than a program that guesses would. */
const TRIES = 40;

export default attack({
	title: 'a stranger tries invitations as fast as they can',
	requirements: ['person-authentication'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/people/sign-in-pace.ts',
				find: 'const EACH = 20;',
				replace: 'const EACH = 1_000_000;',
			},
		],
		because: 'the pace holds at every level',
	},
	refusal: 'sign-in-too-often',
	run: async ({ site }) => {
		const host = `localhost:${site.httpsPort}`;
		const headers = { host, origin: `https://${host}`, 'content-type': 'application/json', 'keyward-request': '1' };
		const refused = new Set<string>();
		for (let tried = 1; tried <= TRIES; tried++) {
			const body = JSON.stringify({ invitation: randomBytes(32).toString('base64url'), response: {} });
			const answer = await site.https({ method: 'POST', path: '/v1/people/register', headers, body });
			refused.add(answer.code ?? String(answer.status));
			if (answer.status !== 429) continue;
			const wait = answer.headers['retry-after'];
			return {
				...{ succeeded: false, saw: `try ${tried}: 429, retry-after ${wait}` },
				refusal: wait === '60' ? answer.code : null,
			};
		}
		return { succeeded: true, saw: `${TRIES} were tried: ${[...refused].join(', ')}`, refusal: null };
	},
});
