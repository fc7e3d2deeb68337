import type { OperationName, Operations } from '@keyward/core/port';
import type { Static, TSchema } from 'typebox';
import type { Caller } from './rpc.ts';

/** What a door knows of an operation: the shape of its input and output, and who may even ask. */
export interface Operation<Name extends OperationName = OperationName> {
	readonly name: Name;
	readonly summary: string;
	/** Callers of any other kind are refused before a byte of their input is read. */
	readonly callers: readonly Caller['kind'][];
	readonly input: TSchema;
	readonly output: TSchema;
}

type Frozen<T> = T extends string | number | boolean | null | undefined
	? T
	: { readonly [Key in keyof T]: Frozen<T[Key]> };

/** `unknown` where both types say the same, `never` (which nothing satisfies) where they do not. */
type Agrees<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never;

/** Describes one operation. Schemas that say anything else than the type `Operations` do not compile. */
export const operation = <Name extends OperationName, Input extends TSchema, Output extends TSchema>(
	name: Name,
	described: {
		readonly summary: string;
		readonly callers: readonly Caller['kind'][];
		readonly input: Input & Agrees<Frozen<Static<Input>>, Frozen<Operations[Name]['input']>>;
		readonly output: Output & Agrees<Frozen<Static<Output>>, Frozen<Operations[Name]['output']>>;
	},
): Operation<Name> => ({ name, ...described });
