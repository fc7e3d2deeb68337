import { hash } from 'node:crypto';
import type { Entropy } from '../port/entropy.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { Token } from '../port/admission-store.ts';
import type { Principal } from '../port/principal.ts';
import type { Instant } from '../units/instant.ts';
import { hours, type Milliseconds } from '../units/milliseconds.ts';

/** How long a one-time token admits: a working day and a night. */
export const TOKEN_LIFETIME: Milliseconds = hours(24);

/** 256 bits: far above the 128 that make guessing hopeless. */
const TOKEN_BYTES = 32;

/** A device or reader about to be expected, and the one moment in which its token is known. */
export interface Expectation {
	readonly principal: Principal;
	readonly token: Token;
	/** base64url; goes into the commissioning string and nowhere else. */
	readonly secret: string;
}

/** `principalClass` is the device's class of the policy, null for a reader; `part` the part that it must be, null for any. */
export const expectPrincipal = (
	name: PrincipalName,
	principalClass: string | null,
	part: string | null,
	entropy: Entropy,
	now: Instant,
): Expectation => {
	const secret = Buffer.from(entropy.bytes(TOKEN_BYTES)).toString('base64url');
	const { kind, application, id } = name;
	return {
		principal: { kind, application, id, class: principalClass, part, state: 'expected', at: now },
		token: {
			hash: tokenHash(secret),
			principal: { kind, application, id },
			expires: now + TOKEN_LIFETIME,
			spentFor: null,
		},
		secret,
	};
};

/** SHA-256 of the token's text: all that is kept of it (secrets-wrapped: a stolen database admits nobody). */
export const tokenHash = (secret: string): Uint8Array => new Uint8Array(hash('sha256', secret, 'buffer'));
