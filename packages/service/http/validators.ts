import { createRequire } from 'node:module';
import type ajvCompiler from '@fastify/ajv-compiler';
import type { FastifyServerOptions } from 'fastify';

type Factory = ReturnType<typeof ajvCompiler>;

const require = createRequire(import.meta.url);

let built: Factory | undefined;
/** One for the whole thread: every listener has the same operations. Its hundred modules are loaded with the first schema. */
const build: Factory = (externalSchemas, options) => {
	built ??= (require('@fastify/ajv-compiler') as typeof ajvCompiler)();
	return built(externalSchemas, options);
};

/**
 * Schemas compiled when a request first asks for them, not at the start, for each listener: a hundred operations took most of
 * the time until a worker answered. Every schema of the contract compiles: its tests say so.
 */
const compileWhenAsked: Factory = (externalSchemas, options) => {
	return (schema, meta) => {
		let compiled: ReturnType<ReturnType<Factory>> | undefined;
		const validate = (data: unknown): boolean => {
			compiled ??= build(externalSchemas, options)(schema, meta);
			const valid = compiled(data);
			validate.errors = compiled.errors;
			return valid as boolean;
		};
		validate.errors = undefined as ReturnType<ReturnType<Factory>>['errors'];
		return validate as ReturnType<ReturnType<Factory>>;
	};
};

/** Answers are written by JSON.stringify. A route that gave a schema for its answers would be refused at the start. */
const noSerializer = () => () => {
	throw new Error('no route gives a schema for its answers');
};

export const validators: NonNullable<FastifyServerOptions['schemaController']> = {
	compilersFactory: { buildValidator: compileWhenAsked, buildSerializer: noSerializer },
};
