import { curves } from '../format/curve.ts';
import { isOnCurve, readPoint } from '../format/curve-point.ts';
import { flawOf25519 } from './edwards.ts';
import { count, type FoundKey, groupKeys, type KeyFinding } from './found-key.ts';
import type { CurveKey } from './public-key-value.ts';

/**
 * Elliptic curves below 112 bits of strength, retired, unheard of or given by explicit parameters (CR 4.3; NIST SP 800-186;
 * CVE-2020-0601), and points that are not on their curve or of low order (SP 800-56A §5.6.2.3: invalid-curve attacks).
 *
 * False alarms: none, it is a list and arithmetic; a curve that is sound but unusual, such as secp256k1, is marked low.
 */
export const checkCurves = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys(keys, ({ value }) => (value.kind === 'curve' ? flawOf(value) : null));
	return [...groups].map(([flaw, members]) => {
		const { what, ...rest } = describe(flaw);
		return {
			check: 'weak-curve',
			...rest,
			keys: members.map((key) => ({ key })),
			detail: `${count(members.length, 'key')} ${what}.`,
		};
	});
};

/** `point: …`, `weak: NAME`, `unexpected: NAME`, `unknown`, or null. */
const flawOf = ({ curve: name, point }: CurveKey): string | null => {
	if (name === null) return 'unknown';
	const flaw = pointFlaw(name.name, point);
	if (flaw !== null) return `point: ${flaw}`;
	return name.standing === 'sound' ? null : `${name.standing}: ${name.name}`;
};

/** What is wrong with the point of a key on a named curve; null for nothing, and for curves whose arithmetic is not here. */
export const pointFlaw = (name: string, octets: Uint8Array): string | null => {
	const curve = curves.get(name);
	if (curve === undefined) return flawOf25519(name, octets);
	return isOnCurve(curve, readPoint(curve, octets)) ? null : 'a point that is not on the curve';
};

const describe = (flaw: string): Pick<KeyFinding, 'severity' | 'attack' | 'mend'> & { readonly what: string } => {
	const mend = 'Make new keys on P-256 or Ed25519.';
	const [kind, name = ''] = flaw.split(': ');
	if (kind === 'point') {
		return {
			severity: 'high',
			what: `with ${name}`,
			attack:
				'No sound generator makes such a key: an attacker can compute secrets that are agreed with it, or its signatures.',
			mend: `Compare the file with the device: it may be damaged. ${mend}`,
		};
	}
	if (kind === 'weak') {
		return {
			severity: 'high',
			what: `on ${name}, which is too weak or retired`,
			attack: 'A well-funded attacker can compute private keys on short curves; retired curves are less studied.',
			mend,
		};
	}
	if (kind === 'unexpected') {
		return {
			severity: 'low',
			what: `on ${name}, a curve that no device profile asks for`,
			attack: 'None known; peers may refuse the key, and few implementations on devices are hardened.',
			mend,
		};
	}
	return {
		severity: 'high',
		what: 'on a curve by explicit parameters or of an unknown name',
		attack: 'By a choice of parameters an attacker can make a private key for another’s public key (CVE-2020-0601).',
		mend,
	};
};
