import { type Curve, curves } from '../format/curve.ts';
import { addPoints, isOnCurve, multiply, type Point, readPoint } from '../format/curve-point.ts';
import type { Finding } from './finding.ts';
import { keyFingerprint, keyHash } from './fingerprint.ts';
import { count } from './found-key.ts';
import { bitLength, fromBytes, inverse, modulo } from '../format/integer.ts';
import type { Place, SignatureMaterial } from './material.ts';
import { readPublicKey } from './public-key-value.ts';

/** An ECDSA signature whose numbers are in range. */
interface Signature {
	readonly at: Place;
	readonly signer: Signer;
	/** The leftmost bits of the digest, as many as the order has (FIPS 186-5 §6.4.1). */
	readonly z: bigint;
	readonly r: bigint;
	readonly s: bigint;
}

interface Signer {
	readonly fingerprint: string;
	readonly curve: Curve;
	readonly point: NonNullable<Point>;
}

/** Multiplications of points, some 5 ms each, that proofs may take altogether; beyond it sharers are named without proof. */
const EFFORT = 400;

/**
 * ECDSA signatures made with one nonce: equal r under one key gives the private key away; under several keys, one key gives
 * away the others. What a finding says is proven: the private key is computed, and the public key from it, in memory only.
 *
 * False alarms: none where a key was recovered. Equal r under different keys only, both signatures valid: 2^-128 by chance.
 */
export class SignatureFleet {
	readonly #signers = new Map<string, Signer | null>();
	/** By curve and r: one signature, or all that have them in common. */
	readonly #byNonce = new Map<string, Signature[]>();

	add({ at, spki, digest, r, s }: Omit<SignatureMaterial, 'kind'>): void {
		const signer = this.#signer(spki);
		if (signer === null) return;
		const { n } = signer.curve;
		// Zero is what broken signers and forgers write; it has no inverse.
		if (r <= 0n || r >= n || s <= 0n || s >= n) return;
		const z = fromBytes(digest) >> BigInt(Math.max(0, digest.length * 8 - bitLength(n)));
		const signature = { at, signer, z, r, s };
		const key = `${n.toString(36)} ${r.toString(36)}`;
		const alike = this.#byNonce.get(key);
		if (alike === undefined) this.#byNonce.set(key, [signature]);
		else alike.push(signature);
	}

	findings(): Finding[] {
		const effort = { left: EFFORT };
		return [...this.#byNonce.values()].flatMap((found) => {
			// Most that repeats is one certificate found twice: it must take no effort from the others.
			const alike = found.length < 2 ? found : distinct(found);
			return alike.length < 2 ? [] : judge(alike, effort);
		});
	}

	#signer(spki: Uint8Array): Signer | null {
		const hash = keyHash(spki);
		const known = this.#signers.get(hash);
		if (known !== undefined) return known;
		const value = readPublicKey(spki);
		const curve = value.kind === 'curve' ? curves.get(value.curve?.name ?? '') : undefined;
		const point = curve === undefined || value.kind !== 'curve' ? null : readPoint(curve, value.point);
		const sound = curve !== undefined && point !== null && isOnCurve(curve, point);
		const signer = sound ? { fingerprint: keyFingerprint(hash), curve, point } : null;
		this.#signers.set(hash, signer);
		return signer;
	}
}

interface Effort {
	left: number;
}

/** The same message signed again, deterministically (RFC 6979) or as (r, n − s), is no reuse. */
const distinct = (alike: readonly Signature[]): Signature[] => [
	...new Map(alike.map((signature) => [`${signature.signer.fingerprint} ${signature.z}`, signature])).values(),
];

