import { derOid, derSequence } from '@keyward/core/format';
import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';

/** Of the attacker's authority: it may certify under this policy alone. */
const POLICY = '1.3.6.1.4.1.99999.2';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an authority that may certify under one policy alone vouches for a part under no policy',
	requirements: ['key-custody'],
	attacker: 'manufacturer',
	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'explicit = Math.min(explicit, asked.requireExplicit ?? explicit);',
				replace: '',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const more = [
			{ oid: '2.5.29.32', critical: false, value: derSequence(derSequence(derOid(POLICY))) },
			// requireExplicitPolicy 0 (RFC 5280 §4.2.1.11).
			{ oid: '2.5.29.36', critical: true, value: derSequence(Uint8Array.of(0x80, 1, 0)) },
		];
		const middle = await makeCertificate({ name: 'middle', by: root, authority: 'unlimited', more });
		chain = [(await makePart(middle)).der, middle.der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
