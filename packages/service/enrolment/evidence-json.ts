import { Problem } from '@keyward/core';
import type { BootEvidence, ClearedEvidence, ClearingEvidence, FloorEvidence, NamedOctets } from '@keyward/core/attest';
import { type StatementFields, statementFields } from '@keyward/core/attest/statement-fields';
import { decodeBase64 } from '@keyward/core/format/pem';
import type { Challenge, ChallengeRequest, Statement } from './attestation.ts';

// The JSON bodies of /challenge, /evidence, /endorsement, /boot, /floor, /clearing and /cleared (docs/attestation.md). All throw `Problem('request-malformed')`.

const fieldsOf: ReadonlyMap<string, StatementFields> = new Map(Object.entries(statementFields));

export const readChallengeRequest = (body: unknown): ChallengeRequest => {
	const value = objectIn(body);
	const { format } = value;
	const shows = typeof format === 'string' ? fieldsOf.get(format)?.shows : undefined;
	if (typeof format !== 'string' || shows === undefined) {
		throw malformed(`format is one of ${Array.from(fieldsOf.keys()).join(', ')}: no other part is challenged.`);
	}
	const { endorsementCertificates, ...shown } = members(value, ['format', 'endorsementCertificates', ...shows]);
	return {
		format,
		endorsementCertificates: list('endorsementCertificates', endorsementCertificates),
		shown: octets(shown, shows),
	};
};

export const readEndorsement = (body: unknown): Uint8Array[] =>
	list('certificates', members(objectIn(body), ['certificates'])['certificates']);

/** A statement is known by its members. */
export const readEvidence = (body: unknown): Statement => {
	const value = objectIn(body);
	for (const [format, { states }] of fieldsOf) {
		if (hasJust(value, states)) return { format, stated: octets(value, states) };
	}
	const known = Array.from(fieldsOf.values(), ({ states }) => states.join(', '));
	throw malformed(`The body is a JSON object of ${known.join('; or of ')}.`);
};

const BOOT = ['attest', 'signature', 'pcrs', 'eventLog', 'imaList'] as const;

export const readBoot = (body: unknown): BootEvidence => {
	const { attest, signature, pcrs, eventLog, imaList } = members(objectIn(body), BOOT);
	return {
		attest: bytes('attest', attest),
		signature: bytes('signature', signature),
		pcrs: bytes('pcrs', pcrs),
		eventLog: eventLog === '' ? new Uint8Array() : bytes('eventLog', eventLog),
		imaList: imaList === '' ? new Uint8Array() : bytes('imaList', imaList),
	};
};

const FLOOR = ['attest', 'signature', 'originAttest', 'originSignature'] as const;

export const readFloorEvidence = (body: unknown): FloorEvidence => {
	const { attest, signature, originAttest, originSignature } = members(objectIn(body), FLOOR);
	return {
		attest: bytes('attest', attest),
		signature: bytes('signature', signature),
		originAttest: bytes('originAttest', originAttest),
		originSignature: bytes('originSignature', originSignature),
	};
};

export const readClearing = (body: unknown): ClearingEvidence => {
	const { key, attest, signature, parent } = members(objectIn(body), ['key', 'attest', 'signature', 'parent']);
	return {
		key: bytes('key', key),
		attest: bytes('attest', attest),
		signature: bytes('signature', signature),
		parent: bytes('parent', parent),
	};
};

export const readCleared = (body: unknown): ClearedEvidence => {
	const { attest, signature } = members(objectIn(body), ['attest', 'signature']);
	return { attest: bytes('attest', attest), signature: bytes('signature', signature) };
};

export const challengeAsJson = ({ posed, expires }: Challenge) => ({
	...Object.fromEntries(Object.entries(posed).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
	expires,
});

type Members = Readonly<Record<string, unknown>>;

const objectIn = (body: unknown): Members => {
	const value = typeof body === 'string' ? parse(body) : null;
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw malformed('The body is a JSON object.');
	return value as Members;
};

const hasJust = (value: Members, names: readonly string[]): boolean =>
	Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));

/** Exactly these: a misspelt member is an error, never ignored. */
const members = (value: Members, names: readonly string[]): Members => {
	if (!hasJust(value, names)) throw malformed(`The body is a JSON object of ${names.join(', ')}.`);
	return value;
};

const octets = (value: Members, names: readonly string[]): NamedOctets =>
	Object.fromEntries(names.map((name) => [name, bytes(name, value[name])]));

const parse = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
};

const list = (name: string, value: unknown): Uint8Array[] => {
	if (!Array.isArray(value)) throw malformed(`${name} is an array of base64.`);
	return value.map((one: unknown) => bytes(name, one));
};

const bytes = (name: string, value: unknown): Uint8Array => {
	if (typeof value !== 'string') throw malformed(`${name} is base64 in a string.`);
	return decodeBase64(value, 'request-malformed');
};

const malformed = (detail: string): Problem => new Problem('request-malformed', detail);
