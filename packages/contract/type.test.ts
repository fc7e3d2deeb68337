import assert from 'node:assert/strict';
import { test } from 'node:test';
import TypeBox from 'typebox';
import { Type } from './type.ts';

test('each builder gives what TypeBox gives, in what is written and in what is not', () => {
	const build = (type: typeof Type): object[] => {
		const text = type.String({ pattern: '^a+$', maxLength: 4 });
		const fields = { a: type.Number({ minimum: 1 }), b: type.Optional(type.Boolean()), c: type.Optional(text) };
		return [
			...[type.String(), text, type.Integer({ minimum: 0, description: 'of it' }), type.Null(), type.Boolean()],
			...[type.Literal('x', { description: 'it' }), type.Literal(1), type.Literal(true)],
			...[type.Enum(['a', 'b']), type.Enum(['a'], { description: 'one' })],
			...[type.Array(text), type.Array(type.Null(), { maxItems: 3 })],
			...[type.Object({}), type.Object(fields), type.Object(fields, { additionalProperties: false })],
			...[type.Object({ b: type.Optional(text) }), type.Optional(type.Optional(text))],
			...[type.Union([text, type.Null()]), type.Union([text], { description: 'or' })],
			...[type.Record(type.String(), text), type.Record(text, text, { description: 'by name' })],
			...[type.Unsafe<1>(text), type.Unsafe<1>(type.Optional(text)), type.Optional(type.Unsafe<1>(text))],
		];
	};
	const [ours, theirs] = [build(Type), build(TypeBox)];
	const whole = (schema: unknown): unknown =>
		typeof schema === 'object' && schema !== null
			? Object.entries(Object.getOwnPropertyDescriptors(schema)).map(([name, { value, enumerable }]) => [
					...[name, enumerable, whole(value)],
				])
			: schema;
	for (const [index, schema] of ours.entries()) {
		assert.equal(JSON.stringify(schema), JSON.stringify(theirs[index]));
		assert.deepEqual(
			new Map(whole(schema) as [string, unknown][]),
			new Map(whole(theirs[index]) as [string, unknown][]),
			JSON.stringify(schema),
		);
	}
});
