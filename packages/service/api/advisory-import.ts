import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const advisoryImport = ({ updates, limits }: ApiDependencies): Answer<'advisory.import'> =>
	withRoom(limits, async ({ path }) => {
		const { taken, refused } = await updates.documents.take(path, true);
		return {
			taken: taken.map((one) => ({ ...one, unmatched: Array.from(one.unmatched) })),
			refused: Array.from(refused),
		};
	});
