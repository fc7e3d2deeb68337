import { Problem } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import type { Clock, FactStore, PrincipalName, PrincipalStore } from '@keyward/core/port';
import {
	dueTrial,
	isRefusal,
	type RefusedRelease,
	type RollbackTrial,
	TRIAL_AGAIN,
	TRIAL_COUNTS_FOR,
} from '@keyward/core/update';
import type { Observations } from '../evidence/observations.ts';
import type { Log } from '../log/log.ts';
import type { Owner } from '../owner/owner.ts';

/**
 * Offers devices a release that their owner signed and that lies below their floor, and looks on. A device cannot tell it from the
 * offer of a site that was taken over. A device that asks for the image has failed, and is not given it: nothing older is ever installed.
 */
export interface RollbackTrials {
	/** What it is offered now; null: nothing. */
	offer(device: PrincipalName, said: { readonly floor: number; readonly state: string }): Promise<string | null>;
	/** Takes what it says of a release that it did not take. */
	said(device: PrincipalName, refused: RefusedRelease | null): void;
	/** It asks for this image. Throws `Problem('release-below-floor')` when that was to be refused. */
	asked(device: PrincipalName, path: string): void;
}

/** Of what trials showed. */
export const TRIAL_SOURCE = 'rollback trial';
const REFUSED = 'stored-floor';

const keyOf = ({ application, id }: Pick<PrincipalName, 'application' | 'id'>): string => `${application}/${id}`;

export const openRollbackTrials = async (
	store: Pick<FactStore, 'facts'> & Pick<PrincipalStore, 'principal'>,
	{
		owner,
		observations,
		clock,
		log,
	}: {
		readonly owner: Pick<Owner, 'repository'>;
		readonly observations: Pick<Observations, 'see'>;
		readonly clock: Clock;
		readonly log: Log;
	},
): Promise<RollbackTrials> => {
	const open = new Map<string, RollbackTrial>();
	const last = new Map<string, { readonly at: number; readonly refused: boolean }>();
	for (const { source, subject, at, value } of await store.facts())
		if (source === TRIAL_SOURCE) last.set(keyOf(subject), { at, refused: value === REFUSED });

	const note = ({ application, id }: PrincipalName, value: Fact['value'], refused: boolean): void => {
		const at = clock.now();
		open.delete(keyOf({ application, id }));
		last.set(keyOf({ application, id }), { at, refused });
		observations.see({
			subject: { kind: 'device', application, id },
			...{
				claim: 'rollback-refused',
				value,
				strength: 'observed',
				source: TRIAL_SOURCE,
				at,
				until: at + TRIAL_COUNTS_FOR,
			},
		});
	};
	return {
		offer: async (device, { floor, state }) => {
			const key = keyOf(device);
			const now = clock.now();
			const under = open.get(key);
			// What was offered and not answered has shown nothing.
			if (under !== undefined && now - under.at < TRIAL_AGAIN) return null;
			const signed = owner.repository()?.releases.get(device.application)?.releases ?? [];
			const images = signed.map(({ release, image }) => ({
				...{ class: release.class, path: image.path, securityFloor: release.securityFloor },
			}));
			const known = await store.principal(device);
			const trial = dueTrial(images, { class: known?.class ?? '', floor, state }, last.get(key) ?? null, now);
			if (trial === null) open.delete(key);
			else open.set(key, trial);
			return trial?.path ?? null;
		},
		said: (device, refused) => {
			const trial = open.get(keyOf(device));
			if (trial !== undefined && isRefusal(trial, refused)) note(device, REFUSED, true);
		},
		asked: (device, path) => {
			const trial = open.get(keyOf(device));
			if (trial?.path !== path) return;
			const { application, id } = device;
			note(device, 'it asked for a release below its floor', false);
			log.warn('a device asked for a release below its own security floor', { application, device: id, release: path });
			throw new Problem('release-below-floor', `${path} is below the security floor that ${id} says it keeps.`);
		},
	};
};
