import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Agent from '@keyward/agent';
import { Problem } from '@keyward/core';
import type * as Follow from '@keyward/owner/follow';
import type { Outcome } from './attack.ts';

/** What an attempt to put a release in force, or to have a device take one, came to. */
export const attempt = async (what: string, work: () => Promise<boolean>): Promise<Outcome> => {
	try {
		const succeeded = await work();
		return { succeeded, saw: succeeded ? what : 'nothing came of it', refusal: null };
	} catch (error) {
		if (!(error instanceof Problem) && !(error instanceof Error && 'code' in error)) throw error;
		return { succeeded: false, saw: error.message, refusal: String(error.code) };
	}
};

/** What a device follows its owner's repository by, from the source under attack. */
export const followOf = async (source: string): Promise<typeof Follow> =>
	(await import(pathToFileURL(join(source, 'packages/owner/follow/index.ts')).href)) as typeof Follow;

/** A device's agent, from the source under attack. */
export const agentOf = async (source: string): Promise<typeof Agent> =>
	(await import(pathToFileURL(join(source, 'packages/agent/index.ts')).href)) as typeof Agent;
