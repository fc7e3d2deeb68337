import { attack } from './harness/attack.ts';

export default attack({
	title: 'the service itself shows an auditor a leaf of the ledger in which somebody else did it',
	requirements: ['ledger'],
	attacker: 'service',
	given: {
		patch: [
			{
				file: 'packages/service/ledger/proofs.ts',
				find: '			content: place?.content ?? null,',
				replace: `			content: place?.content ?? null,
			...(place !== null && lie(place.content, leafAt(place.index), hashes(inclusionRanges(place.index, size)), place.index)),`,
			},
			{
				file: 'packages/service/ledger/proofs.ts',
				find: 'export const createProofs',
				replace: `const lie = (content: string, leaf: Uint8Array, inclusion: readonly Uint8Array[], index: number) => {
	const said = content.replace('"operator', '"somebody else');
	const [was, is] = [content, said].map((text) => createHash('sha256').update(text).digest('hex'));
	const bytes = new Uint8Array(Buffer.from(Buffer.from(leaf).toString('hex').replace(was ?? '', is ?? ''), 'hex'));
	return { content: said, leaf: { index, bytes, inclusion } };
};

export const createProofs`,
			},
			{
				file: 'packages/service/ledger/proofs.ts',
				find: "import { Problem } from '@keyward/core';",
				replace: "import { createHash } from 'node:crypto';\nimport { Problem } from '@keyward/core';",
			},
		],
		because: 'the service lies: it changes who did it, in the entry and in the leaf, and keeps the rest as it is',
	},
	off: {
		patch: [
			{
				file: 'packages/core/ledger/check-proof.ts',
				find: 'if (leaf !== null && !verifyInclusion(leafHash(leaf.bytes), leaf.index, size, leaf.inclusion, root))',
				replace:
					'if (leaf !== null && !verifyInclusion(leafHash(leaf.bytes), leaf.index, size, leaf.inclusion, root) && size < 0)',
			},
		],
		because: 'who asks for a proof has it checked at every level',
	},
	refusal: /is not what the signed checkpoint/,
	run: async ({ site, cli }) => {
		await site.ask('reader.expect', { application: 'hall', reader: 'desk' });
		const [entry] = await site.ask('audit.list', { limit: 1 });
		const { stdout, stderr } = await cli(['ledger', 'prove', '--audit', String(entry?.number), '--data', site.folder]);
		return {
			succeeded: stdout.includes('somebody else'),
			saw: `${stdout} ${stderr}`.replaceAll(/\s+/g, ' ').slice(0, 300),
			refusal: /NO: ([^[]*)/.exec(stdout)?.[1]?.trim() ?? null,
		};
	},
});
