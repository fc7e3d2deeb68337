import { createECDH, createPublicKey, hash, randomBytes, verify } from 'node:crypto';
import { derOfSignature } from '@keyward/core/format/ecdsa-signature';
import { agreementPoint } from '@keyward/core/format/key-agreement';
import type { ECDH1, Handle } from 'pkcs11js';
import type { Cryptoki } from './cryptoki.ts';

/** r and s side by side, over a SHA-256 digest. */
export const signWith = (
	{ constants: ck, module, session }: Cryptoki,
	handle: Handle,
	digest: Uint8Array,
): Uint8Array => {
	module.C_SignInit(session, { mechanism: ck.CKM_ECDSA }, handle);
	return new Uint8Array(module.C_Sign(session, Buffer.from(digest), Buffer.alloc(256)));
};

/**
 * Z of ECDH with an uncompressed point of P-256 (CKM_ECDH1_DERIVE with CKD_NULL: nothing derived from it yet). The token gives it as a
 * secret of this session, which is read once and destroyed; what is to be done with it is no affair of the token's.
 */
export const agreeWith = (
	{ constants: ck, module, session }: Cryptoki,
	handle: Handle,
	point: Uint8Array,
): Uint8Array => {
	const parameter: ECDH1 = { type: ck.CK_PARAMS_EC_DH, kdf: ck.CKD_NULL, publicData: Buffer.from(point) };
	const secret = module.C_DeriveKey(session, { mechanism: ck.CKM_ECDH1_DERIVE, parameter }, handle, [
		{ type: ck.CKA_CLASS, value: ck.CKO_SECRET_KEY },
		{ type: ck.CKA_KEY_TYPE, value: ck.CKK_GENERIC_SECRET },
		{ type: ck.CKA_VALUE_LEN, value: 32 },
		{ type: ck.CKA_TOKEN, value: false },
		{ type: ck.CKA_SENSITIVE, value: false },
		{ type: ck.CKA_EXTRACTABLE, value: true },
	]);
	try {
		const [found] = module.C_GetAttributeValue(session, secret, [{ type: ck.CKA_VALUE }]);
		return Buffer.isBuffer(found?.value) ? new Uint8Array(found.value) : new Uint8Array();
	} finally {
		module.C_DestroyObject(session, secret);
	}
};

/** FIPS 140-3 pairwise consistency: a public half that is another's would be certified for a key that nobody has. */
export const signsFor = (cryptoki: Cryptoki, handle: Handle, publicKey: Uint8Array): boolean => {
	const bytes = randomBytes(32);
	const signature = signWith(cryptoki, handle, hash('sha256', bytes, 'buffer'));
	const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
	return verify('sha256', bytes, key, derOfSignature(signature));
};

/** The same for a key that agrees: the other side of an exchange would wrap for a key that nobody has. */
export const agreesFor = (cryptoki: Cryptoki, handle: Handle, publicKey: Uint8Array): boolean => {
	const ephemeral = createECDH('prime256v1');
	const point = ephemeral.generateKeys();
	const expected = ephemeral.computeSecret(agreementPoint(publicKey));
	return Buffer.compare(agreeWith(cryptoki, handle, point), expected) === 0;
};
