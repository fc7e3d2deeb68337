import type { AccessRule, OperationRule } from '@keyward/core/authorize';
import type { PersonRole } from '@keyward/core/port';
import type { TSchema } from 'typebox';

/** An operation as data: what it is asked with, what it answers, and who may call it. */
export interface Operation<
	Name extends string = string,
	Input extends TSchema = TSchema,
	Output extends TSchema = TSchema,
> extends OperationRule {
	readonly name: Name;
	/** One line for people, without a full stop. */
	readonly summary: string;
	readonly input: Input;
	readonly output: Output;
	/** It changes nothing (RFC 9110 section 9.2.1); every other call is recorded in the audit log. */
	readonly safe?: true;
	/** Its answer is a secret: kept nowhere. */
	readonly secretAnswer?: true;
	/** Fields of the input of which the audit log keeps the size alone. */
	readonly withheld?: readonly string[];
}

/** Describes one operation; its types are those of its schemas. */
export const operation = <const Name extends string, Input extends TSchema, Output extends TSchema>(
	name: Name,
	described: Omit<Operation<Name, Input, Output>, 'name'>,
): Operation<Name, Input, Output> => ({ name, ...described });

/** Over the local socket. */
export const operator: AccessRule = { kind: 'operator' };

/** By the certificate of a device. */
export const device: AccessRule = { kind: 'certificate', role: 'device' };

/** By the certificate of a reader. */
export const reader: AccessRule = { kind: 'certificate', role: 'reader' };

/** By the certificate of a reader that its application's policy names for it, under `programs`. */
export const program: AccessRule = { kind: 'certificate', role: 'program' };

/** People with one of these roles, signed in. What reads a file of the service's machine by its path is for its operator alone. */
export const people = (...roles: readonly PersonRole[]): AccessRule[] =>
	roles.map((role) => ({ kind: 'person', role }));
