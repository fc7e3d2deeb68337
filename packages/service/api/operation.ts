import type { AccessRule, OperationRule } from '@keyward/core/authorize';
import type { OperationName, Operations } from '@keyward/core/port';
import type { Static, TSchema } from 'typebox';

/** An operation as data: the shape of its input and output, and who may call it. */
export interface Operation<Name extends OperationName = OperationName> extends OperationRule {
	readonly name: Name;
	readonly summary: string;
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
		readonly callers: readonly AccessRule[];
		readonly reads?: 'stream';
		readonly input: Input & Agrees<Frozen<Static<Input>>, Frozen<Operations[Name]['input']>>;
		readonly output: Output & Agrees<Frozen<Static<Output>>, Frozen<Operations[Name]['output']>>;
	},
): Operation<Name> => ({ name, ...described });

/** Over the local socket. */
export const operator: AccessRule = { kind: 'operator' };

/** By the certificate of a reader. */
export const reader: AccessRule = { kind: 'certificate', role: 'reader' };
