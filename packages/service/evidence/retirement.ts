import type { Instant } from '@keyward/core';
import type { TpmClock } from '@keyward/core/attest';
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

/** What a device's TPM said of itself before it is to be cleared. */
export interface ClearingBegun {
	/** As `KeyEvidence.part`. */
	readonly part: string;
	readonly clock: TpmClock;
	/** SHA-256 of what its holder proves itself with once its key is gone, lower-case hex. */
	readonly secret: string;
	/** Fingerprint of its newest certificate then, lower-case hex: one that came after had a key of which nothing was said. */
	readonly newest: string;
}

const CLEARING = 'clearing under way: ';

/** Two sources, so that the one stays beside the other, and what was cut short after the last step can be done again. */
const sourceOf = (source: 'registrar' | 'tpm', emulated: boolean): string =>
	emulated ? `${source} (emulated part)` : source;

/** On record before the TPM is cleared: after a restart too its clock can be compared. */
export const clearingBegun = (
	device: PrincipalName,
	{ part, clock: { clock, resetCount }, secret, newest }: ClearingBegun,
	emulated: boolean,
	at: Instant,
): Fact => ({
	...{ subject: subjectOf(device), claim, strength: 'attested', source: sourceOf('registrar', emulated), at },
	value: CLEARING + JSON.stringify([part, String(clock), resetCount, secret, newest]),
});

/** What {@link clearingBegun} put on record of this device last; else null. */
export const openClearing = (facts: readonly Fact[], { id }: Pick<PrincipalName, 'id'>): ClearingBegun | null => {
	for (const { subject, claim: about, source, value } of facts) {
		if (subject.kind !== 'device' || subject.id !== id || about !== claim || !source.startsWith('registrar')) continue;
		if (typeof value !== 'string' || !value.startsWith(CLEARING)) continue;
		const [part, clock, resetCount, secret, newest] = JSON.parse(value.slice(CLEARING.length)) as [
			...[part: string, clock: string, resetCount: number, secret: string, newest: string],
		];
		return { part, clock: { clock: BigInt(clock), resetCount }, secret, newest };
	}
	return null;
};

/** Its TPM showed that it was cleared: the key of its certificate is gone. */
export const clearingAttested = (device: PrincipalName, emulated: boolean, at: Instant): Fact => ({
	...{
		subject: subjectOf(device),
		claim,
		value: 'attested',
		strength: 'attested',
		source: sourceOf('tpm', emulated),
		at,
	},
});

/** What was shown of one device that is out of service: the least that counts for its application. */
export type Erasure = 'unknown' | 'erased' | 'verified' | 'attested';

const worst: readonly Erasure[] = ['unknown', 'erased', 'verified', 'attested'];

/** By the facts about it; null where it is in service. */
export const erasureOf = ({ kind, state, at }: Principal, facts: readonly Fact[]): Erasure | null => {
	if (kind !== 'device' || state !== 'retired') return null;
	// What was shown of an earlier life of it says nothing of this one.
	const own = facts.filter(({ claim: about, at: when }) => about === claim && when >= at);
	const isVerified = own.some((fact) => fact.value === 'verified' && fact.source === 'store');
	const isAttested = own.some((fact) => fact.value === 'attested' && fact.strength === 'attested');
	if (isVerified) return isAttested ? 'attested' : 'verified';
	return isAttested || own.some((fact) => fact.value === 'erased') ? 'erased' : 'unknown';
};

/**
 * What is left of an application's devices that are out of service, as one fact of the service: the least of them, so that what was
 * shown of one never hides another. One that moved to another application is in service there.
 */
export const retirementFact = (retired: ReadonlyMap<string, Erasure>, now: Instant): Fact => {
	let [least, of]: [Erasure, string] = ['attested', ''];
	for (const [id, one] of retired) if (worst.indexOf(one) < worst.indexOf(least)) [least, of] = [one, id];
	const seen = { subject: serviceComponent, claim, source: 'registry', at: now } as const;
	if (least === 'unknown') return { ...seen, value: `${of} is out of service and not erased`, strength: 'observed' };
	const strength = ({ erased: 'claimed', verified: 'observed', attested: 'attested' } as const)[least];
	return { ...seen, value: least, strength };
};
