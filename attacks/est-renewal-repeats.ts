import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateExtension, decodePem } from '@keyward/core/format';
import { run } from '@keyward/testing/service/run-program';
import { attack } from './harness/attack.ts';
import { postRenewal } from './harness/est.ts';

/** cRLDistributionPoints and authorityInfoAccess (RFC 5280 §4.2.1.13, §4.2.2.1). */
const REPEATED = ['2.5.29.31', '1.3.6.1.5.5.7.1.1'];

export default attack({
	title:
		"a renewal repeats where the certificate's status is told, as libest does, and is to be shut out until it ends",
	requirements: ['certificate-lifetime'],
	attacker: 'device',
	off: {
		patch: [
			{
				file: 'packages/core/enrol/requested-extensions.ts',
				find: 'own !== null && Buffer.compare(own, value) === 0;',
				replace: 'own !== null && value.length === 0;',
			},
		],
		because: 'what a renewal may ask for is no parameter (RFC 7030 section 4.2.2)',
	},
	site: { options: { httpPort: 0 } },
	refusal: /^renewed$/,
	run: async ({ site, folder }) => {
		const device = await site.commissionDevice('hall', 'probe-1');
		const [own] = decodePem('CERTIFICATE', device.tls.cert, 'certificate-malformed');
		const repeated = REPEATED.flatMap((oid) => {
			const value = own === undefined ? null : certificateExtension(own, oid);
			if (value === null) throw new Error(`the certificate has no extension ${oid}`);
			return ['-addext', `${oid}=DER:${Buffer.from(value).toString('hex')}`];
		});
		const key = join(folder, 'key.pem');
		await writeFile(key, device.tls.key, { mode: 0o600 });
		const made = await run('openssl', [
			...['req', '-new', '-key', key, '-outform', 'DER', '-subj', '/O=hall/CN=probe-1/serialNumber=probe-1'],
			...repeated,
		]);
		if (made.status !== 0) throw new Error(`openssl made no request: ${made.said}`);
		const { status, code, text } = await postRenewal(site, device, made.out);
		const succeeded = status === 403 && code === 'csr-forbidden-extension';
		return {
			succeeded,
			saw: `${status} ${status === 200 ? 'a certificate' : text}`,
			refusal: status === 200 ? 'renewed' : code,
		};
	},
});
