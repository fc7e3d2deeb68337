import { decodePem, readCertificate } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { answered, ocspRequest, singleRequest } from './harness/ocsp.ts';

export default attack({
	title:
		'a stranger asks for a serial number written another way, and has a signed answer about no certificate to show',
	requirements: ['live-revocation'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/core/format/ocsp-request.ts',
				find: '!isSerial(serial) ||',
				replace: 'serial[0] !== 0x02 ||',
			},
		],
		because: 'the encoding holds at every level (X.690 section 8.3.2)',
	},
	site: { options: { httpPort: 0 } },
	refusal: 'malformedRequest',
	run: async ({ site }) => {
		const { tls } = await site.commissionDevice('hall', 'probe-1');
		await site.ask('principal.revoke', { kind: 'device', application: 'hall', id: 'probe-1', reason: 'stolen' });
		const [own] = decodePem('CERTIFICATE', tls.cert, 'certificate-malformed');
		if (own === undefined) throw new Error('no certificate');
		const padded = Buffer.from(`00${readCertificate(own).serial}`, 'hex');
		return answered(
			site,
			[padded, new Uint8Array()].map((serial) => ocspRequest([[singleRequest(tls.cert, serial)]])),
		);
	},
});
