import type { Answer, ApiDependencies } from './answer.ts';

export const siteHealth =
	({ health }: ApiDependencies): Answer<'site.health'> =>
	() =>
		health();
