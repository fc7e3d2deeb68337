import { createHmac } from 'node:crypto';
import { keyThumbprint } from '../format/public-key.ts';

/** 16 hex digits: enough to name a thing in a report. */
const DIGITS = 16;

/** {@link keyThumbprint} in lower-case hex, whole: the same for every form in which a key is written. */
export const keyHash = (spki: Uint8Array): string => Buffer.from(keyThumbprint(spki)).toString('hex');

/** The name of a key in a report: the first 16 hex digits of {@link keyHash}. */
export const keyFingerprint = (keyHash: string): string => keyHash.slice(0, DIGITS);

/**
 * The name of a PSK in a report: HMAC-SHA-256 under the run's key over "keyward-psk" and the secret, 16 hex digits. Keyed for
 * every PSK and not only for those that look weak: a plain hash would let a reader of the report confirm guesses, and
 * what can be guessed (a vendor's rule over the serial number, say) often looks random.
 */
export const pskFingerprint = (secret: Uint8Array, runKey: Uint8Array): string =>
	createHmac('sha256', runKey).update('keyward-psk').update(secret).digest('hex').slice(0, DIGITS);
