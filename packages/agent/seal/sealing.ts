import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Milliseconds, minutes, Problem } from '@keyward/core';
import type { Roster } from '@keyward/core/seal';
import { encapsulateKem, makeEphemeralAgreementKey } from '@keyward/custody';
import type { Dating } from '../clock/dating.ts';
import type { MachineClock } from '../clock/machine-clock.ts';
import { requireStreamKey } from '../enrolment/register-key.ts';
import { type Identity, openIdentity } from '../identity/identity.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OwnerTime } from '../roster/owner-time.ts';
import { refreshRosterOf, rosterOf } from '../roster/device-roster.ts';
import { OpenSigner } from './open-signer.ts';
import { Sealer } from './sealer.ts';
import { newestRoster, type SealerOptions, type SealingRoster } from './sealer-options.ts';

export interface SealingOptions {
	readonly identity: Identity;
	readonly outbox: Outbox;
	readonly machine: MachineClock;
	/** What the owner signed is judged by it. */
	readonly dating: Pick<Dating, 'now'> & Partial<Pick<OwnerTime, 'took' | 'keep'>>;
	readonly disputed?: () => boolean;
	readonly complain: (problem: Problem) => void;
	readonly refused?: SealerOptions['refused'];
	readonly wake: () => void;
	/** How often the owner's roster is asked for. */
	readonly every?: Milliseconds;
}

/** What seals for a running device, and follows its owner. */
export interface RunningSealer {
	readonly sealer: Sealer;
	/** The owner's newest roster that this device has, however old. */
	roster(): Roster | null;
	/** The service says that the roster of this number is in force: it is fetched at once. */
	told(number: number): void;
	/** Follows the owner's rosters until stopped. */
	follow(signal: AbortSignal): Promise<void>;
}

/** What signs what a running device sends open. Without an owner, as its service asks. */
export const startSigning = (
	{ identity, outbox, machine, dating, complain, wake }: Omit<SealingOptions, 'every'>,
	sealing: RunningSealer | null,
): OpenSigner => {
	const { application, id: device, folder } = identity;
	const signer = new OpenSigner({
		...{ application, device, outbox, machine, complain, wake },
		signer: async () => requireStreamKey(await openIdentity(folder)),
		roster: () => sealing?.roster() ?? null,
		now: () => dating.now(),
	});
	signer.start();
	return signer;
};

/** Null for a device that was commissioned without an owner: nobody said for whom to seal. */
export const startSealing = async (options: SealingOptions): Promise<RunningSealer | null> => {
	const { identity, outbox, machine, dating, disputed, complain, refused, wake, every = minutes(1) } = options;
	if (identity.owner === undefined) return null;
	const { application, id: device, folder } = identity;
	const sealer = new Sealer({
		...{ application, device, outbox, machine, complain, wake },
		...(disputed !== undefined && { disputed }),
		...(refused !== undefined && { refused }),
		signer: async () => requireStreamKey(await openIdentity(folder)),
		entropy: { bytes: (count) => Uint8Array.from(randomBytes(count)) },
		ephemeral: async () => makeEphemeralAgreementKey(),
		encapsulate: encapsulateKem,
		now: () => dating.now(),
	});
	const first = (await rosterOf(identity, dating.now())) ?? { state: 'stale' as const, last: null };
	let newest = newestRoster(first);
	if (newest !== null) await dating.took?.(newest.issued);
	const take = async (roster: SealingRoster): Promise<void> => {
		newest = newestRoster(roster);
		if (newest !== null) await dating.took?.(newest.issued);
		await sealer.takeRoster(roster);
	};
	await sealer.start(first);
	let said = 0;
	let lookNow = new AbortController();
	return {
		sealer,
		roster: () => newest,
		told: (number) => {
			// Each number once: a service that lies is asked no more often than it says another.
			if (number <= Math.max(newest?.number ?? 0, said)) return;
			said = number;
			lookNow.abort();
		},
		follow: async (signal) => {
			while (!signal.aborted) {
				// Word that comes while it looks has it look again.
				lookNow = new AbortController();
				try {
					const roster = await refreshRosterOf(await openIdentity(folder), dating.now());
					if (roster !== null) await take(roster);
				} catch (error) {
					if (!(error instanceof Problem)) throw error;
					// What it has counts until it expires.
					if (error.code !== 'site-unreachable') complain(error);
					const last = await rosterOf(identity, dating.now());
					if (last !== null) await take(last);
				}
				await dating.keep?.();
				await sleep(every, undefined, { signal: AbortSignal.any([signal, lookNow.signal]) }).catch(() => {});
			}
		},
	};
};
