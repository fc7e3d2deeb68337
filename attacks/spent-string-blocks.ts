import { parseCommissioning } from '@keyward/core/enrol';
import { generateKeyPairSync } from 'node:crypto';
import { attack } from './harness/attack.ts';
import { enrolWith } from './harness/est.ts';

export default attack({
	title: 'with a commissioning string that was used, challenges are opened until the device itself gets none',
	requirements: ['expected-device'],
	attacker: 'network',
	off: {
		patch: [
			{
				file: 'packages/service/enrolment/attestation.ts',
				find: '?? judgeUnspent(token)',
				replace: '',
			},
		],
		because: 'a token is spent once at every level',
	},
	refusal: 'token-spent',
	run: async ({ site }) => {
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const own = await enrolWith(site, commissioning, privateKey);
		if (own.status !== 200) throw new Error(`the device was not enrolled: ${own.text}`);
		const body = JSON.stringify({ format: 'tpm2', endorsementCertificates: [], attestationKey: 'AAE=' });
		const challenge = (headers: Readonly<Record<string, string>>, as?: Parameters<typeof site.https>[0]['as']) =>
			site.https({
				...{ method: 'POST', path: '/.well-known/est/challenge', body },
				...{ headers: { 'content-type': 'application/json', accept: 'application/json', ...headers } },
				...(as !== undefined && { as }),
			});
		const { token } = parseCommissioning(commissioning);
		const authorization = `Basic ${Buffer.from(`keyward:${token}`).toString('base64')}`;
		let refusal: string | null = null;
		for (let count = 0; count < 10; count++) ({ code: refusal } = await challenge({ authorization }));
		const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
		// The device asks under its certificate; without a TPM's words it is refused for those, not for the number.
		const device = await challenge({}, { tls: { cert: own.certificate, key, rejectUnauthorized: false } });
		const blocked = device.code === 'challenge-limit';
		return { succeeded: blocked, saw: `the device was answered ${device.code ?? device.status}`, refusal };
	},
});
