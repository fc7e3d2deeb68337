import { type Instant, Problem } from '@keyward/core';
import { CHALLENGE_LIFETIME, type ChallengedPart } from '@keyward/core/attest';
import type { KeyEvidence } from '@keyward/core/device';
import type { PrincipalName } from '@keyward/core/port';

/** How far a device has come in showing where its key lives. */
export type Step =
	| {
			readonly kind: 'challenged';
			readonly holder: PrincipalName;
			readonly nonce: Uint8Array;
			readonly format: string;
			readonly part: ChallengedPart;
			readonly until: Instant;
	  }
	| {
			readonly kind: 'appraised';
			readonly holder: PrincipalName;
			readonly publicKey: Uint8Array;
			readonly evidence: KeyEvidence;
			readonly until: Instant;
	  };

/** Challenges and what became of them, by connection. In memory alone: a restart ends every connection, and so every challenge. */
export interface OpenChallenges {
	/**
	 * Makes room for a device's next step on this connection: what it had open is gone. Throws `Problem('challenge-limit')` when it
	 * asks too often.
	 */
	begin(device: string, binding: string, now: Instant): void;
	put(binding: string, step: Step): void;
	/** Gives what is open on the connection, which is spent by that; whether it is too old is for the caller to judge. */
	take(binding: string): Step | null;
}

/** Challenges to one device in the time that one lives: several tries by a slow TPM, and no flood. */
const MOST_CHALLENGES = 10;

export const createOpenChallenges = (): OpenChallenges => {
	const steps = new Map<string, Step>();
	/** By device: its connection, so that one device has one step open, and how many challenges it had of late. */
	const askers = new Map<string, { binding: string; count: number; until: Instant }>();

	/** Both are in the order of their ends. */
	const forget = (now: Instant): void => {
		for (const [binding, { until }] of steps) {
			if (now < until) break;
			steps.delete(binding);
		}
		for (const [device, { until }] of askers) {
			if (now < until) break;
			askers.delete(device);
		}
	};

	return {
		begin: (device, binding, now) => {
			forget(now);
			const before = askers.get(device);
			// RFC 9334 §12.2: anyone who could ask without end would keep this service computing, and fill its memory.
			if (before !== undefined && before.count >= MOST_CHALLENGES) {
				throw new Problem('challenge-limit', 'Too many challenges within a minute: wait that long, then begin again.');
			}
			if (before !== undefined) steps.delete(before.binding);
			steps.delete(binding);
			const until = before?.until ?? now + CHALLENGE_LIFETIME;
			askers.set(device, { binding, count: (before?.count ?? 0) + 1, until });
		},
		put: (binding, step) => void steps.set(binding, step),
		take: (binding) => {
			const step = steps.get(binding) ?? null;
			steps.delete(binding);
			return step;
		},
	};
};
