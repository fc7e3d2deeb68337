import type { Material } from '@keyward/core/keycheck';
import { collectorFor, type Held } from './collect.ts';
import { readStreamInto } from './file.ts';
import { defaultLimits } from './content/limits.ts';
import type { ScanProblem } from './problem.ts';
import { contentSink } from './reader/stream.ts';
import { signatureIndex } from './signature-index.ts';

/** Reads contents that somebody gives, where there are no files: what is packed stays closed, and is said. */
export interface ContentScan {
	/** `file` is how its findings are called. Gives how many things were found in it. */
	read(file: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;
}

export const contentScan = (
	onMaterial: (material: Material) => void,
	onProblem: (problem: ScanProblem) => void,
): ContentScan => {
	const signatures = signatureIndex(onMaterial);
	return {
		read: async (file, chunks) => {
			let materials = 0;
			const give = (material: Material): void => {
				materials++;
				onMaterial(material);
			};
			const held: Held = { source: null };
			const { content, locked, problems } = collectorFor(file, { ...defaultLimits, depth: 0 }, give, signatures, held);
			await readStreamInto(chunks, contentSink(content), () => {});
			for (const one of locked) content.problem('encrypted, and not opened here', one.label);
			for (const problem of problems()) onProblem(problem);
			return materials;
		},
	};
};
