import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an anchor that has ended vouches for a part',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'if (now > certificate.notAfter)',
				replace: 'if (issuer !== undefined && now > certificate.notAfter)',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-expired',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited', notAfter: Date.now() - 86_400_000 });
		chain = [(await makePart(root)).der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
