import { createPublicKey, hash, randomBytes, verify } from 'node:crypto';
import { Problem } from '@keyward/core';
import { derOfSignature } from '@keyward/core/format';
import type { Handle, Template } from 'pkcs11js';
import type { Cryptoki } from './cryptoki.ts';
import type { KeyClaims, KeyName, TokenKeyRecord } from './message.ts';

/** OBJECT IDENTIFIER prime256v1, DER (RFC 5480 §2.1.1.1). */
const P256 = Buffer.from('06082a8648ce3d030107', 'hex');
/** SubjectPublicKeyInfo of P-256 up to the point (RFC 5480 §2). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const POINT_LENGTH = 65;

/**
 * Makes a P-256 pair in the token: made there, private, not to be read or taken out, good for signing alone. The attributes are read
 * back: a token that ignores what it is asked makes no key of ours. Throws `Problem('token-key')` when the label is taken.
 */
export const createKey = (cryptoki: Cryptoki, label: string): TokenKeyRecord => {
	const { constants: ck, module, session } = cryptoki;
	if (handlesOf(cryptoki, ck.CKO_PRIVATE_KEY, { label }).length > 0)
		throw new Problem('token-key', `The token has a key ${JSON.stringify(label)} already; it is not replaced.`);
	const names = [
		{ type: ck.CKA_TOKEN, value: true },
		{ type: ck.CKA_LABEL, value: label },
		{ type: ck.CKA_ID, value: randomBytes(16) },
	];
	const pair = module.C_GenerateKeyPair(
		session,
		{ mechanism: ck.CKM_EC_KEY_PAIR_GEN },
		[
			...names,
			{ type: ck.CKA_PRIVATE, value: false },
			{ type: ck.CKA_VERIFY, value: true },
			{ type: ck.CKA_EC_PARAMS, value: P256 },
		],
		[
			...names,
			{ type: ck.CKA_PRIVATE, value: true },
			{ type: ck.CKA_SENSITIVE, value: true },
			{ type: ck.CKA_EXTRACTABLE, value: false },
			{ type: ck.CKA_SIGN, value: true },
			{ type: ck.CKA_DECRYPT, value: false },
			{ type: ck.CKA_UNWRAP, value: false },
			{ type: ck.CKA_DERIVE, value: false },
			{ type: ck.CKA_SIGN_RECOVER, value: false },
		],
	);
	const made = recordOf(cryptoki, pair.privateKey);
	if (!staysInside(made.claims) || made.publicKey === null || !signsFor(cryptoki, pair.privateKey, made.publicKey)) {
		for (const handle of [pair.privateKey, pair.publicKey]) module.C_DestroyObject(session, handle);
		throw new Problem(
			'token-failed',
			'The token made a key that can leave it, or that does not sign as its public half says: it was destroyed. Use another token.',
		);
	}
	return made;
};

/** FIPS 140-3 pairwise consistency: a public half that is another's would be certified for a key that nobody has. */
const signsFor = (cryptoki: Cryptoki, handle: Handle, publicKey: Uint8Array): boolean => {
	const bytes = randomBytes(32);
	const signature = signWith(cryptoki, handle, hash('sha256', bytes, 'buffer'));
	const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
	return verify('sha256', bytes, key, derOfSignature(signature));
};

/** True when the token says that the key was made in it and was never to be read or taken out. Claims, not proof. */
export const staysInside = ({ local, sensitive, extractable, alwaysSensitive, neverExtractable }: KeyClaims): boolean =>
	local === true &&
	sensitive === true &&
	extractable === false &&
	alwaysSensitive === true &&
	neverExtractable === true;

export const listKeys = (cryptoki: Cryptoki): TokenKeyRecord[] =>
	handlesOf(cryptoki, cryptoki.constants.CKO_PRIVATE_KEY, {}).map((handle) => recordOf(cryptoki, handle));

export const findKey = (cryptoki: Cryptoki, name: KeyName): TokenKeyRecord | null => {
	const handle = privateHandle(cryptoki, name);
	return handle === null ? null : recordOf(cryptoki, handle);
};

/** r and s side by side, over a SHA-256 digest. Throws `Problem('token-key')` when there is no such key. */
export const signDigest = (cryptoki: Cryptoki, name: KeyName, digest: Uint8Array): Uint8Array => {
	const handle = privateHandle(cryptoki, name);
	if (handle === null) throw new Problem('token-key', `The token has no private key ${describe(name)}.`);
	return signWith(cryptoki, handle, digest);
};

/** Destroys private and public half, the private one first; gives how many objects went. */
export const eraseKey = (cryptoki: Cryptoki, name: KeyName): number => {
	const { constants: ck, module, session } = cryptoki;
	const halves = [ck.CKO_PRIVATE_KEY, ck.CKO_PUBLIC_KEY].flatMap((kind) => handlesOf(cryptoki, kind, name));
	for (const handle of halves) module.C_DestroyObject(session, handle);
	if (handlesOf(cryptoki, ck.CKO_PRIVATE_KEY, name).length > 0)
		throw new Problem('token-failed', `The token still has the key ${describe(name)} after it was told to destroy it.`);
	return halves.length;
};

