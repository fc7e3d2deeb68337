import { Problem } from '@keyward/core';

const LONGEST = 255;

/** RFC 9651 §3.3.3: a String, quoted; RFC 9651 §4.2.5: of printable ASCII, in which `"` and `\` are escaped. */
const STRING = /^ *"((?:[ !#-[\]-~]|\\["\\])+)" *$/;

/**
 * The field `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07 §2.1); undefined without one. Two of them, and
 * parameters, which the draft does not define, are malformed. Throws `Problem('request-malformed')`.
 */
export const idempotencyKeyIn = (field: string | string[] | undefined): string | undefined => {
	if (field === undefined) return undefined;
	const key = typeof field === 'string' ? STRING.exec(field)?.[1]?.replaceAll(/\\(.)/g, '$1') : undefined;
	if (key === undefined || key.length > LONGEST)
		throw new Problem(
			'request-malformed',
			`Idempotency-Key is one string in double quotes (RFC 9651) of 1 to ${LONGEST} printable characters, such as "8e03978e-40d5-43dd-bc93-6894a57f9324".`,
		);
	return key;
};
