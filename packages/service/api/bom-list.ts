import type { Answer, ApiDependencies } from './answer.ts';

export const bomList =
	({ updates }: ApiDependencies): Answer<'bom.list'> =>
	async ({ application }) =>
		Array.from(updates.bills.all(application));
