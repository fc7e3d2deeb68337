import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an authority that may make no further authorities makes one, which vouches for a part',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'maxLength-- <= 0',
				replace: 'maxLength-- <= -99',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const middle = await makeCertificate({ name: 'middle', by: root, authority: 0 });
		const below = await makeCertificate({ name: 'below', by: middle, authority: 'unlimited' });
		chain = [(await makePart(below)).der, below.der, middle.der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
