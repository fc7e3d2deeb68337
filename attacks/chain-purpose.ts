import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'an authority for web servers vouches for a part',
	requirements: ['key-custody'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/core/path/validate-path.ts',
				find: 'if (purpose !== null && purposes !== null',
				replace: 'if (isLast && purpose !== null && purposes !== null',
			},
		],
		because: 'it is judged at every level, as soon as a part shows a certificate',
	},
	refusal: 'endorsement-chain',
	site: async () => {
		const root = await makeCertificate({ name: 'root', authority: 'unlimited' });
		const servers = await makeCertificate({
			...{ name: 'servers', by: root, authority: 'unlimited' },
			purpose: '1.3.6.1.5.5.7.3.1',
		});
		chain = [(await makePart(servers)).der, servers.der];
		return believing([root.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
