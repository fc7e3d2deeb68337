import { parsePolicy, type Policy, type RequirementId } from '@keyward/core/policy';
import type { PolicyEpoch, PolicyStore } from '@keyward/core/port';
import { Problem, type Instant } from '@keyward/core';
import { createMutex } from '../thread/mutex.ts';

/** The policy in force of each application, and its epoch. */
export interface Policies {
	policyOf(application: string): Policy | null;
	/** As `policyOf`; throws `Problem('policy-unknown-application')`. */
	mustHave(application: string): Policy;
	epochs(): readonly PolicyEpoch[];
	/**
	 * Makes the text the application's next epoch. Durable when it resolves; then `onApplied` is told. Throws
	 * `Problem('changed-meanwhile')` when another instance applied one that is not known here yet.
	 */
	apply(text: string, now: Instant): Promise<PolicyEpoch>;
}

/** Reads the newest epochs from the store. Throws what `parsePolicy` throws when one cannot be read any more. */
export const openPolicies = async (
	store: PolicyStore,
	onApplied: (policy: Policy) => Promise<void> | void,
	/** See `ServiceOptions.allowWithout`. */
	allowWithout: readonly RequirementId[] = [],
): Promise<Policies> => {
	const read = (text: string, doubts: 'refused' | 'taken'): Policy => {
		const policy = parsePolicy(text, doubts);
		if (allowWithout.length === 0) return policy;
		const off = Object.fromEntries(allowWithout.map((id) => [id, null]));
		return { ...policy, parameters: { ...policy.parameters, ...off } };
	};
	const epochs = new Map<string, PolicyEpoch>();
	const policies = new Map<string, Policy>();
	const inTurn = createMutex();
	const load = async (): Promise<void> => {
		for (const epoch of await store.policies()) {
			epochs.set(epoch.application, epoch);
			policies.set(epoch.application, read(epoch.text, 'taken'));
		}
	};
	await load();
	const policyOf = (application: string): Policy | null => policies.get(application) ?? null;
	return {
		policyOf,
		mustHave: (application) => {
			const policy = policyOf(application);
			if (policy !== null) return policy;
			const known = [...policies.keys()].join(', ') || 'none yet';
			throw new Problem(
				'policy-unknown-application',
				`there is no application ${JSON.stringify(application)} here (${known}); apply its policy first: keyward policy apply FILE`,
			);
		},
		epochs: () => [...epochs.values()],
		apply: async (text, now) => {
			const policy = read(text, 'refused');
			const epoch = await inTurn(async () => {
				const known = epochs.get(policy.application)?.epoch ?? 0;
				const made = await store.putPolicy(policy.application, text, now, known).catch(async (error: unknown) => {
					// Another instance applied one: from now on that one is in force here too.
					await load();
					throw error;
				});
				epochs.set(policy.application, made);
				policies.set(policy.application, policy);
				return made;
			});
			await onApplied(policy);
			return epoch;
		},
	};
};
