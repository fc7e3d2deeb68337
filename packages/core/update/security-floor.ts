import type { Instant } from '../units/instant.ts';
import type { Refusal } from '../problem/refusal.ts';
import { Problem } from '../problem/problem.ts';
import { writtenInstant } from '../units/written-instant.ts';

/** What a device goes below no more: of releases, and of time. */
export interface SecurityFloor {
	/** The highest `securityFloor` of a release that ran here and was confirmed. */
	readonly release: number;
	/** The latest date that the owner signed and this device verified; its clock counts as no earlier. */
	readonly time: Instant;
}

export const NO_FLOOR: SecurityFloor = { release: 0, time: 0 };

/** The greatest floor there can be: what a TPM's counter and JSON both hold exactly. */
const HIGHEST_FLOOR = 2 ** 31 - 1;

export const isFloor = (value: unknown): value is number =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= HIGHEST_FLOOR;

/** What the folder says and what the TPM counted: anyone who can write to the folder cannot lower the other. */
export const floorInForce = (stored: SecurityFloor, counter: number | null): SecurityFloor => ({
	...stored,
	release: Math.max(stored.release, counter ?? 0),
});

/**
 * rollback-refused (EN 303 645 5.3-2): a release that its owner truly signed, years ago, is refused when a fix has raised the floor since.
 * At the floor itself is allowed, or nothing could be fallen back to.
 */
export const judgeFloor = (candidate: number, floor: SecurityFloor): Refusal | null =>
	candidate >= floor.release
		? null
		: {
				requirement: 'rollback-refused',
				code: 'release-below-floor',
				reason: `The release has security floor ${candidate}, and this device has confirmed ${floor.release}: it would bring back what was mended.`,
			};

/** The floor after a release was confirmed, and not before: a new version that does not run must leave the old one allowed. */
export const raisedBy = (floor: SecurityFloor, confirmed: number): SecurityFloor => ({
	...floor,
	release: Math.max(floor.release, confirmed),
});

/** Only for dates that the owner's offline keys signed: a clock or a service that lies must not be able to move it. */
export const datedBy = (floor: SecurityFloor, signed: Instant): SecurityFloor => ({
	...floor,
	time: Math.max(floor.time, signed),
});

/** By what time metadata is judged: a clock set back brings nothing that has expired to life. */
export const timeToJudgeBy = (floor: SecurityFloor, clock: Instant): Instant => Math.max(floor.time, clock);

export const writeFloor = ({ release, time }: SecurityFloor): string =>
	`${JSON.stringify({ type: 'keyward-security-floor', version: 1, release, time: new Date(time).toISOString() })}\n`;

/** Throws `Problem('update-state-malformed')`: a floor that cannot be read is no floor of 0. */
export const readFloor = (text: string): SecurityFloor => {
	try {
		const value = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
		const time = typeof value?.['time'] === 'string' ? writtenInstant(value['time']) : null;
		if (
			value?.['type'] === 'keyward-security-floor' &&
			value['version'] === 1 &&
			isFloor(value['release']) &&
			time !== null
		)
			return { release: value['release'], time };
	} catch {
		// Said below.
	}
	throw new Problem(
		'update-state-malformed',
		"The device's security floor cannot be read, and it installs nothing before it can: restore update/security-floor.json.",
	);
};
