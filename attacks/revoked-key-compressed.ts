import { createPrivateKey, ECDH } from 'node:crypto';
import { parseCommissioning } from '@keyward/core/enrol';
import { buildCsr, derBits, derOid, derSequence } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { signerFor, simpleEnroll } from './harness/est.ts';

const P256 = derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7'));

export default attack({
	title: 'a revoked key comes back with its point compressed',
	requirements: ['unique-key'],
	attacker: 'device-folder',
	off: {
		patch: [
			{ file: 'packages/core/enrol/requested-key.ts', find: '\t\t...judgeKeyForm(key.publicKey),\n', replace: '' },
			{
				file: 'packages/core/format/public-key.ts',
				find: "hash('sha256', canonicalPublicKey(spki) ?? spki, 'buffer')",
				replace: "hash('sha256', spki, 'buffer')",
			},
		],
		because: 'every level asks it, level 0 too',
	},
	refusal: 'key-form',
	run: async ({ site }) => {
		const stolen = createPrivateKey((await site.commissionDevice('hall', 'probe-1')).tls.key);
		const name = { kind: 'device', application: 'hall', id: 'probe-1' } as const;
		await site.ask('principal.revoke', { ...name, reason: 'stolen', cause: 'keyCompromise' });
		const { commissioning } = await site.ask('device.expect', { application: 'hall', device: 'probe-1' });
		const signer = signerFor(stolen);
		const point = ECDH.convertKey(signer.publicKey.subarray(-65), 'prime256v1', undefined, undefined, 'compressed');
		const publicKey = derSequence(P256, derBits(new Uint8Array(Buffer.from(point))));
		const csr = await buildCsr({ subject: [] }, { ...signer, publicKey });
		const { status, code, text } = await simpleEnroll(site, parseCommissioning(commissioning), csr);
		const saw = status === 200 ? 'a certificate for the revoked key' : `${status} ${text}`;
		return { succeeded: status === 200, saw, refusal: code };
	},
});
