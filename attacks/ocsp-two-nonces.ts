import { attack } from './harness/attack.ts';
import { answered, nonce, ocspRequest, singleRequest } from './harness/ocsp.ts';

export default attack({
	title: 'a stranger asks with two nonces, so that an old answer passes for one to the nonce that another reads',
	requirements: ['live-revocation'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/format/ocsp-request.ts',
				find: 'if (seen.has(name)) throw malformed(`the extension ${name} twice`);',
				replace: '',
			},
		],
		because: 'the form holds at every level (RFC 5280 section 4.2)',
	},
	site: { options: { httpPort: 0 } },
	refusal: 'malformedRequest',
	run: async ({ site }) => {
		const { tls } = await site.commissionDevice('hall', 'probe-1');
		return answered(site, [ocspRequest([[singleRequest(tls.cert)]], [nonce(1), nonce(2)])]);
	},
});
