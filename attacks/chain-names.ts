import { attack } from './harness/attack.ts';
import { encodeName, encodeDer, derSequence } from '@keyward/core/format';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an authority for the parts of one department vouches for a part of another',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'if (forbidden !== null)',
				replace: 'if (forbidden !== null && n < 0)',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const only = encodeName([['O', 'another department']]);
		const value = derSequence(encodeDer(0xa0, derSequence(encodeDer(0xa4, only))));
		const more = [{ oid: '2.5.29.30', critical: true, value }];
		const middle = await makeCertificate({ name: 'middle', by: root, authority: 'unlimited', more });
		chain = [(await makePart(middle)).der, middle.der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
