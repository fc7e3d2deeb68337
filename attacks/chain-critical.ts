import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an authority whose critical extension nobody here knows vouches for a part',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'if (unknown !== null)',
				replace: 'if (unknown !== null && n < 0)',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const more = [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: Uint8Array.of(5, 0) }];
		const middle = await makeCertificate({ name: 'middle', by: root, authority: 'unlimited', more });
		chain = [(await makePart(middle)).der, middle.der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
