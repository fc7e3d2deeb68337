import { Problem } from '../problem/problem.ts';

/** The version of RFC 8428 (§4.1), and what holds where none is given. */
const plainVersion = 10;
/** RFC 9100 §4: secondary units (RFC 8798), which are understood. They are taken in packs that do not announce them too. */
const secondaryUnits = 2 ** 4;

/**
 * The version of a pack. Up to 10 a version is a number, beyond it a set of features (RFC 9100 §2), all of which must be understood.
 * Throws `Problem('senml-unsupported')` for others, and `Problem('senml-malformed')` for what is no version, or another than
 * `before` (RFC 8428 §4.4: all records of a pack have the same).
 */
export const checkVersion = (bver: unknown, before: number | null): number => {
	const version = typeof bver === 'bigint' ? Number(bver) : bver;
	if (typeof version !== 'number' || !Number.isInteger(version) || version <= 0) {
		throw new Problem('senml-malformed', 'bver must be a positive whole number (RFC 8428 §4.1)');
	}
	if (version > plainVersion && version !== plainVersion + secondaryUnits) {
		throw new Problem(
			'senml-unsupported',
			`bver ${version} asks for features that are not understood here: send ${plainVersion}, or ${plainVersion + secondaryUnits} for secondary units (RFC 9100)`,
		);
	}
	if (before !== null && before !== version) {
		throw new Problem(
			'senml-malformed',
			`bver ${version} after ${before}: all records of a pack have one version (RFC 8428 §4.4)`,
		);
	}
	return version;
};
