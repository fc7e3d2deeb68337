import { levels, objectives, requirementIds } from '@keyward/core/policy';
import { namePattern } from '@keyward/core/device';
import Type from 'typebox';

/** An object of exactly these properties: a misspelt field is an error, never ignored. */
export const exactly = <Properties extends Type.TProperties>(properties: Properties) =>
	Type.Object(properties, { additionalProperties: false });

/** An object without properties. */
export const nothing = Type.Unsafe<Record<string, never>>(exactly({}));

/** Name of an application, device, stream or reader. */
export const name = Type.String({ pattern: namePattern, maxLength: 64 });

export const instant = Type.Integer({ minimum: 0, description: 'milliseconds since 1970-01-01T00:00:00Z' });

export const cursor = Type.Integer({
	minimum: 0,
	maximum: Number.MAX_SAFE_INTEGER,
	description: 'position in the stream: 1, 2, 3 … without gaps; 0 is before the first',
});

export const count = Type.Integer({ minimum: 0 });

/** A sentence by a person, for the record. */
export const sentence = Type.String({ minLength: 1, maxLength: 500 });

export const applicationOrAll = exactly({ application: Type.Optional(name) });

export const commissioning = exactly({
	commissioning: Type.String({ description: 'one-time commissioning string; a secret until it is spent' }),
	expires: instant,
});

const principal = {
	kind: Type.Union([Type.Literal('device'), Type.Literal('reader')]),
	application: name,
	id: name,
	class: Type.Union([name, Type.Null()]),
	state: Type.Union([Type.Literal('expected'), Type.Literal('active'), Type.Literal('retired')]),
	at: instant,
	certificateUntil: Type.Union([instant, Type.Null()], { description: 'notAfter of the newest certificate' }),
	connected: Type.Boolean(),
};

export const principalSummary = exactly(principal);

export const streamSummary = exactly({
	application: name,
	device: name,
	stream: name,
	unit: Type.String({ description: 'SenML unit symbol (RFC 8428 §12.1, RFC 8798)' }),
	last: cursor,
	newest: Type.Union([instant, Type.Null()]),
});

export const principalDetail = exactly({
	...principal,
	certificates: Type.Array(
		exactly({
			serial: Type.String(),
			fingerprint: Type.String({ description: 'SHA-256 of the DER, lower-case hex' }),
			notBefore: instant,
			notAfter: instant,
			revoked: Type.Union([exactly({ at: instant, reason: Type.String() }), Type.Null()]),
		}),
	),
	streams: Type.Array(streamSummary),
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
	ended: Type.Union([instant, Type.Null()], { description: 'when it was taken back before its time' }),
});

export const reading = exactly({
	cursor,
	time: instant,
	value: Type.Union([Type.Number(), Type.String(), Type.Boolean()]),
	unit: Type.String(),
});

const level = Type.Enum([...levels]);

export const posture = exactly({
	application: name,
	mode: Type.Union([Type.Literal('enforce'), Type.Literal('report')]),
	objectives: Type.Array(
		exactly({
			objective: Type.Enum([...objectives]),
			required: level,
			held: level,
			weakest: Type.Array(
				exactly({
					requirement: Type.Enum([...requirementIds]),
					component: exactly({
						kind: Type.Union([
							Type.Literal('device'),
							Type.Literal('reader'),
							Type.Literal('service'),
							Type.Literal('update'),
						]),
						application: Type.String(),
						id: Type.String(),
					}),
					held: level,
					reason: Type.String(),
				}),
				{ description: 'what holds the level down, lowest first' },
			),
		}),
	),
});
