import type { Answer, ApiDependencies } from './answer.ts';

export const bootReferenceList =
	({ store }: ApiDependencies): Answer<'boot-reference.list'> =>
	async ({ application }) =>
		(await store.bootReferences(application)).map((one) => ({
			application: one.application,
			class: one.class,
			version: one.version,
			at: one.at,
		}));
