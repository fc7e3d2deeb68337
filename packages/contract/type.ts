import type TypeBox from 'typebox';
import type { TSchema } from 'typebox';

// TypeBox's types, and the few of its builders that the contract has use for: TypeBox itself is 370 modules, which each program and
// each thread of a service would load at its start to write some JSON Schema.

type Keywords = Readonly<Record<string, unknown>> | undefined;

const hide = (schema: object, fields: object): object => {
	for (const [name, value] of Object.entries(fields))
		Object.defineProperty(schema, name, { value, configurable: true, writable: true });
	return schema;
};

/** A schema of the kind that the caller's signature says. */
const make = (kind: string, keywords: object, options: Keywords = {}): never =>
	hide({ ...keywords, ...options }, { '~kind': kind }) as never;

const marked = (schema: TSchema, fields: object): never =>
	hide(Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)), fields) as never;

/** What TypeBox would give for the same (type.test.ts). */
export const Type: Pick<
	typeof TypeBox,
	| 'Array'
	| 'Boolean'
	| 'Enum'
	| 'Integer'
	| 'Literal'
	| 'Null'
	| 'Number'
	| 'Object'
	| 'Optional'
	| 'Record'
	| 'String'
	| 'Union'
	| 'Unsafe'
> = {
	Array: (items, options) => make('Array', { type: 'array', items }, options),
	Boolean: (options) => make('Boolean', { type: 'boolean' }, options),
	Enum: (values: unknown, options?: Keywords) => make('Enum', { enum: values }, options),
	Integer: (options) => make('Integer', { type: 'integer' }, options),
	Literal: (value, options) => make('Literal', { type: typeof value, const: value }, options),
	Null: (options) => make('Null', { type: 'null' }, options),
	Number: (options) => make('Number', { type: 'number' }, options),
	Object: (properties, options) => {
		const required = Object.keys(properties).filter((name) => !('~optional' in (properties[name] ?? {})));
		return make('Object', { type: 'object', ...(required.length > 0 && { required }), properties }, options);
	},
	Optional: (schema) => marked(schema, { '~optional': true }),
	Record: (key, value, options) => {
		const pattern = 'pattern' in key ? String(key.pattern) : '^.*$';
		return make('Record', { type: 'object', patternProperties: { [pattern]: value } }, options);
	},
	String: (options) => make('String', { type: 'string' }, options),
	Union: (anyOf, options) => make('Union', { anyOf }, options),
	Unsafe: (schema) => marked(schema, { '~unsafe': null }),
};