const signWith = ({ constants: ck, module, session }: Cryptoki, handle: Handle, digest: Uint8Array): Uint8Array => {
	module.C_SignInit(session, { mechanism: ck.CKM_ECDSA }, handle);
	return new Uint8Array(module.C_Sign(session, Buffer.from(digest), Buffer.alloc(256)));
};

const describe = ({ label, id }: KeyName): string =>
	[label === undefined ? '' : JSON.stringify(label), id === undefined ? '' : `id ${Buffer.from(id).toString('hex')}`]
		.filter((part) => part !== '')
		.join(' with ');

/** The one private key of that name, or null. Throws `Problem('token-key')` when there are two: which is meant is not guessed. */
const privateHandle = (cryptoki: Cryptoki, name: KeyName): Handle | null => {
	const [handle, another] = handlesOf(cryptoki, cryptoki.constants.CKO_PRIVATE_KEY, name);
	if (another !== undefined)
		throw new Problem('token-key', `The token has more than one private key ${describe(name)}: name its id.`);
	return handle ?? null;
};

const handlesOf = (
	{ constants: ck, module, slot, session }: Cryptoki,
	kind: number,
	{ label, id }: KeyName,
): Handle[] => {
	const template: Template = [
		{ type: ck.CKA_CLASS, value: kind },
		...(label === undefined ? [] : [{ type: ck.CKA_LABEL, value: label }]),
		...(id === undefined ? [] : [{ type: ck.CKA_ID, value: Buffer.from(id) }]),
	];
	module.C_FindObjectsInit(session, template);
	try {
		const found: Handle[] = [];
		for (let some = module.C_FindObjects(session, 64); some.length > 0; some = module.C_FindObjects(session, 64))
			found.push(...some);
		// Some modules find nothing in a token that is gone: that it holds no such key is believed only while it answers.
		if (found.length === 0) module.C_GetTokenInfo(slot);
		return found;
	} finally {
		module.C_FindObjectsFinal(session);
	}
};

const recordOf = (cryptoki: Cryptoki, handle: Handle): TokenKeyRecord => {
	const { constants: ck } = cryptoki;
	const flag = (type: number): boolean | null => {
		const value = attribute(cryptoki, handle, type);
		return value === null || value.length === 0 ? null : value[0] !== 0;
	};
	const label = attribute(cryptoki, handle, ck.CKA_LABEL)?.toString('utf8') ?? '';
	const id = new Uint8Array(attribute(cryptoki, handle, ck.CKA_ID) ?? []);
	const others = [ck.CKA_DECRYPT, ck.CKA_UNWRAP, ck.CKA_DERIVE, ck.CKA_SIGN_RECOVER].map(flag);
	const signs = flag(ck.CKA_SIGN);
	return {
		label,
		id,
		publicKey: publicKeyOf(cryptoki, handle, { label, id }),
		claims: {
			local: flag(ck.CKA_LOCAL),
			sensitive: flag(ck.CKA_SENSITIVE),
			extractable: flag(ck.CKA_EXTRACTABLE),
			alwaysSensitive: flag(ck.CKA_ALWAYS_SENSITIVE),
			neverExtractable: flag(ck.CKA_NEVER_EXTRACTABLE),
			signOnly: signs === null ? null : signs && others.every((other) => other !== true),
		},
	};
};

/** One attribute, or null where the token has none of it or does not tell. */
const attribute = ({ module, session }: Cryptoki, handle: Handle, type: number): Buffer | null => {
	try {
		const [found] = module.C_GetAttributeValue(session, handle, [{ type }]);
		return Buffer.isBuffer(found?.value) ? found.value : null;
	} catch (error) {
		if (error instanceof Error && error.message.startsWith('CKR_ATTRIBUTE_')) return null;
		throw error;
	}
};

const publicKeyOf = (cryptoki: Cryptoki, privateKey: Handle, name: KeyName): Uint8Array | null => {
	const { constants: ck } = cryptoki;
	// Some tokens tell the point of the private half too, others keep it with the public one.
	for (const handle of [privateKey, ...handlesOf(cryptoki, ck.CKO_PUBLIC_KEY, name)]) {
		const curve = attribute(cryptoki, handle, ck.CKA_EC_PARAMS);
		const told = attribute(cryptoki, handle, ck.CKA_EC_POINT);
		if (curve === null || told === null || Buffer.compare(curve, P256) !== 0) continue;
		// PKCS #11 v2.40 mechanisms §2.3.3: an OCTET STRING around the point; older tokens give the point bare.
		const point =
			told.length === POINT_LENGTH + 2 && told[0] === 0x04 && told[1] === POINT_LENGTH ? told.subarray(2) : told;
		if (point.length === POINT_LENGTH && point[0] === 0x04) return new Uint8Array(Buffer.concat([SPKI_HEAD, point]));
	}
	return null;
};