/** Signatures with one r on one curve. */
const judge = (alike: readonly Signature[], effort: Effort): Finding[] => {
	const nonce = recoverNonce(alike, effort);
	if (nonce !== null) {
		const { open, unproven } = followNonce(alike, nonce, effort);
		const keys = new Set(open.map(({ signer }) => signer)).size;
		return [
			{
				...said,
				severity: 'critical',
				members: [...open, ...unproven].map(toMember),
				detail: `${count(open.length, 'signature')} made with one nonce: ${count(keys, 'private key')} computed from them here, checked against the public key and not kept.${
					unproven.length === 0 ? '' : ` ${count(unproven.length, 'more signature')} with the same nonce, not tried.`
				}`,
			},
		];
	}
	const valid = alike.filter((signature) => effort.left <= 0 || isValid(signature, effort));
	const signers = new Set(valid.map(({ signer }) => signer)).size;
	if (valid.length < 2 || (signers < 2 && effort.left > 0)) return [];
	const untried = effort.left <= 0 ? ' There were too many to prove it for each.' : '';
	return [
		{
			...said,
			severity: 'high',
			members: valid.map(toMember),
			detail: `${count(valid.length, 'signature')} by ${count(signers, 'key')} made with one nonce.${untried}`,
			attack:
				'The holder of one of these keys can compute the others. A generator that repeats itself soon does so under one key too, and gives that key to anybody.',
		},
	];
};

const said = {
	check: 'nonce-reuse',
	attack: 'Anybody who sees these signatures can compute the private key, and sign as its holder.',
	mend: 'The random generator of this device is broken. Make a new key, revoke this one, and sign with deterministic nonces (RFC 6979) or Ed25519.',
} as const;

const toMember = ({ at, signer }: Signature): Finding['members'][number] => ({
	file: at.file,
	label: at.label,
	fingerprint: signer.fingerprint,
});

/** The nonce of two signatures by one key over different digests; null when no two agree. */
const recoverNonce = (alike: readonly Signature[], effort: Effort): bigint | null => {
	const bySigner = new Map<Signer, Signature[]>();
	for (const signature of alike) {
		const earlier = bySigner.get(signature.signer) ?? [];
		bySigner.set(signature.signer, earlier);
		for (const other of earlier) {
			if (effort.left <= 0) return null;
			const nonce = nonceOf(other, signature, effort);
			if (nonce !== null) return nonce;
		}
		earlier.push(signature);
	}
	return null;
};

/** s·k = z + r·d for both. Either may have been written with n − s, which is −k. */
const nonceOf = (one: Signature, two: Signature, effort: Effort): bigint | null => {
	const { n } = one.signer.curve;
	effort.left--;
	for (const s of [two.s, n - two.s]) {
		const difference = inverse(one.s - s, n);
		if (difference === null) continue;
		const nonce = modulo((one.z - two.z) * difference, n);
		if (isPrivateKey(one.signer, privateKeyOf(one, nonce), effort)) return nonce;
	}
	return null;
};

/** Which signatures' keys fall by this nonce, and which there was no effort left to try. */
const followNonce = (
	alike: readonly Signature[],
	nonce: bigint,
	effort: Effort,
): { open: Signature[]; unproven: Signature[] } => {
	const recovered = new Map<Signer, bigint>();
	const open: Signature[] = [];
	const unproven: Signature[] = [];
	for (const signature of alike) {
		const { signer } = signature;
		const candidates = [nonce, -nonce].map((k) => privateKeyOf(signature, k));
		const known = recovered.get(signer);
		if (known !== undefined) {
			if (candidates.includes(known)) open.push(signature);
			continue;
		}
		if (effort.left <= 0) {
			unproven.push(signature);
			continue;
		}
		const key = candidates.find((candidate) => isPrivateKey(signer, candidate, effort));
		if (key === undefined) continue;
		recovered.set(signer, key);
		open.push(signature);
	}
	return { open, unproven };
};

const privateKeyOf = ({ signer, z, r, s }: Signature, nonce: bigint): bigint => {
	const { n } = signer.curve;
	return modulo((s * nonce - z) * (inverse(r, n) ?? 0n), n);
};

const isPrivateKey = ({ curve, point }: Signer, candidate: bigint, effort: Effort): boolean => {
	effort.left--;
	const derived = multiply(curve, curve, candidate);
	return derived !== null && derived.x === point.x && derived.y === point.y;
};

/** FIPS 186-5 §6.4.2: an r that somebody copied into a forged signature must not raise an alarm. */
const isValid = ({ signer: { curve, point }, z, r, s }: Signature, effort: Effort): boolean => {
	effort.left -= 2;
	const w = inverse(s, curve.n) ?? 0n;
	const sum = addPoints(curve, multiply(curve, curve, z * w), multiply(curve, point, r * w));
	return sum !== null && modulo(sum.x, curve.n) === r;
};
