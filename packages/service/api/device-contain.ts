import { callerName } from '../people/caller-name.ts';
import type { Answer, ApiDependencies } from './answer.ts';

export const deviceContain =
	({ containments }: ApiDependencies): Answer<'device.contain'> =>
	async (request, allowed, caller) => {
		const { incident, already, cut, containment } = await containments.contain({
			...request,
			by: callerName(caller, allowed),
		});
		return { incident: incident.number, already, cut, containment };
	};
