import { days, type Instant, type Milliseconds } from '@keyward/core';
import type { Fact } from '@keyward/core/policy';
import type { PrincipalName } from '@keyward/core/port';

/** A device asks for its update every hour, and may sleep for days. */
const COUNTS_FOR: Milliseconds = days(7);

/** catalogue: boot-verified, levels 1 and 2. What the updater of a device says of the software that it started: a claim of that very software. */
export const saidSoftware = ({ application, id }: PrincipalName, software: string, now: Instant): Fact => ({
	subject: { kind: 'device', application, id },
	...{
		claim: 'boot-verified',
		value: software,
		strength: 'claimed',
		source: 'device',
		at: now,
		until: now + COUNTS_FOR,
	},
});

/**
 * Without the device's word that its software is whole, where its TPM says that it is authentic: a weaker word for it does not count against it.
 * A word that something is wrong stays.
 */
export const withoutWeaker = (facts: readonly Fact[], now: Instant): readonly Fact[] => {
	const stronger = new Set(
		facts
			.filter(
				({ claim, value, strength, until }) =>
					claim === 'boot-verified' &&
					value === 'authentic' &&
					strength !== 'claimed' &&
					(until === undefined || now < until),
			)
			.map(({ subject }) => subject.id),
	);
	return facts.filter(
		({ claim, value, strength, subject }) =>
			claim !== 'boot-verified' || strength !== 'claimed' || value !== 'whole' || !stronger.has(subject.id),
	);
};
