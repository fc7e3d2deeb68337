import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Milliseconds, minutes } from '@keyward/core';
import type { Clock } from '@keyward/core/port';

/** How long a ceremony may take. */
const LASTS: Milliseconds = minutes(5);
const NONCE = 16;
const TIME = 6;
const BODY = NONCE + TIME;

/**
 * Challenges of WebAuthn ceremonies (Level 3 §13.4.3) that need no memory until they are answered, so that strangers cannot fill
 * any: a nonce and its end under a key of this process. Those that were answered are remembered until their end.
 */
export interface Challenges {
	make(): Uint8Array<ArrayBuffer>;
	/** True once for each. */
	spend(challenge: Uint8Array): boolean;
	/** Ours, in time and not spent. */
	isGood(challenge: Uint8Array): boolean;
}

export const createChallenges = (clock: Clock): Challenges => {
	const key = randomBytes(32);
	const spent = new Map<string, number>();
	const sign = (body: Uint8Array): Buffer => createHmac('sha256', key).update(body).digest();
	const endOf = (challenge: Uint8Array): number => Buffer.from(challenge).readUIntBE(NONCE, TIME);
	const isGood = (challenge: Uint8Array): boolean =>
		challenge.length === BODY + 32 &&
		timingSafeEqual(sign(challenge.subarray(0, BODY)), challenge.subarray(BODY)) &&
		endOf(challenge) > clock.now() &&
		!spent.has(Buffer.from(challenge).toString('hex'));
	return {
		make: () => {
			const body = Buffer.concat([randomBytes(NONCE), Buffer.alloc(TIME)]);
			body.writeUIntBE(clock.now() + LASTS, NONCE, TIME);
			return Uint8Array.from(Buffer.concat([body, sign(body)]));
		},
		isGood,
		spend: (challenge) => {
			if (!isGood(challenge)) return false;
			const now = clock.now();
			for (const [one, end] of spent) if (end <= now) spent.delete(one);
			spent.set(Buffer.from(challenge).toString('hex'), endOf(challenge));
			return true;
		},
	};
};
