import type { KeyAlgorithm } from '../format/public-key.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import type { Instant } from '../units/instant.ts';
import { hours } from '../units/milliseconds.ts';

/** New keys of one principal within an hour: a few tries of a device that is given a new key, and no flood. */
const NEW_KEYS = 6;

/** The one kind that may be certified now, null where that is open; and the kind that is requested. */
export interface KindOfKey {
	readonly asked: KeyAlgorithm | null;
	readonly requested: KeyAlgorithm | null;
}

/**
 * Whether the holder of `presented` may have `requested` certified: SHA-256 of their SubjectPublicKeyInfo. `held`: every
 * certificate of the principal, oldest first. Pure.
 */
export const judgeKeyChange = (
	presented: Uint8Array,
	requested: Uint8Array,
	held: readonly IssuedCertificate[],
	now: Instant,
	kind: KindOfKey = { asked: null, requested: null },
): Refusal[] => {
	const newest = held.findLast(({ revoked }) => revoked === null);
	// unique-key: a copy of the old key that is renewed before the new one is used would outlive the change of keys. The new key
	// itself may be asked for again: the answer may have been lost.
	if (newest !== undefined && !isSame(newest.key, presented) && !isSame(newest.key, requested)) {
		const reason =
			'A later certificate for another key of this device exists: use that key (keyward device rekey), or retire the device and expect it again.';
		return [{ code: 'key-superseded', requirement: 'unique-key', reason }];
	}
	if (held.some(({ key }) => isSame(key, requested))) return [];
	// key-agility (CR 1.5): while an exercise asks for a kind, a copy of the old key does not get one of a weaker kind certified.
	if (kind.asked !== null && kind.requested !== kind.asked) {
		const reason = `The exercise that runs asks this device for a ${kind.asked} key, and this one is ${kind.requested ?? 'of no listed kind'}.`;
		return [{ code: 'key-kind', requirement: 'key-agility', reason }];
	}
	const recent = held.filter(({ notBefore }) => now - notBefore < hours(1));
	// CR 7.1: each new key is a signature of the CA and two durable commits, which all devices share.
	if (new Set(recent.map(({ key }) => Buffer.from(key).toString('hex'))).size > NEW_KEYS) {
		const reason = `This device was given ${NEW_KEYS} new keys within an hour: wait an hour, then ask again.`;
		return [{ code: 'rekey-limit', requirement: 'overload-held', reason }];
	}
	return [];
};

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
