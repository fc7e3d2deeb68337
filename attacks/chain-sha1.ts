import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'a part shows a certificate that is signed with SHA-1',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/signature-algorithm.ts',
				find: "\t['1.2.840.10045.4.3.2', ['ec', 'sha256']],",
				replace: "\t['1.2.840.10045.4.1', ['ec', 'sha1']],\n\t['1.2.840.10045.4.3.2', ['ec', 'sha256']],",
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		chain = [(await makePart(root, { sha1: true })).der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
