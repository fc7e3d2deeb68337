import { attack } from './harness/attack.ts';
import { answered, ocspRequest, singleRequest } from './harness/ocsp.ts';

export default attack({
	title: 'a stranger asks with two lists of requests, of which a proxy reads the one and the site the other',
	requirements: ['live-revocation'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/format/ocsp-request.ts',
				find: 'if (list === undefined || places.some((place, index) => place <= (places[index - 1] ?? -1))) {',
				replace: 'if (list === undefined) {',
			},
		],
		because: 'the form holds at every level (RFC 6960 section 4.1.1)',
	},
	site: { options: { httpPort: 0 } },
	refusal: 'malformedRequest',
	run: async ({ site }) => {
		const first = await site.commissionDevice('hall', 'probe-1');
		const second = await site.commissionDevice('hall', 'probe-2');
		return answered(site, [ocspRequest([[singleRequest(first.tls.cert)], [singleRequest(second.tls.cert)]])]);
	},
});
