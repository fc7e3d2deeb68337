import { type Recipient } from '../format/cose/encrypt.ts';
import { coseKey, coseThumbprint, spkiOfCoseKey } from '../format/cose/cose-key.ts';
import { algorithm, bytesHeader, hasExactly, header, makeHeaders } from '../format/cose/header.ts';
import { unwrapKey, wrapKey, wrappingKey } from '../format/cose/key-wrap.ts';
import type { AgreementKey } from '../port/agreement-key.ts';
import { Problem } from '../problem/problem.ts';
import type { Suite } from './suite.ts';

/** A reader's public keys, as the roster has them. */
export interface ReaderKey {
	/** SubjectPublicKeyInfo, DER, of P-256. */
	readonly key: Uint8Array;
	/** ML-KEM-768, 1184 bytes; suite 2 needs it. */
	readonly kem?: Uint8Array;
}

/** What suite 1 needs of the outside: a fresh key for each recipient, used once and dropped. */
export type MakeEphemeral = () => Promise<AgreementKey>;

const agreement = algorithm['ECDH-ES+A256KW'];
const covered = new Map([[header.alg, agreement]]);

/** The content-encryption key wrapped for one reader (ECDH-ES+A256KW, RFC 9053 §6.4.1). */
export const wrapForReader = async (
	cek: Uint8Array,
	{ key }: ReaderKey,
	ephemeral: MakeEphemeral,
): Promise<Recipient> => {
	const own = await ephemeral();
	const headers = makeHeaders(
		covered,
		new Map<number, ReturnType<typeof coseKey> | Uint8Array>([
			[header.ephemeralKey, coseKey(own.publicKey)],
			[header.kid, coseThumbprint(key)],
		]),
	);
	const wrapping = wrappingKey(agreement, await own.agree(key), headers.protectedBytes);
	return { headers, ciphertext: wrapKey(agreement, wrapping, cek) };
};

/** The content-encryption key of one recipient; null where it is not for this key. */
export const unwrapAsReader = async (
	{ headers, ciphertext }: Recipient,
	key: AgreementKey,
): Promise<Uint8Array | null> => {
	const ephemeral = spkiOfCoseKey(headers.unprotected.get(header.ephemeralKey));
	const wrapping = wrappingKey(agreement, await key.agree(ephemeral), headers.protectedBytes);
	return unwrapKey(agreement, wrapping, ciphertext);
};

/** The thumbprint that a recipient is named by. Throws `Problem('epoch-malformed')` for a recipient that is not of the suite. */
export const checkRecipient = (suite: Suite, { headers, ciphertext }: Recipient): Uint8Array => {
	if (
		suite !== 1 ||
		!hasExactly(headers, covered, [header.ephemeralKey, header.kid]) ||
		ciphertext.length !== 40 ||
		bytesHeader(headers.unprotected, header.kid).length !== 32
	) {
		throw new Problem('epoch-malformed', `A recipient of this epoch is not one of suite ${suite}.`);
	}
	return bytesHeader(headers.unprotected, header.kid);
};
