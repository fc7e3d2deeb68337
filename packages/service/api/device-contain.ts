import type { Answer, ApiDependencies } from './answer.ts';

export const deviceContain =
	({ containments }: ApiDependencies): Answer<'device.contain'> =>
	async (request) => {
		const { incident, already, cut, containment } = await containments.contain({ ...request, by: 'operator' });
		return { incident: incident.number, already, cut, containment };
	};
