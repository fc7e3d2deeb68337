import { revocationCauses } from '../port/certificate-store.ts';
import { Problem } from '../problem/problem.ts';
import { type Bytes, bytes } from '../units/bytes.ts';
import type { Instant } from '../units/instant.ts';
import { extensionValue, keyIdentifierOf } from './authority-key.ts';
import { AUTHORITY_KEY_IDENTIFIER, CRL_NUMBER, type CrlEntry, REASON_CODE, reasonCodes } from './crl.ts';
import { derChildren, requireDer } from './der.ts';
import { derContents, readDerOid, readDerSerial, readDerTime } from './der-types.ts';
import { verifySignature } from './public-key.ts';

/** Room for some 350,000 entries. */
const CRL_LIMIT: Bytes = bytes(16_777_215);

/** What Keyward reads out of a CRL. */
export interface CrlView {
	/** DER Name. */
	readonly issuer: Uint8Array;
	readonly thisUpdate: Instant;
	/** RFC 5280 §5.1.2.5 asks it of every issuer. */
	readonly nextUpdate: Instant;
	readonly number: number;
	readonly authorityKey: Uint8Array | null;
	/** A reason that no registrar of ours states is read as `unspecified`. */
	readonly entries: readonly CrlEntry[];
}

/** Throws `Problem('certificate-malformed')`. Trusts nothing: verify it by openssl, or by {@link isCrlOf}. */
export const readCrl = (der: Uint8Array): CrlView => {
	requireDer(der, CRL_LIMIT, 'certificate-malformed');
	const [toBeSigned] = derChildren(der);
	const [, , issuer, thisUpdate, nextUpdate, ...rest] = toBeSigned === undefined ? [] : derChildren(toBeSigned);
	const from = thisUpdate === undefined ? null : readDerTime(thisUpdate);
	const until = nextUpdate === undefined ? null : readDerTime(nextUpdate);
	const list = rest.find((part) => part[0] === 0x30);
	const wrapped = rest.find((part) => part[0] === 0xa0);
	const [extensions] = wrapped === undefined ? [] : derChildren(wrapped);
	const number = extensions === undefined ? null : extensionValue(extensions, CRL_NUMBER);
	if (issuer === undefined || from === null || until === null || extensions === undefined || number === null) {
		throw new Problem('certificate-malformed', 'This is not a version 2 CRL with a number (RFC 5280 section 5).');
	}
	return {
		issuer,
		thisUpdate: from,
		nextUpdate: until,
		number: Number.parseInt(Buffer.from(derContents(number)).toString('hex'), 16),
		authorityKey: keyIdentifierOf(extensionValue(extensions, AUTHORITY_KEY_IDENTIFIER)),
		entries: list === undefined ? [] : derChildren(list).map(readEntry),
	};
};

const readEntry = (der: Uint8Array): CrlEntry => {
	const [serial, time, extensions] = derChildren(der);
	const at = time === undefined ? null : readDerTime(time);
	if (serial === undefined || at === null) {
		throw new Problem('certificate-malformed', 'The CRL has an entry without a serial number and a time.');
	}
	const reason = extensions === undefined ? null : extensionValue(extensions, REASON_CODE);
	const code = reason?.at(-1) ?? 0;
	return {
		serial: readDerSerial(serial),
		at,
		cause: revocationCauses.find((cause) => reasonCodes[cause] === code) ?? 'unspecified',
	};
};

/** True when this key signed the CRL, whatever it says. False also for what is no CRL. */
export const isCrlOf = (der: Uint8Array, signerKey: Uint8Array): boolean => {
	try {
		requireDer(der, CRL_LIMIT, 'certificate-malformed');
	} catch {
		return false;
	}
	const [toBeSigned, algorithm, signature] = derChildren(der);
	const [oid] = algorithm === undefined ? [] : derChildren(algorithm);
	return (
		toBeSigned !== undefined &&
		oid !== undefined &&
		signature !== undefined &&
		verifySignature(readDerOid(oid), signerKey, toBeSigned, derContents(signature).subarray(1))
	);
};
