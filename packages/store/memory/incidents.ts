import { Problem } from '@keyward/core';
import type { IncidentStore, StoredIncident } from '@keyward/core/port';

export const memoryIncidents = (): IncidentStore => {
	const incidents = new Map<number, StoredIncident>();
	return {
		addIncident: async (incident) => {
			const number = incidents.size + 1;
			incidents.set(number, { ...incident, number });
			return number;
		},
		putIncident: async (number, text) => {
			const known = incidents.get(number);
			if (known === undefined) throw new Problem('store-failed', `There is no incident ${number}.`);
			incidents.set(number, { ...known, text });
		},
		incidents: async () => Array.from(incidents.values(), (one) => ({ ...one })),
	};
};
