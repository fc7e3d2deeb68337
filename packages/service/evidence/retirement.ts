import type { Instant } from '@keyward/core';
import { type Fact, serviceComponent } from '@keyward/core/policy';
import type { Principal, PrincipalName } from '@keyward/core/port';

const claim = 'erased-at-retirement';

const subjectOf = ({ application, id }: Pick<PrincipalName, 'application' | 'id'>): Fact['subject'] => ({
	kind: 'device',
	application,
	id,
});

/** The device said so itself: nobody else saw it. */
export const saidErased = (device: PrincipalName, at: Instant): Fact => ({
	...{ subject: subjectOf(device), claim, value: 'erased', strength: 'claimed', source: 'device', at },
});

/** Its readings' key is to be destroyed: on record before it is begun, so that one cut short is found and finished. */
export const erasureBegun = (device: Pick<PrincipalName, 'application' | 'id'>, at: Instant): Fact => ({
	...{ subject: subjectOf(device), claim, value: BEGUN, strength: 'observed', source: 'store', at },
});

/** The store was looked through, and nothing of it can be read. */
export const erasureVerified = (device: Pick<PrincipalName, 'application' | 'id'>, at: Instant): Fact => ({
	...erasureBegun(device, at),
	value: 'verified',
});

const BEGUN = 'erasure under way';

export const isBegun = ({ claim: about, value, source }: Fact): boolean =>
	about === claim && value === BEGUN && source === 'store';

/**
 * What is left of an application's devices that are out of service, as one fact of the service: the least of them, so that what was
 * shown of one never hides another. One that moved to another application is in service there.
 */
export const retirementFacts = (principals: readonly Principal[], facts: readonly Fact[], now: Instant): Fact[] => {
	const seen = { subject: serviceComponent, claim, source: 'registry', at: now } as const;
	let [value, strength]: [string, Fact['strength']] = ['verified', 'observed'];
	for (const { kind, application, id, state, at } of principals) {
		if (kind !== 'device' || state !== 'retired') continue;
		const own = facts.filter(
			({ subject, claim: about, at: when }) =>
				about === claim &&
				subject.kind === kind &&
				subject.application === application &&
				subject.id === id &&
				// What was shown of an earlier life of it says nothing of this one.
				when >= at,
		);
		if (own.some((fact) => fact.value === 'verified' && fact.source === 'store')) continue;
		if (!own.some((fact) => fact.value === 'erased'))
			return [{ ...seen, value: `${id} is out of service and not erased`, strength: 'observed' }];
		[value, strength] = ['erased', 'claimed'];
	}
	return [{ ...seen, value, strength }];
};
