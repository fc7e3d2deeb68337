import assert from 'node:assert/strict';
import type { ContainmentView, IncidentSummary } from '@keyward/contract';
import { type Instant, Problem } from '@keyward/core';
import { principalKey } from '@keyward/core/device';
import { containmentSteps, nextStep, type RekeyWanted, sinceEarlier } from '@keyward/core/incident';
import type { Clock, PrincipalName, PrincipalStore } from '@keyward/core/port';
import type { Log } from '../log/log.ts';
import { createKeyedMutex } from '../thread/keyed-mutex.ts';
import type { Incidents } from './incidents.ts';
import type { Steps } from './containment-step.ts';

/** Who wants a device contained, and why. */
export interface ContainRequest {
	readonly application: string;
	readonly device: string;
	readonly since: Instant;
	readonly reason: string;
	/** `operator` (with a login where known), `person` and a name, or the detector that has proof. */
	readonly by: string;
	/** What a detector has proof of: its incident is opened with the containment in it, so that no crash leaves the one without the other. */
	readonly proof?: Pick<IncidentSummary, 'cause' | 'times' | 'evidence'>;
	/** Others that are asked for a new key, so many at once. What is left out stays as it was asked for before; at first the device's class, ten at once. */
	readonly rekey?: { readonly [Name in 'of' | 'wave']?: RekeyWanted[Name] | undefined };
}

export interface Contained {
	readonly incident: IncidentSummary;
	readonly containment: ContainmentView;
	/** It was contained before; an earlier `since` was taken up. */
	readonly already: boolean;
	readonly cut: number;
}

/** Requirement `containment-time`: devices that may be somebody else's are shut out at once and for good (CR 2.6). */
export interface Containments {
	/** All steps are done and durable when it resolves. Throws `device-unknown`, and `request-malformed` for a time to come. */
	contain(request: ContainRequest): Promise<Contained>;
	/** Goes on with what a crash cut short, at the start and before anybody may connect. Gives how many. */
	recover(): Promise<number>;
}

/** Devices that are asked for new keys at once, where nobody says how many. */
const WAVE = 10;

export const createContainments = (
	store: Pick<PrincipalStore, 'principal'>,
	incidents: Incidents,
	steps: Steps,
	clock: Clock,
	log: Pick<Log, 'warn'>,
): Containments => {
	const inTurn = createKeyedMutex();
	const nameOf = ({ application, device }: { application: string; device: string }): PrincipalName => ({
		...{ kind: 'device', application, id: device },
	});

	/** From the first step that is not on record to the last: what a new one and an interrupted one go through alike. */
	const run = async (number: number): Promise<Omit<Contained, 'already'>> => {
		let cut = 0;
		for (;;) {
			const incident = incidents.get(number);
			const { containment } = incident;
			assert(containment !== null);
			const step = nextStep(containment);
			if (step === null) return { incident, containment, cut };
			const done = await steps[step](nameOf(incident), containment);
			cut += done.cut ?? 0;
			await incidents.change(number, (now) =>
				now.containment === null
					? now
					: {
							...now,
							containment: {
								...now.containment,
								...done.found,
								steps: [...now.containment.steps, { step, at: clock.now(), result: done.result }],
							},
						},
			);
		}
	};

	/** The containment that keeps the device out now, if there is one. One that was commissioned again is another device. */
	const standing = async (device: PrincipalName): Promise<IncidentSummary | undefined> => {
		const last = ofDevice(device).findLast(({ containment }) => containment !== null);
		if (last === undefined || last.containment === null) return undefined;
		// Cut short by an error that was told: asked again, it goes on.
		if (nextStep(last.containment) === 'cut') return last;
		return (await store.principal(device))?.state === 'retired' ? last : undefined;
	};
	const ofDevice = ({ application, id }: PrincipalName): IncidentSummary[] =>
		incidents.all().filter((one) => one.application === application && one.device === id);

	const contain = async (request: ContainRequest): Promise<Contained> => {
		const { application, device, since, reason, by } = request;
		const name = nameOf(request);
		const asked = clock.now();
		if (since > asked)
			throw new Problem(
				'request-malformed',
				`since is in the future: it is ${new Date(asked).toISOString()} by the service's clock. Say from when on the device may have been opened.`,
			);
		const principal = await store.principal(name);
		if (principal === null) {
			const reader = await store.principal({ kind: 'reader', application, id: device });
			const instead = reader === null ? '' : ` The reader of that name: keyward revoke reader ${device}.`;
			throw new Problem('device-unknown', `There is no device ${device} in ${application}.${instead}`);
		}
		/** Asked for again, it goes on from where it is. */
		const withRekey = (containment: ContainmentView): ContainmentView =>
			request.rekey === undefined
				? containment
				: {
						...containment,
						rekey: {
							of: request.rekey.of ?? containment.rekey?.of ?? 'class',
							wave: request.rekey.wave ?? containment.rekey?.wave ?? WAVE,
							...{ class: principal.class, asked: containment.rekey?.asked ?? asked },
						},
					};
		const open = (containment: ContainmentView | null): Promise<IncidentSummary> =>
			incidents.open({
				...{ application, device, opened: asked, cause: 'reported', by, reason },
				...{ times: 1, last: asked, evidence: [], containment, closed: null },
				...(request.proof !== undefined && { ...request.proof, by: 'detector' }),
			});
		const before = await standing(name);
		if (before !== undefined) {
			if (request.proof !== undefined) await open(null);
			await incidents.change(before.number, (now) =>
				now.containment === null ? now : { ...now, containment: withRekey(sinceEarlier(now.containment, since)) },
			);
			return { ...(await run(before.number)), already: true };
		}
		const fresh = withRekey({
			...{ asked, since, by, reason, steps: [], took: null, awaits: [], tainted: [] },
		});
		const told =
			request.proof === undefined
				? ofDevice(name).findLast((one) => one.closed === null && one.containment === null)
				: undefined;
		const { number } =
			told === undefined
				? await open(fresh)
				: await incidents.change(told.number, (now) => ({ ...now, containment: fresh }));
		const done = await run(number);
		log.warn('contained', { application, device, incident: number, by, reason, took: done.containment.took });
		return { ...done, already: false };
	};

	return {
		contain: (request) => inTurn(principalKey(nameOf(request)), () => contain(request)),
		recover: async () => {
			let count = 0;
			for (const { number, containment, application, device } of incidents.all()) {
				if (containment === null || nextStep(containment) === null) continue;
				await run(number);
				count++;
				log.warn('a containment that was cut short is done', { application, device, steps: containmentSteps.length });
			}
			return count;
		},
	};
};
