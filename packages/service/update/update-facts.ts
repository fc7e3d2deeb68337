import { type Instant, days } from '@keyward/core';
import { type Fact, type Policy, updateComponent } from '@keyward/core/policy';
import { isExposed } from '@keyward/core/update';
import type { DeviceStanding } from './device-exposure.ts';

const many = (count: number): string => (count === 1 ? '' : ` and ${count - 1} more`);

/** The version that the service saw a device take; null: none. */
export type SeenVersion = (application: string, device: string) => string | null;

/**
 * catalogue: patch-deadline. How long each device has been exposed, by the oldest that is open; 0: to nothing that is known. What
 * it runs is its own word, so that this is no more than claimed, except of a version that the service saw it take. A device of which
 * nobody can tell is not said to be well.
 */
const patchFact = (application: string, standing: DeviceStanding, seen: string | null, now: Instant): Fact => {
	const { device, version, exposures, class: className } = standing;
	const open = (exposures ?? []).filter(isExposed);
	const [unclear] = open.filter(({ status }) => status === 'cannot-tell');
	const [oldest] = open;
	const value =
		version === null
			? 'it does not say which version it runs'
			: exposures === null
				? `no bill of materials of ${className} ${version}`
				: unclear !== undefined
					? `cannot tell whether ${unclear.component} is exposed to ${unclear.vulnerability}${many(open.length)}`
					: oldest === undefined
						? 0
						: Math.max(1, now - oldest.since);
	return {
		subject: { kind: 'device', application, id: device },
		// That nobody can tell is seen here.
		strength: typeof value === 'string' || (version !== null && version === seen) ? 'observed' : 'claimed',
		...{ claim: 'patch-deadline', value, source: 'advisories', at: now },
	};
};

/** catalogue: bill-of-materials. Every version that a device runs has its bill in the store, where advisories are compared with it. */
const billFact = (application: string, standings: readonly DeviceStanding[], now: Instant): Fact[] => {
	const running = standings.filter(({ version }) => version !== null);
	if (running.length === 0) return [];
	const without = new Set(
		running.filter(({ exposures }) => exposures === null).map((one) => `${one.class} ${one.version ?? ''}`),
	);
	const [first] = without;
	const value = first === undefined ? true : `no bill of materials of ${first}${many(without.size)}`;
	return [
		{
			subject: updateComponent(application),
			...{ claim: 'bill-of-materials', value, strength: 'observed', source: 'advisories', at: now },
		},
	];
};

const date = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/** catalogue: support-period. What the policy says of the class; the end itself is the last day that counts. */
const supportFact = (policy: Policy, { device, class: className }: DeviceStanding, now: Instant): Fact => {
	const until = policy.devices.get(className)?.supportUntil;
	const end = until === undefined ? null : until + days(1);
	const value =
		until === undefined || end === null
			? `the policy says no support-until of ${className || 'its class'}`
			: now < end || `support ended on ${date(until)}`;
	return {
		subject: { kind: 'device', application: policy.application, id: device },
		...{ claim: 'support-period', value, strength: 'claimed', source: 'policy', at: now },
		...(end !== null && now < end && { until: end }),
	};
};

/** Evidence of an application's updates at this moment. */
export const updateFacts = (
	policy: Policy,
	standings: readonly DeviceStanding[],
	seenVersion: SeenVersion,
	now: Instant,
): Fact[] => [
	...standings.flatMap((standing) => [
		patchFact(policy.application, standing, seenVersion(policy.application, standing.device), now),
		supportFact(policy, standing, now),
	]),
	...billFact(policy.application, standings, now),
];
