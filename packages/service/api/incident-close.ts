import { Problem } from '@keyward/core';
import { nextStep } from '@keyward/core/incident';
import type { Answer, ApiDependencies } from './answer.ts';

export const incidentClose =
	({ incidents, clock }: ApiDependencies): Answer<'incident.close'> =>
	async ({ number, reason }) =>
		incidents.change(number, (incident) => {
			const { closed, containment } = incident;
			if (closed !== null)
				throw new Problem(
					'request-malformed',
					`Incident ${number} was closed at ${new Date(closed.at).toISOString()}.`,
				);
			if (containment !== null && nextStep(containment) !== null)
				throw new Problem('request-malformed', `Incident ${number} is being contained: close it when that is done.`);
			return { ...incident, closed: { at: clock.now(), reason } };
		});
