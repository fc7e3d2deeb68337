import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { partOfEndorsementKey } from '@keyward/core/attest';
import { parseCommissioning } from '@keyward/core/enrol';
import { ATTESTATION_KEY_P256, TPMT_PUBLIC, withPublicKey } from '@keyward/core/tpm2';
import { attack } from './harness/attack.ts';
import { believing, type Certified, makeCertificate } from './harness/chain.ts';

const EK_PURPOSE = '2.23.133.8.1';
/** keyUsage digitalSignature alone (RFC 5280 §4.2.1.3). */
const SIGNS = { oid: '2.5.29.15', critical: true, value: Uint8Array.of(3, 2, 7, 0x80) };
let made: { readonly part: Certified; readonly root: Certified } | undefined;

const spkiOf = (key: ReturnType<typeof createPublicKey>): Uint8Array =>
	new Uint8Array(key.export({ type: 'spki', format: 'der' }));

export default attack({
	title: "a manufacturer's certificate for a key that signs is shown as that of an endorsement key",
	requirements: ['key-custody'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/attest/endorsement-key.ts',
				find: 'if (usage?.has(needed) === true) return null;',
				replace: 'if (needed.length > 0) return null;',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const part = await makeCertificate({ name: 'part', by: root, purpose: EK_PURPOSE, more: [SIGNS] });
		made = { part, root };
		return believing([root.der]);
	},
	run: async ({ site }) => {
		if (made === undefined) throw new Error('no part was made');
		const { part } = made;
		const expected = partOfEndorsementKey(spkiOf(createPublicKey(part.privateKey)));
		const { commissioning } = await site.ask('device.expect', {
			...{ application: 'hall', device: 'probe-1', part: expected },
		});
		const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
		const area = TPMT_PUBLIC.marshal(withPublicKey(ATTESTATION_KEY_P256, spkiOf(publicKey)));
		const { status, code, text } = await site.https({
			...{ method: 'POST', path: '/.well-known/est/challenge' },
			headers: {
				authorization: `Basic ${Buffer.from(`keyward:${parseCommissioning(commissioning).token}`).toString('base64')}`,
				'content-type': 'application/json',
			},
			body: JSON.stringify({
				format: 'tpm2',
				endorsementCertificates: [Buffer.from(part.der).toString('base64')],
				attestationKey: Buffer.from(area).toString('base64'),
			}),
		});
		const succeeded = status === 200;
		const saw = succeeded ? 'the site believes the TPM and challenges it' : `${status} ${text}`;
		return { succeeded, saw, refusal: code };
	},
});
