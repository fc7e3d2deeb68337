import { withRoom } from '../ingest/limits.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const manifestImport = ({ manifests, limits }: ApiDependencies): Answer<'manifest.import'> =>
	withRoom(limits, async ({ manufacturer, file }) => {
		const { named, signer, parts, keys } = await manifests.take(manufacturer, file);
		return { signer, named: Array.from(named), parts, keys };
	});
