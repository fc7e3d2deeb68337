import { type RevocationCause, revocationCauses } from '../port/certificate-store.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';
import { derChildren, encodeDer } from './der.ts';
import { derEnumerated, derExtension, derInteger, derSequence, derTime, readDerOid } from './der-types.ts';
import { verifySignature } from './public-key.ts';
import { assembleSigned, signatureAlgorithmDer } from './signed.ts';

export const CRL_NUMBER = '2.5.29.20';
export const REASON_CODE = '2.5.29.21';
export const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

/** CRLReason (RFC 5280 §5.3.1). */
export const reasonCodes: { readonly [Cause in RevocationCause]: number } = {
	unspecified: 0,
	keyCompromise: 1,
	affiliationChanged: 3,
	superseded: 4,
	cessationOfOperation: 5,
	privilegeWithdrawn: 9,
};

/** CRLReason of a cause; null for `unspecified`, which is left out (RFC 5280 §5.3.1). */
export const reasonCode = (cause: RevocationCause): number | null =>
	cause === 'unspecified' ? null : reasonCodes[cause];

/** A certificate that is no longer good. */
export interface CrlEntry {
	/** Lower-case hex of whole octets, as `IssuedCertificate.serial`; positive, at most 20 octets. */
	readonly serial: string;
	readonly at: Instant;
	readonly cause: RevocationCause;
}

/** What a CRL will say (RFC 5280 §5.1.2): a complete one, of all that its issuer has issued. */
export interface CrlContent {
	/** DER Name. */
	readonly issuer: Uint8Array;
	/** The issuer's subjectKeyIdentifier. */
	readonly issuerKey: Uint8Array;
	/** Greater than that of every earlier list of this issuer (§5.2.3). */
	readonly number: number;
	readonly thisUpdate: Instant;
	readonly nextUpdate: Instant;
	readonly entries: readonly CrlEntry[];
}

/** The TBSCertList as the issuer's key will sign it, DER, version 2. `signerKey` is the issuer's SubjectPublicKeyInfo. */
export const freezeCrl = (content: CrlContent, signerKey: Uint8Array): Uint8Array => {
	const { issuer, issuerKey, number, thisUpdate, nextUpdate, entries } = content;
	const extensions = derSequence(
		derExtension(AUTHORITY_KEY_IDENTIFIER, derSequence(encodeDer(0x80, issuerKey))),
		derExtension(CRL_NUMBER, derInteger(number)),
	);
	return derSequence(
		derInteger(1),
		signatureAlgorithmDer(signerKey),
		issuer,
		derTime(thisUpdate),
		derTime(nextUpdate),
		// RFC 5280 §5.1.2.6: without any, the list itself is absent.
		...(entries.length === 0 ? [] : [encodeDer(0x30, writeEntries(entries))]),
		encodeDer(0xa0, extensions),
	);
};

/**
 * The CRL of frozen bytes and their signature, DER. Throws `Problem('certificate-malformed')` when the signature is not by
 * that key: a faulty signer must not put out a list that every checker rejects.
 */
export const assembleCrl = (toBeSigned: Uint8Array, signerKey: Uint8Array, signature: Uint8Array): Uint8Array => {
	const [, algorithm] = derChildren(toBeSigned);
	const [oid] = algorithm === undefined ? [] : derChildren(algorithm);
	if (oid === undefined || !verifySignature(readDerOid(oid), signerKey, toBeSigned, signature)) {
		throw new Problem('certificate-malformed', 'The signature over the new CRL is not by its issuer.');
	}
	return assembleSigned(toBeSigned, signerKey, signature);
};

/** The crlEntryExtensions of each cause (§5.3.1); nothing for `unspecified`. */
const entryExtensions = new Map(
	revocationCauses.map((cause) => {
		const code = reasonCode(cause);
		return [cause, code === null ? Buffer.alloc(0) : derSequence(derExtension(REASON_CODE, derEnumerated(code)))];
	}),
);

/** Twice the longest entry: header, serial, time, reason. */
const ENTRY_ROOM = 128;

/** Entries straight into one buffer: 100,000 of them must not hold up a device that waits for an acknowledgement. */
const writeEntries = (entries: readonly CrlEntry[]): Uint8Array => {
	const out = Buffer.allocUnsafe(entries.length * ENTRY_ROOM);
	let end = 0;
	let second = Number.NaN;
	let time: Uint8Array = new Uint8Array();
	for (const { serial, at, cause } of entries) {
		if (Math.floor(at / 1000) !== second) {
			second = Math.floor(at / 1000);
			time = derTime(at);
		}
		const start = end;
		// Sequence and length, written last; its contents are always below 128 octets.
		end += 2;
		out[end++] = 0x02;
		const sign = Number.parseInt(serial.slice(0, 2), 16) < 0x80 ? 0 : 1;
		out[end++] = serial.length / 2 + sign;
		if (sign === 1) out[end++] = 0;
		end += out.write(serial, end, 'hex');
		out.set(time, end);
		end += time.length;
		const reason = entryExtensions.get(cause) ?? new Uint8Array();
		out.set(reason, end);
		end += reason.length;
		out[start] = 0x30;
		out[start + 1] = end - start - 2;
	}
	return out.subarray(0, end);
};
