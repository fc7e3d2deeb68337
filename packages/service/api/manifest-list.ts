import type { Answer, ApiDependencies } from './answer.ts';

export const manifestList =
	({ store }: ApiDependencies): Answer<'manifest.list'> =>
	() =>
		store.manifests();
