import type { Store } from '@keyward/core/port';
import { type Limits, withRoom } from '../ingest/limits.ts';
import type { Manifests } from '../manifests/manifests.ts';
import type { Answers } from './answers.ts';

/** Manifests of makers. */
export const manifestAnswers = (
	store: Pick<Store, 'manifests'>,
	manifests: Manifests,
	limits: Limits,
): Answers<'manifest.import' | 'manifest.list'> => ({
	'manifest.import': withRoom(limits, async ({ maker, file }) => {
		const { named, signer, parts, keys } = await manifests.take(maker, file);
		return { signer, named: Array.from(named), parts, keys };
	}),
	'manifest.list': () => store.manifests(),
});
