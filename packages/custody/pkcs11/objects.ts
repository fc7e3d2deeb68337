import { randomBytes } from 'node:crypto';
import { Problem } from '@keyward/core';
import { publicKeyOfPoint } from '@keyward/core/format/key-agreement';
import type { Handle, Template } from 'pkcs11js';
import type { Cryptoki } from './cryptoki.ts';
import type { KeyClaims, KeyName, KeyUsage, TokenCurve, TokenKeyRecord } from './message.ts';
import { agreeWith, agreesFor, signsFor, signWith } from './use-key.ts';

/** Their OBJECT IDENTIFIERs, DER (RFC 5480 §2.1.1.1), and the length of an uncompressed point. */
const curves: Readonly<Record<TokenCurve, { readonly oid: Buffer; readonly pointLength: number }>> = {
	'P-256': { oid: Buffer.from('06082a8648ce3d030107', 'hex'), pointLength: 65 },
	'P-384': { oid: Buffer.from('06052b81040022', 'hex'), pointLength: 97 },
};

/**
 * Makes a pair in the token: made there, private, not to be read or taken out, good for its use alone. The attributes are read
 * back: a token that ignores what it is asked makes no key of ours. Throws `Problem('token-key')` when the label is taken.
 */
export const createKey = (cryptoki: Cryptoki, label: string, usage: KeyUsage, curve: TokenCurve): TokenKeyRecord => {
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
			{ type: ck.CKA_VERIFY, value: usage === 'sign' },
			{ type: ck.CKA_DERIVE, value: usage === 'agree' },
			{ type: ck.CKA_EC_PARAMS, value: curves[curve].oid },
		],
		[
			...names,
			{ type: ck.CKA_PRIVATE, value: true },
			{ type: ck.CKA_SENSITIVE, value: true },
			{ type: ck.CKA_EXTRACTABLE, value: false },
			{ type: ck.CKA_SIGN, value: usage === 'sign' },
			{ type: ck.CKA_DECRYPT, value: false },
			{ type: ck.CKA_UNWRAP, value: false },
			{ type: ck.CKA_DERIVE, value: usage === 'agree' },
			{ type: ck.CKA_SIGN_RECOVER, value: false },
		],
	);
	const made = recordOf(cryptoki, pair.privateKey);
	const isForUse = usage === 'sign' ? made.claims.signOnly : made.claims.agreeOnly;
	const works = usage === 'sign' ? signsFor : agreesFor;
	if (
		!staysInside(made.claims) ||
		isForUse !== true ||
		made.publicKey === null ||
		!works(cryptoki, pair.privateKey, made.publicKey)
	) {
		for (const handle of [pair.privateKey, pair.publicKey]) module.C_DestroyObject(session, handle);
		throw new Problem(
			'token-failed',
			`The token made a key that can leave it, has other uses, or does not ${usage} as its public half says: it was destroyed. Use another token.`,
		);
	}
	return made;
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
	if (handle === null) throw noKey(name);
	return signWith(cryptoki, handle, digest);
};

/** Z of ECDH with an uncompressed point of P-256. Throws `Problem('token-key')` when there is no such key. */
export const agree = (cryptoki: Cryptoki, name: KeyName, point: Uint8Array): Uint8Array => {
	const handle = privateHandle(cryptoki, name);
	if (handle === null) throw noKey(name);
	return agreeWith(cryptoki, handle, point);
};

const noKey = (name: KeyName): Problem => new Problem('token-key', `The token has no private key ${describe(name)}.`);

/** Destroys private and public half, the private one first; gives how many objects went. */
export const eraseKey = (cryptoki: Cryptoki, name: KeyName): number => {
	const { constants: ck, module, session } = cryptoki;
	const halves = [ck.CKO_PRIVATE_KEY, ck.CKO_PUBLIC_KEY].flatMap((kind) => handlesOf(cryptoki, kind, name));
	for (const handle of halves) module.C_DestroyObject(session, handle);
	if (handlesOf(cryptoki, ck.CKO_PRIVATE_KEY, name).length > 0)
		throw new Problem('token-failed', `The token still has the key ${describe(name)} after it was told to destroy it.`);
	return halves.length;
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
	const others = [ck.CKA_DECRYPT, ck.CKA_UNWRAP, ck.CKA_SIGN_RECOVER].map(flag).includes(true);
	const [signs, agrees] = [flag(ck.CKA_SIGN), flag(ck.CKA_DERIVE)];
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
			signOnly: signs === null ? null : signs && agrees !== true && !others,
			agreeOnly: agrees === null ? null : agrees && signs === false && !others,
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
		const named = attribute(cryptoki, handle, ck.CKA_EC_PARAMS);
		const told = attribute(cryptoki, handle, ck.CKA_EC_POINT);
		const curve = (['P-256', 'P-384'] as const).find((one) => named?.equals(curves[one].oid) === true);
		if (curve === undefined || told === null) continue;
		const { pointLength } = curves[curve];
		// PKCS #11 v2.40 mechanisms §2.3.3: an OCTET STRING around the point; older tokens give the point bare.
		const point =
			told.length === pointLength + 2 && told[0] === 0x04 && told[1] === pointLength ? told.subarray(2) : told;
		if (point.length === pointLength && point[0] === 0x04) return publicKeyOfPoint(curve, point);
	}
	return null;
};
