import ajvCompiler from '@fastify/ajv-compiler';
import type { FastifyServerOptions } from 'fastify';

type Factory = ReturnType<typeof ajvCompiler>;

/** One for the whole process: every listener has the same operations. */
const build = ajvCompiler();

/**
 * Schemas compiled when a request first asks for them, not at the start, for each listener: a hundred operations took most of
 * the time until a worker answered. Every schema of the contract compiles: its tests say so.
 */
const compileWhenAsked: Factory = (externalSchemas, options) => {
	const compile = build(externalSchemas, options);
	return (schema, meta) => {
		let compiled: ReturnType<typeof compile> | undefined;
		const validate = (data: unknown): boolean => {
			compiled ??= compile(schema, meta);
			const valid = compiled(data);
			validate.errors = compiled.errors;
			return valid as boolean;
		};
		validate.errors = undefined as ReturnType<typeof compile>['errors'];
		return validate as ReturnType<typeof compile>;
	};
};

export const validators: NonNullable<FastifyServerOptions['schemaController']> = {
	compilersFactory: { buildValidator: compileWhenAsked },
};
