import { hash } from 'node:crypto';
import { decode, encode } from 'cbor2';
import { isName } from '../device/name.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/**
 * All that a device or reader needs to join a site, in one line that is carried by hand, QR code or cable. It holds the
 * one-time token: the first to have it becomes the device. Not a secret for longer than `expires`.
 */
export interface Commissioning {
	/** Base of the HTTP API, `https:`. */
	readonly service: string;
	/** Base of EST without `/.well-known/est`; the same as `service` unless said. */
	readonly est: string;
	/** `mqtts:` */
	readonly mqtt: string;
	readonly application: string;
	readonly kind: 'device' | 'reader';
	readonly id: string;
	readonly class: string | null;
	/** base64url, at least 128 bits. */
	readonly token: string;
	/** SHA-256 of the service CA's SubjectPublicKeyInfo: the anchor, out of band (service-authentication). */
	readonly serviceCa: Uint8Array;
	/** SHA-256 of the owner's root, once sites have one (owner-anchor). */
	readonly owner: Uint8Array | null;
	readonly expires: Instant;
}

const PREFIX = 'keyward1.';
const LONGEST = 2048;
const CHECKSUM_BYTES = 4;

/** `keyward1.` and base64url of: a CBOR array of the fields in order, then the first four bytes of its SHA-256. */
export const formatCommissioning = (commissioning: Commissioning): string => {
	const { service, est, mqtt, application, kind, id, token, serviceCa, owner, expires } = commissioning;
	const body = encode([
		service,
		est === service ? null : est,
		mqtt,
		application,
		kind,
		id,
		commissioning.class,
		Uint8Array.from(Buffer.from(token, 'base64url')),
		Uint8Array.from(serviceCa),
		owner === null ? null : Uint8Array.from(owner),
		expires,
	]);
	return PREFIX + Buffer.concat([body, checksum(body)]).toString('base64url');
};

/**
 * Blanks and line breaks around and within are ignored, as terminals and mail wrap lines.
 * Throws `Problem('commissioning-string')` for a string that is cut short, mistyped, of another version, or not of this shape.
 */
export const parseCommissioning = (text: string): Commissioning => {
	if (text.length > LONGEST) throw broken('It is too long.');
	const compact = text.replace(/\s/g, '');
	if (!compact.startsWith(PREFIX)) throw broken(`It does not begin with ${PREFIX}`);
	const coded = compact.slice(PREFIX.length);
	const all = new Uint8Array(Buffer.from(coded, 'base64url'));
	const body = all.subarray(0, -CHECKSUM_BYTES);
	// Against accident alone: anyone who can change the string can recompute it. What it carries is trusted as its carrier is.
	if (
		Buffer.from(all).toString('base64url') !== coded ||
		Buffer.compare(checksum(body), all.subarray(body.length)) !== 0
	) {
		throw broken('It is cut short or mistyped: copy the whole line again.');
	}
	const [service, est, mqtt, application, kind, id, principalClass, token, serviceCa, owner, expires, ...rest] =
		fields(body);
	if (
		!isUrl(service, 'https:') ||
		!(est === null || isUrl(est, 'https:')) ||
		!isUrl(mqtt, 'mqtts:') ||
		!isNameText(application) ||
		!(kind === 'device' || kind === 'reader') ||
		!isNameText(id) ||
		!(principalClass === null || isNameText(principalClass)) ||
		!(token instanceof Uint8Array && token.length >= 16) ||
		!isHash(serviceCa) ||
		!(owner === null || isHash(owner)) ||
		!(typeof expires === 'number' && Number.isSafeInteger(expires)) ||
		rest.length > 0
	) {
		throw broken('Its contents are not those of a commissioning string: it was made by another program or version.');
	}
	return {
		service,
		est: est ?? service,
		mqtt,
		application,
		kind,
		id,
		class: principalClass,
		token: Buffer.from(token).toString('base64url'),
		serviceCa,
		owner,
		expires,
	};
};

const checksum = (body: Uint8Array): Uint8Array => hash('sha256', body, 'buffer').subarray(0, CHECKSUM_BYTES);

const fields = (body: Uint8Array): unknown[] => {
	try {
		const value: unknown = decode(body);
		return Array.isArray(value) ? value : [];
	} catch {
		return [];
	}
};

const isNameText = (value: unknown): value is string => typeof value === 'string' && isName(value);

const isHash = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.length === 32;

/** Only a scheme that authenticates the service, and no user, password, query or fragment to smuggle anything in. */
const isUrl = (value: unknown, scheme: string): value is string => {
	if (typeof value !== 'string' || !URL.canParse(value)) return false;
	const { protocol, hostname, username, password, search, hash: fragment } = new URL(value);
	return protocol === scheme && hostname !== '' && username + password + search + fragment === '';
};

/** Never quotes the string: it holds the token. */
const broken = (why: string): Problem =>
	new Problem('commissioning-string', `This commissioning string cannot be used. ${why}`);
