import { attack } from './harness/attack.ts';

export default attack({
	title: 'a stranger has requests verified under made-up tokens',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [{ file: 'packages/service/enrolment/est.ts', find: '\t\tawait rpc.requireToken(token);\n', replace: '' }],
		because: 'no level switches it off',
	},
	refusal: 'token-unknown',
	run: async ({ site }) => {
		const token = Buffer.from(`x:${Buffer.alloc(24, 7).toString('base64url')}`).toString('base64');
		const headers = { authorization: `Basic ${token}`, 'content-type': 'application/pkcs10' };
		// What is said of bytes that are no request tells which of the two was looked at first.
		const answer = await site.https({ method: 'POST', path: '/.well-known/est/simpleenroll', headers, body: 'AAAA' });
		const { code, status, text } = answer;
		return { succeeded: code === 'csr-malformed', saw: `${status} ${text}`, refusal: code };
	},
});
