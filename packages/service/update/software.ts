import { createBulkWriter } from '../thread/bulk-writer.ts';
import type { SaidSoftware } from '../thread/link-messages.ts';
import type { Clock, PrincipalName, RunningSoftware, UpdateStore } from '@keyward/core/port';

/** What devices say that they run; changes are written in bulk. */
export interface Software {
	said(principal: PrincipalName, software: SaidSoftware): void;
	of(application: string): ReadonlyMap<string, RunningSoftware>;
	stop(): Promise<void>;
}

export const openSoftware = async (
	store: Pick<UpdateStore, 'software' | 'putSoftware'>,
	clock: Clock,
	report: (error: unknown) => void,
): Promise<Software> => {
	const known = new Map<string, Map<string, RunningSoftware>>();
	const note = (one: RunningSoftware): void => {
		const own = known.get(one.application) ?? new Map<string, RunningSoftware>();
		known.set(one.application, own.set(one.device, one));
	};
	for (const one of await store.software()) note(one);
	const writer = createBulkWriter<RunningSoftware>((said) => store.putSoftware(said), report);
	return {
		said: ({ kind, application, id }, { version, agent }) => {
			// Who says nothing at all takes nothing back: a client that connects once, to try its key.
			if (kind !== 'device' || (version === null && agent === null)) return;
			const before = known.get(application)?.get(id);
			if (before?.version === version && before.agent === agent) return;
			const now = { application, device: id, version, agent, at: clock.now() };
			note(now);
			writer.put(`${application}/${id}`, now);
		},
		of: (application) => known.get(application) ?? new Map(),
		stop: () => writer.stop(),
	};
};
