import type { Cbor } from '../format/cose/cbor.ts';
import { coseKey, coseThumbprint, spkiOfCoseKey } from '../format/cose/cose-key.ts';
import type { Recipient } from '../format/cose/encrypt.ts';
import { algorithm, hasExactly, header, makeHeaders } from '../format/cose/header.ts';
import { unwrapKey, wrapKey, wrappingKey } from '../format/cose/key-wrap.ts';
import type { AgreementKey } from '../port/agreement-key.ts';

// A recipient of suite 1: ECDH-ES+A256KW on P-256 (RFC 9053 §6.4.1).

const agreement = algorithm['ECDH-ES+A256KW'];
const covered = new Map([[header.alg, agreement]]);
const WRAPPED = 40;

export const sealClassical = async (
	cek: Uint8Array,
	key: Uint8Array,
	ephemeral: () => Promise<AgreementKey>,
): Promise<Recipient> => {
	const own = await ephemeral();
	const headers = makeHeaders(
		covered,
		new Map<number, Cbor>([
			[header.ephemeralKey, coseKey(own.publicKey)],
			[header.kid, coseThumbprint(key)],
		]),
	);
	const wrapping = wrappingKey(agreement, await own.agree(key), headers.protectedBytes);
	return { headers, ciphertext: wrapKey(agreement, wrapping, cek) };
};

export const openClassical = async (
	{ headers, ciphertext }: Recipient,
	key: AgreementKey,
): Promise<Uint8Array | null> => {
	const ephemeral = spkiOfCoseKey(headers.unprotected.get(header.ephemeralKey));
	const wrapping = wrappingKey(agreement, await key.agree(ephemeral), headers.protectedBytes);
	return unwrapKey(agreement, wrapping, ciphertext);
};

/** What it is named by; null where it is not of this suite. */
export const classicalName = ({ headers, ciphertext }: Recipient): Uint8Array | null => {
	const kid = headers.unprotected.get(header.kid);
	const isOurs = hasExactly(headers, covered, [header.ephemeralKey, header.kid]) && ciphertext.length === WRAPPED;
	return isOurs && kid instanceof Uint8Array && kid.length === 32 ? kid : null;
};
