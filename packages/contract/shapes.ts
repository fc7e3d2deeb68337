import type { TProperties } from 'typebox';
import { errorCodes } from '@keyward/core';
import { incidentCauses } from '@keyward/core/incident';
import { levels, objectives, requirementIds } from '@keyward/core/vocabulary';
import { lifeStates, namePattern, expectedPartPattern } from '@keyward/core/device';
import { keyPurposes, revocationCauses } from '@keyward/core/port';
import { Type } from './type.ts';
import { cursor } from './cursor.ts';

/** An object of exactly these properties: a misspelt field is an error, never ignored. */
export const exactly = <Properties extends TProperties>(properties: Properties) =>
	Type.Object(properties, { additionalProperties: false });

/** An object without properties. */
export const nothing = Type.Unsafe<Record<string, never>>(exactly({}));

/** Name of an application, device, stream or reader. */
export const name = Type.String({ pattern: namePattern, maxLength: 64 });

/** How a part is named. */
export const part = Type.String({
	pattern: expectedPartPattern,
	description: "ek: and SHA-256 of a TPM's endorsement key, or serial: and its manufacturer's number",
});

export const instant = Type.Integer({ minimum: 0, description: 'milliseconds since 1970-01-01T00:00:00Z' });

export const count = Type.Integer({ minimum: 0 });

/** Where a device or reader stands (docs/life-of-a-device.md). */
export const lifeState = Type.Enum([...lifeStates]);

/** A sentence by a person, for the record. */
export const sentence = Type.String({ minLength: 1, maxLength: 500 });

/** Why a certificate was revoked (RFC 5280 §5.3.1). */
export const revocationCause = Type.Enum([...revocationCauses]);

export const authorityKind = Type.Union([
	Type.Literal('site-root'),
	Type.Literal('service-ca'),
	Type.Literal('issuing'),
]);

export const generationState = Type.Enum(['making', 'announced', 'active', 'outgoing', 'retiring', 'retired']);

export const principalName = exactly({
	kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
	application: name,
	id: name,
});

export const applicationOrAll = exactly({ application: Type.Optional(name) });

export const commissioning = exactly({
	commissioning: Type.String({ description: 'one-time commissioning string; a secret until it is spent' }),
	expires: instant,
});

const keyEvidence = exactly({
	custody: Type.Enum(['software', 'tpm2', 'pkcs11']),
	proof: Type.Enum(['claimed', 'endorsed', 'attested']),
	part: Type.Union([part, Type.Null()], { description: 'the part that it was found to be' }),
	manufacturer: Type.Union([Type.String(), Type.Null()], { description: "the site file's name for who vouches" }),
	emulated: Type.Boolean({ description: 'a simulated part, which the site lets count' }),
	adopted: Type.Optional(Type.Literal(true, { description: 'the certificate is of another CA' })),
});

export const keyPurpose = Type.Enum([...keyPurposes]);

export const registeredKey = exactly({
	purpose: keyPurpose,
	key: Type.String({ description: 'base64 of the SubjectPublicKeyInfo; of a kem, the encapsulation key' }),
	thumbprint: Type.String({
		description:
			'lower-case hex: of a P-256 key its COSE Key Thumbprint (RFC 9679, SHA-256), of a kem SHA-256 of the key',
	}),
	at: instant,
});

const principal = {
	kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
	application: name,
	id: name,
	class: Type.Union([name, Type.Null()]),
	part: Type.Union([part, Type.Null()], { description: 'the part that it must be' }),
	state: lifeState,
	at: instant,
	certificateUntil: Type.Union([instant, Type.Null()], { description: 'notAfter of the newest certificate' }),
	evidence: Type.Union([keyEvidence, Type.Null()], { description: 'what the key of that certificate was admitted on' }),
	connected: Type.Boolean(),
};

/** What a policy gives and takes, compared with the one before. */
export const rightsChanges = Type.Array(
	exactly({
		reader: name,
		of: Type.Union([Type.Literal('operations'), Type.Literal('streams')], {
			description: 'operations that it may call as a program, or streams that it may be granted',
		}),
		given: Type.Array(Type.String()),
		taken: Type.Array(Type.String()),
	}),
	{ description: 'every right that the policy gives a reader or program, or takes from it' },
);

export const principalSummary = exactly(principal);

export const streamSummary = exactly({
	application: name,
	device: name,
	stream: name,
	unit: Type.String({ description: 'SenML unit symbol (RFC 8428 §12.1, RFC 8798)' }),
	last: Type.Integer({ minimum: 0, description: 'position of the newest reading; 0 when there is none' }),
	cursor,
	newest: Type.Union([instant, Type.Null()]),
	presence: Type.Union([Type.Literal('heard'), Type.Literal('asleep'), Type.Literal('silent'), Type.Null()], {
		description: 'whether it comes in as often as its policy says; asleep within what its class sleeps',
	}),
	every: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
		description: 'how often a reading is to come, in milliseconds; null where the policy does not name the stream',
	}),
	missing: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
		description:
			'readings that should have come and did not, though later ones did, of the last hour; null where the policy does not ask that they are looked for (gap-noticed)',
	}),
});

export const refusalSummary = exactly({
	code: Type.Enum([...errorCodes]),
	requirement: Type.Enum([...requirementIds]),
	reason: Type.String({ description: 'of the last one, with the value that was refused' }),
	times: Type.Integer({ minimum: 1, description: 'since the service started, or since the first that is remembered' }),
	first: instant,
	last: instant,
});

/** A release that a device did not take, and why, in its word. */
export const refusedRelease = exactly({
	...{ release: Type.String({ description: "path among the owner's targets" }), code: Type.String(), at: instant },
	detail: Type.Union([Type.String(), Type.Null()]),
	signed: Type.Boolean({ description: 'its stream key signed that' }),
	receipt: Type.Union([Type.String(), Type.Null()], { description: 'the signed message, base64' }),
});

