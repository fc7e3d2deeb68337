import type { Answer, ApiDependencies } from './answer.ts';

export const incidentList =
	({ incidents }: ApiDependencies): Answer<'incident.list'> =>
	async ({ application, device, open }) =>
		incidents
			.all()
			.filter(
				(one) =>
					(application === undefined || one.application === application) &&
					(device === undefined || one.device === device) &&
					(open !== true || one.closed === null),
			)
			.toReversed();
