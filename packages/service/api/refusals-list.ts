import type { Answer, ApiDependencies } from './answer.ts';

const MOST = 1000;

export const refusalsList =
	({ refusals }: ApiDependencies): Answer<'refusals.list'> =>
	async ({ application, device }) =>
		refusals
			.all()
			.filter(
				({ principal }) =>
					(application === undefined || principal?.application === application) &&
					(device === undefined || (principal?.kind === 'device' && principal.id === device)),
			)
			.slice(0, MOST);
