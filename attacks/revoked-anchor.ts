import { attack } from './harness/attack.ts';
import { revocationsOf } from '@keyward/core/attest';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an anchor that the site has revoked vouches for a part',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'if (isRevoked(certificate))',
				replace: 'if (issuer !== undefined && isRevoked(certificate))',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-revoked',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		chain = [(await makePart(root)).der];
		return believing([root.der], revocationsOf(root.der));
	},
	run: async (tools) => showChain(tools, chain),
});
