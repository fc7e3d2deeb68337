import { createHmac, hash } from 'node:crypto';
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

/**
 * By which two runs tell that a shared PSK is another: the first octet of a SHA-256 of it. 255 of 256 changes show, and its reader
 * learns 8 bits of the secret, the same 8 from every run: no salt, or each would give 8 more. Only for secrets that cannot be guessed
 * anyway, of which 8 bits matter nothing.
 */
export const pskMark = (secret: Uint8Array): string =>
	hash('sha256', Buffer.concat([Buffer.from('keyward-psk-mark\0'), secret])).slice(0, 2);
