import { seconds } from '@keyward/core';
import type { SaidSoftware } from '../thread/link-messages.ts';
import type { Clock, PrincipalName, RunningSoftware, UpdateStore } from '@keyward/core/port';

/** What devices say that they run; changes are written in bulk. */
export interface Software {
	said(principal: PrincipalName, software: SaidSoftware): void;
	of(application: string): ReadonlyMap<string, RunningSoftware>;
	stop(): Promise<void>;
}

const WRITE_EVERY = seconds(2);

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
	let unwritten = new Map<string, RunningSoftware>();
	let writing: Promise<void> = Promise.resolve();
	const write = (): void => {
		if (unwritten.size === 0) return;
		const said = [...unwritten.values()];
		unwritten = new Map();
		writing = writing.then(() => store.putSoftware(said)).catch(report);
	};
	const timer = setInterval(write, WRITE_EVERY);
	return {
		said: ({ kind, application, id }, { version, agent }) => {
			// Who says nothing at all takes nothing back: a client that connects once, to try its key.
			if (kind !== 'device' || (version === null && agent === null)) return;
			const before = known.get(application)?.get(id);
			if (before?.version === version && before.agent === agent) return;
			const now = { application, device: id, version, agent, at: clock.now() };
			note(now);
			unwritten.set(`${application}/${id}`, now);
		},
		of: (application) => known.get(application) ?? new Map(),
		stop: async () => {
			clearInterval(timer);
			write();
			await writing;
		},
	};
};
