import type { Answer, ApiDependencies } from './answer.ts';

export const grantList =
	({ grants }: ApiDependencies): Answer<'grant.list'> =>
	async ({ application }) => [...(application === undefined ? grants.all() : grants.of(application))];
