import { attack } from './harness/attack.ts';
import { believing, makeCertificate, makePart, showChain } from './harness/chain.ts';
let chain: readonly Uint8Array[] = [];

export default attack({
	title: 'a part of another manufacturer bears the number of the one that is expected',
	requirements: ['expected-device'],
	attacker: 'manufacturer',

	off: {
		patch: [
			{
				file: 'packages/service/enrolment/attestation.ts',
				find: 'trust.manufacturers.length > 1',
				replace: 'trust.manufacturers.length < 0',
			},
		],
		because: 'a number alone says nothing of whose it is, at every level',
	},
	refusal: 'part-unexpected',
	site: async () => {
		const ours = await makeCertificate({ name: 'ours', authority: 'unlimited' });
		const theirs = await makeCertificate({ name: 'theirs', authority: 'unlimited' });
		chain = [(await makePart(theirs)).der];
		return believing([ours.der, theirs.der]);
	},
	run: async (tools) => showChain(tools, chain),
});
