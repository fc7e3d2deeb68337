import { principalKey } from '@keyward/core/device/principal-name';
import type { GivenRefusal } from '../thread/link-messages.ts';

/** CR 7.1: peers choose how many there are. */
const MOST_KINDS = 500;
const LONGEST_REASON = 300;

/** Refusals that a worker gave since they were last taken, one of each kind and peer with how often. */
export interface GivenRefusals {
	add(given: Omit<GivenRefusal, 'times'>): void;
	take(): readonly GivenRefusal[];
}

export const createGivenRefusals = (): GivenRefusals => {
	let kinds = new Map<string, GivenRefusal>();
	return {
		add: (given) => {
			const { principal, fingerprint, application, code, requirement } = given;
			const who = principal === null ? (fingerprint ?? '') : principalKey(principal);
			let key = `${code} ${requirement} ${who}`;
			let told: Omit<GivenRefusal, 'times'> = given;
			if (kinds.size >= MOST_KINDS && !kinds.has(key)) {
				// What is evidence of the requirement is told all the same.
				key = `${code} ${requirement} in ${application}`;
				told = { ...given, principal: null, fingerprint: null };
			}
			const times = (kinds.get(key)?.times ?? 0) + 1;
			kinds.set(key, { ...told, reason: given.reason.slice(0, LONGEST_REASON), times });
		},
		take: () => {
			if (kinds.size === 0) return [];
			const taken = [...kinds.values()];
			kinds = new Map();
			return taken;
		},
	};
};
