import { parsePolicy, type Policy, type RequirementId } from '@keyward/core/policy';
import type { PolicyEpoch, Store } from '@keyward/core/port';
import { Problem, type Instant } from '@keyward/core';

/** The policy in force of each application, and its epoch. */
export interface Policies {
	policyOf(application: string): Policy | null;
	/** As `policyOf`; throws `Problem('policy-unknown-application')`. */
	mustHave(application: string): Policy;
	epochs(): readonly PolicyEpoch[];
	/** Makes the text the application's next epoch. Durable when it resolves; whoever watches is told then. */
	apply(text: string, now: Instant): Promise<PolicyEpoch>;
}

/** Reads the newest epochs from the store. Throws what `parsePolicy` throws when one cannot be read any more. */
export const openPolicies = async (
	store: Store,
	onApplied: (policy: Policy) => Promise<void> | void,
	/** See `ServiceOptions.allowWithout`. */
	allowWithout: readonly RequirementId[] = [],
): Promise<Policies> => {
	const read = (text: string): Policy => {
		const policy = parsePolicy(text);
		if (allowWithout.length === 0) return policy;
		const off = Object.fromEntries(allowWithout.map((id) => [id, null]));
		return { ...policy, parameters: { ...policy.parameters, ...off } };
	};
	const epochs = new Map<string, PolicyEpoch>();
	const policies = new Map<string, Policy>();
	for (const epoch of await store.policies()) {
		epochs.set(epoch.application, epoch);
		policies.set(epoch.application, read(epoch.text));
	}
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
			const policy = read(text);
			const epoch = await store.putPolicy(policy.application, text, now);
			epochs.set(policy.application, epoch);
			policies.set(policy.application, policy);
			await onApplied(policy);
			return epoch;
		},
	};
};
