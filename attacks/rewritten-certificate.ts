import { attack } from './harness/attack.ts';
import { revocationsOf } from '@keyward/core/attest';
import { believing, makeCertificate, makePart, rewriteSignature, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'a revoked certificate comes back with its ECDSA signature rewritten, s as n−s',
	requirements: ['key-custody'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/attest/endorsement-chain.ts',
				find: 'identitiesOf(certificate).some((identity) => trust.revoked.has(identity))',
				replace: "trust.revoked.has(Buffer.from(readCertificate(certificate.der).fingerprint).toString('hex'))",
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-revoked',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const { der } = await makePart(root);
		chain = [rewriteSignature(der)];
		return believing([root.der], revocationsOf(der));
	},
	run: async (tools) => showChain(tools, chain),
});
