import { namePattern } from '@keyward/core/device/name';

/** What a schema's checker says of the first thing that it did not accept. */
export interface SchemaFault {
	readonly keyword: string;
	/** JSON Pointer of what is meant (RFC 6901). */
	readonly instancePath: string;
	readonly message?: string | undefined;
	readonly params: Readonly<Record<string, unknown>>;
}

/** The same in plain words; `part` is the part of the request that was judged, as `body`. */
export const faultInWords = (fault: SchemaFault | undefined, part: string): string => {
	if (fault === undefined) return `${part} is malformed`;
	const extra = fault.params['additionalProperty'];
	const field = `${part}${fault.instancePath.replaceAll('/', '.')}`;
	return typeof extra === 'string' ? `${field}.${extra} is not a field of this request` : `${field} ${plainly(fault)}`;
};

const plainly = ({ keyword, message = 'is malformed', params }: SchemaFault): string => {
	const bound = Number(params['limit']);
	if (keyword === 'pattern') return formOf(String(params['pattern']));
	if (keyword === 'minimum') return `must be ${bound} or more`;
	if (keyword === 'maximum') return `must be ${bound} or less`;
	if (keyword === 'anyOf' || keyword === 'oneOf') return 'has another form than those in /v1/openapi.json';
	return message.replace('must NOT have fewer than 1 characters', 'must not be empty').replace('must NOT', 'must not');
};

/** A regular expression is no answer to a person. */
const formOf = (pattern: string): string => {
	const named = 'must be a name: 1 to 64 of a-z 0-9 . - that begin and end with a letter or digit';
	if (pattern === namePattern) return named;
	return pattern.startsWith(`${namePattern}|`)
		? `${named}, or * for every one`
		: 'is not in the form that it has in /v1/openapi.json';
};
