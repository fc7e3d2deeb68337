import { ocspQuestion } from '@keyward/testing/service/ocsp-question';
import { attack } from './harness/attack.ts';

const certificates = 53;

/** OCSPResponse with responseStatus malformedRequest (RFC 6960 §4.2.1). */
const malformed = Buffer.from('30030a0101', 'hex');

export default attack({
	title: 'a stranger asks for the status of 53 certificates in one question, and again and again',
	requirements: ['overload-held'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/format/ocsp-request.ts',
				find: 'if (singles.length > OCSP_CERTIFICATES_LIMIT)',
				replace: 'if (singles.length < 0)',
			},
		],
		because: 'no level switches it off',
	},
	site: { options: { httpPort: 0 } },
	refusal: 'malformedRequest',
	run: async ({ site }) => {
		const { tls } = await site.commissionDevice('hall', 'probe-1');
		// The issuer's name and key are in every certificate of a device, which anyone may show around.
		const question = ocspQuestion(tls.cert, certificates);
		const response = await fetch(`${site.statusUrl}/ocsp`, { method: 'POST', body: question });
		const bytes = Buffer.from(await response.arrayBuffer());
		const refused = bytes.equals(malformed);
		return {
			succeeded: !refused,
			saw: refused ? 'malformedRequest, nothing looked up' : `an answer of ${bytes.length} bytes, signed`,
			refusal: refused ? 'malformedRequest' : null,
		};
	},
});
