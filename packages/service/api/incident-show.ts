import type { IncidentSummary } from '@keyward/contract';
import { hours } from '@keyward/core';
import { detectors } from '@keyward/core/incident';
import type { AuditEntry, AuditStore } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { readInput } from './audit-log.ts';

/** Entries that are looked at, newest first, and that are shown. */
const PAGE = 1000;
const MOST_SHOWN = 1000;

/** Who did what with the device; what names no device, or another, is not of this incident. */
const actionsOf = async (
	store: Pick<AuditStore, 'actions'>,
	{ application, device, number: incident, opened, closed }: IncidentSummary,
): Promise<AuditEntry[]> => {
	const found: AuditEntry[] = [];
	const until = closed?.at ?? Number.POSITIVE_INFINITY;
	for (let before: number | undefined; found.length < MOST_SHOWN;) {
		const page = await store.actions({
			...{ since: opened - hours(1), application, limit: PAGE },
			...(before === undefined ? {} : { before }),
		});
		for (const entry of page) {
			const { device: named, id, number } = readInput(entry.input);
			const isOfDevice = entry.application === application && (named ?? id) === device;
			const isOfIncident = entry.operation === 'incident.close' && number === incident;
			if (entry.at <= until && (isOfDevice || isOfIncident)) found.push(entry);
		}
		const last = page.at(-1);
		if (page.length < PAGE || last === undefined) break;
		before = last.number;
	}
	return found.toReversed();
};

export const incidentShow =
	({ incidents, store, rekeyWaves }: ApiDependencies): Answer<'incident.show'> =>
	async ({ number }) => {
		const incident = incidents.get(number);
		const actions = (await actionsOf(store, incident)).map((entry) => {
			const fields = readInput(entry.input);
			const reason = fields['reason'] ?? fields['purpose'];
			return {
				...{ number: entry.number, at: entry.at, who: entry.who, operation: entry.operation },
				reason: typeof reason === 'string' ? reason : null,
				result: entry.ended?.result ?? null,
			};
		});
		const detector = incident.cause === 'reported' ? null : detectors[incident.cause];
		return { ...incident, detector, rekey: await rekeyWaves.progress(incident), actions };
	};
