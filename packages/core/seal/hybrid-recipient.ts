import type { Cbor } from '../format/cose/cbor.ts';
import { coseThumbprint } from '../format/cose/cose-key.ts';
import type { Recipient } from '../format/cose/encrypt.ts';
import { bytesHeader, hasExactly, header, makeHeaders } from '../format/cose/header.ts';
import { combineSecrets, hpke, hpkeOpen, hpkeSeal } from '../format/cose/hpke.ts';
import { agreementPoint, p256PublicKey } from '../format/key-agreement.ts';
import { mlKemLength } from '../format/ml-kem.ts';
import type { AgreementKey } from '../port/agreement-key.ts';
import type { Encapsulate, KemKey } from '../port/kem-key.ts';

// A recipient of suite 2: HPKE-8-KE (`hpke.ts`). The P-256 half is an agreement, so that its key may live in a TPM or token.

const ENCAPSULATED = mlKemLength.ciphertext + 65;
const SEALED = 32 + 16;

const coveredBy = (kid: Uint8Array): ReadonlyMap<number, Cbor> =>
	new Map<number, Cbor>([
		[header.alg, hpke.algorithm],
		[header.kid, kid],
	]);

export const sealHybrid = async (
	cek: Uint8Array,
	{ key, kem }: { readonly key: Uint8Array; readonly kem: Uint8Array },
	ephemeral: () => Promise<AgreementKey>,
	encapsulate: Encapsulate,
): Promise<Recipient> => {
	const own = await ephemeral();
	const { ciphertext, secret } = await encapsulate(kem);
	const sent = agreementPoint(own.publicKey);
	const headers = makeHeaders(
		coveredBy(coseThumbprint(key)),
		new Map([[hpke.encapsulatedKey, Buffer.concat([ciphertext, sent])]]),
	);
	const shared = combineSecrets(secret, await own.agree(key), sent, agreementPoint(key));
	return { headers, ciphertext: hpkeSeal(shared, headers.protectedBytes, cek) };
};

export const openHybrid = async (
	{ headers, ciphertext }: Recipient,
	key: AgreementKey,
	kem: KemKey,
): Promise<Uint8Array | null> => {
	const encapsulated = bytesHeader(headers.unprotected, hpke.encapsulatedKey);
	const sent = encapsulated.subarray(mlKemLength.ciphertext);
	const secret = await kem.decapsulate(encapsulated.subarray(0, mlKemLength.ciphertext));
	const agreed = await key.agree(p256PublicKey(sent));
	const shared = combineSecrets(secret, agreed, sent, agreementPoint(key.publicKey));
	return hpkeOpen(shared, headers.protectedBytes, ciphertext);
};

/** What it is named by; null where it is not of this suite. */
export const hybridName = ({ headers, ciphertext }: Recipient): Uint8Array | null => {
	const kid = headers.protected.get(header.kid);
	const encapsulated = headers.unprotected.get(hpke.encapsulatedKey);
	if (!(kid instanceof Uint8Array) || kid.length !== 32 || !hasExactly(headers, coveredBy(kid), [hpke.encapsulatedKey]))
		return null;
	const isWhole =
		encapsulated instanceof Uint8Array &&
		encapsulated.length === ENCAPSULATED &&
		encapsulated[mlKemLength.ciphertext] === 4;
	return isWhole && ciphertext.length === SEALED ? kid : null;
};