export const principalDetail = exactly({
	...principal,
	certificates: Type.Array(
		exactly({
			serial: Type.String(),
			fingerprint: Type.String({ description: 'SHA-256 of the DER, lower-case hex' }),
			evidence: keyEvidence,
			issued: { ...instant, description: 'when it was issued: one of this site begins before that' },
			notBefore: instant,
			notAfter: instant,
			revoked: Type.Union([exactly({ at: instant, cause: revocationCause, reason: Type.String() }), Type.Null()]),
		}),
	),
	keys: Type.Array(registeredKey, {
		description: 'keys that it registered beside those of its certificates; the service says so, an owner compares',
	}),
	findings: Type.Array(
		exactly({ code: Type.Enum([...errorCodes]), requirement: Type.Enum([...requirementIds]), reason: Type.String() }),
		{ description: 'where its newest certificate falls short of the policy' },
	),
	refusals: Type.Array(refusalSummary, { description: 'what it was refused since the service started, newest first' }),
	refused: Type.Union([refusedRelease, Type.Null()], { description: 'the last release that it did not take' }),
	streams: Type.Array(streamSummary),
	silences: Type.Array(name, {
		description: 'essential streams that it sends and no other device in service does: silent once it is contained',
	}),
});

export const grant = exactly({
	id: Type.String(),
	application: name,
	reader: name,
	device: Type.String({ description: 'a device, or * for every device of the application' }),
	stream: name,
	purpose: Type.String(),
	from: instant,
	expires: instant,
	ended: Type.Union([instant, Type.Null()], { description: 'when it was revoked before its time' }),
	held: Type.Optional(
		Type.Union([Type.Literal('roster'), Type.Literal('roster-2-of-3')], {
			description: 'by a roster that the owner signs; by the service itself where it is left out',
		}),
	),
	unrecorded: Type.Optional(
		Type.Literal(true, {
			description:
				'no entry of the ledger records it as it is, so it lets nobody read: it was written or altered in the database past the service',
		}),
	),
});

export const commandSummary = exactly({
	id: Type.String(),
	application: name,
	device: name,
	contentType: Type.String(),
	size: Type.Integer({ minimum: 0, description: 'of the payload, in bytes' }),
	at: instant,
	expires: instant,
	state: Type.Union([
		Type.Literal('waiting'),
		Type.Literal('delivered'),
		Type.Literal('expired'),
		Type.Literal('void'),
	]),
	delivered: Type.Union([instant, Type.Null()], { description: 'when the device acknowledged it' }),
	receipt: Type.Union([Type.String(), Type.Null()], {
		description: "base64 of the device's signed receipt (COSE_Sign1)",
	}),
});

const openReading = exactly({
	cursor,
	time: instant,
	value: Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
	unit: Type.String(),
	doubt: Type.Optional(Type.Array(Type.Enum(['time', 'stuck', 'rate', 'essential', 'tainted']))),
});

const sealedItem = exactly({
	cursor,
	time: { ...instant, description: 'when it arrived: the service knows no other time of it' },
	sealed: Type.String({
		description: 'base64 of an epoch, a sealed reading or a checkpoint, as the device sent it (COSE)',
	}),
	doubt: Type.Optional(Type.Array(Type.Enum(['tainted']))),
});

/** What a stream holds at one place: a reading, or what only the stream's readers open. */
export const reading = Type.Union([openReading, sealedItem]);

const level = Type.Enum([...levels]);

const componentShape = {
	kind: Type.Union([Type.Literal('device'), Type.Literal('reader'), Type.Literal('service'), Type.Literal('update')]),
	application: Type.String(),
	id: Type.String(),
};

export const component = exactly(componentShape);

export const posture = exactly({
	application: name,
	mode: Type.Union([Type.Literal('enforce'), Type.Literal('audit')]),
	pending: { ...count, description: 'components whose evidence changed a moment ago, and that are looked at next' },
	counts: Type.Object(
		{ components: count, emulated: count, otherCa: count, unseen: count, suspected: count },
		{ additionalProperties: false, description: 'how many there are; the lists name the first' },
	),
	emulated: Type.Array(component, { description: 'devices whose part is simulated, which the site lets count' }),
	suspected: Type.Array(exactly({ ...componentShape, causes: Type.Array(Type.Enum([...incidentCauses])) }), {
		description: 'devices with open incidents, and what these were opened for',
	}),
	otherCa: Type.Array(component, { description: 'devices that still have the certificate of another CA' }),
	unseen: Type.Array(component, { description: 'devices and readers that never connected, and do not count yet' }),
	objectives: Type.Array(
		exactly({
			objective: Type.Enum([...objectives]),
			required: level,
			held: level,
			total: { ...count, description: 'how many weaknesses there are; `weakest` has the first, and some of each kind' },
			alike: Type.Array(
				exactly({
					requirement: Type.Enum([...requirementIds]),
					held: level,
					reason: Type.String(),
					barred: Type.Boolean(),
					count: { ...count, description: 'components that are weak alike' },
				}),
				{ description: 'the same, counted; the first hundred kinds' },
			),
			weakest: Type.Array(
				exactly({
					requirement: Type.Enum([...requirementIds]),
					component,
					held: level,
					reason: Type.String(),
					barred: Type.Boolean({ description: 'no site can hold the next level with this version' }),
					remedy: Type.Union([Type.String(), Type.Null()], {
						description: 'what to do first about it; null where no site can hold the next level',
					}),
				}),
				{ description: 'what holds the level down: first what a site can mend, lowest first' },
			),
		}),
	),
});
