import type { IncidentSummary } from '@keyward/contract';
import { incidentShape } from '@keyward/contract';
import { Problem } from '@keyward/core';
import type { IncidentStore } from '@keyward/core/port';
import { createMutex } from '../thread/mutex.ts';

/** Every incident of the site, at hand. Each change is durable when it resolves. */
export interface Incidents {
	open(incident: Omit<IncidentSummary, 'number'>): Promise<IncidentSummary>;
	/** Changes what is known of one at this moment; one change after another. Throws `Problem('no-such-thing')`. */
	change(number: number, to: (incident: IncidentSummary) => IncidentSummary): Promise<IncidentSummary>;
	/** Throws `Problem('no-such-thing')`. */
	get(number: number): IncidentSummary;
	/** Oldest first. */
	all(): readonly IncidentSummary[];
	/** Told of each that is new or changed, and of all that are known when it is given. */
	onChange(listener: (incident: IncidentSummary) => void): void;
}

const read = async ({ number, text }: { readonly number: number; readonly text: string }): Promise<IncidentSummary> => {
	const { default: Value } = await import('typebox/value');
	const incident: unknown = JSON.parse(text);
	if (!Value.Check(incidentShape, incident))
		throw new Problem('store-failed', `Incident ${number} is not as it was written: restore a backup.`);
	return incident;
};

/** Throws `Problem('store-failed')` where what is stored is no incident. */
export const openIncidents = async (store: IncidentStore): Promise<Incidents> => {
	const known = new Map<number, IncidentSummary>();
	const listeners: ((incident: IncidentSummary) => void)[] = [];
	const inOrder = createMutex();
	for (const one of await store.incidents()) known.set(one.number, { ...(await read(one)), number: one.number });
	const get = (number: number): IncidentSummary => {
		const incident = known.get(number);
		if (incident === undefined)
			throw new Problem('no-such-thing', `There is no incident ${number}: see keyward incident list.`);
		return incident;
	};
	const keep = (incident: IncidentSummary): IncidentSummary => {
		known.set(incident.number, incident);
		for (const listener of listeners) listener(incident);
		return incident;
	};
	return {
		open: (incident) =>
			inOrder(async () => {
				const { application, device, opened } = incident;
				const text = JSON.stringify({ ...incident, number: 0 });
				return keep({ ...incident, number: await store.addIncident({ application, device, opened, text }) });
			}),
		change: (number, to) =>
			inOrder(async () => {
				const changed = to(get(number));
				await store.putIncident(number, JSON.stringify(changed));
				return keep(changed);
			}),
		get,
		all: () => [...known.values()],
		onChange: (listener) => {
			listeners.push(listener);
			for (const incident of known.values()) listener(incident);
		},
	};
};
