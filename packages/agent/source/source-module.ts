import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Problem } from '@keyward/core';
import type { Clock } from '@keyward/core/port';
import type { Source } from '../sample/source.ts';

/** What a source module is given. It needs to import nothing of Keyward. */
export interface SourceTools {
	/** What the user set for it, by name. */
	readonly settings: Readonly<Record<string, string>>;
	readonly clock: Clock;
	/** Makes what is yielded in place of a sample when there is none: `malformed` input, or an `unavailable` sensor. */
	readonly problem: (kind: 'malformed' | 'unavailable', detail: string) => Problem;
}

/** What a source module exports as `source`. It may throw a plain `Error` for settings that mean nothing. */
export type MakeSource = (tools: SourceTools) => Source;

/**
 * Loads a source that somebody else wrote, as JavaScript or as TypeScript whose types can be stripped. It runs with all
 * that the agent may do. Throws `Problem('source-malformed')` when the file cannot be loaded or makes no source.
 */
export const loadSource = async (
	path: string,
	settings: Readonly<Record<string, string>>,
	clock: Clock,
): Promise<Source> => {
	let source: Source;
	try {
		const { source: make } = (await import(pathToFileURL(resolve(path)).href)) as { source?: unknown };
		if (typeof make !== 'function') throw new Error('it exports no function called source');
		source = (make as MakeSource)({
			settings,
			clock,
			problem: (kind, detail) => new Problem(`source-${kind}`, detail),
		});
		if (typeof source?.read !== 'function' || typeof source.live !== 'boolean') {
			throw new Error('its source has no read function, or does not say whether it is live');
		}
	} catch (cause) {
		throw failure(path, cause);
	}
	return {
		live: source.live,
		async *read(signal) {
			try {
				yield* source.read(signal);
			} catch (cause) {
				if (!signal.aborted) throw failure(path, cause);
			}
		},
	};
};

const failure = (path: string, cause: unknown): Problem =>
	cause instanceof Problem
		? cause
		: new Problem('source-malformed', `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
