import { callerName } from '../people/caller-name.ts';
import type { Answer, ApiDependencies } from './answer.ts';
import { silencedBy } from './silenced.ts';

export const deviceContain =
	({ containments, ...dependencies }: ApiDependencies): Answer<'device.contain'> =>
	async (request, allowed, caller) => {
		const silent = await silencedBy(dependencies, { application: request.application, id: request.device });
		const { incident, already, cut, containment } = await containments.contain({
			...request,
			by: callerName(caller, allowed),
		});
		return { incident: incident.number, already, cut, silent, containment };
	};
