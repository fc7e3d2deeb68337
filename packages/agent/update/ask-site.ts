import { hours, Problem, seconds } from '@keyward/core';
import { ChildLost, startChild } from '@keyward/custody/child-process';
import { openIdentity } from '../identity/identity.ts';
import { passLine } from '../tls/engine-noise.ts';
import { askSiteHere, type SiteAnswer, type SiteProtocol, type SiteQuestion } from './site-question.ts';

/** A large image over a thin link; it goes on from where it was. */
const PATIENCE = hours(6);
const END_GRACE = seconds(10);

/** With a key in hardware in a separate process, because OpenSSL's engine loads once in the life of one. */
export const askSite = async (folder: string, question: SiteQuestion): Promise<SiteAnswer> => {
	const identity = await openIdentity(folder);
	if (identity.hardware === undefined) return askSiteHere(identity, question);
	const child = startChild<SiteProtocol>({
		program: new URL('./site-child.ts', import.meta.url),
		onLine: passLine,
	});
	try {
		return await child.ask({ folder, question }, PATIENCE);
	} catch (error) {
		if (!(error instanceof ChildLost)) throw error;
		throw new Problem('internal', `Asking the site for a release failed: ${error.message}.`);
	} finally {
		await child.end(END_GRACE);
	}
};
