import { minutes, Problem, seconds } from '@keyward/core';
import { ChildLost, startChild } from '@keyward/custody/child-process';
import type { Identity } from '../identity/identity.ts';
import { passLine } from '../tls/engine-noise.ts';
import { callHere, type CallProtocol, type SiteCall } from './site-call.ts';

/** Longer than the patience with a slow part and a slow site. */
const PATIENCE = minutes(2);
const END_GRACE = seconds(10);

/**
 * Asks the service, on a link under the certificate; with a key in hardware in a separate process, because OpenSSL's engine loads
 * once in the life of one. Gives the body of the answer. Throws `service-not-trusted`, `site-unreachable`, and the service's refusal.
 */
export const callSite = async (identity: Identity, call: SiteCall): Promise<string> => {
	if (identity.hardware === undefined) return callHere(identity, call);
	const child = startChild<CallProtocol>({ program: new URL('./call-child.ts', import.meta.url), onLine: passLine });
	try {
		return await child.ask({ folder: identity.folder, call }, PATIENCE);
	} catch (error) {
		if (!(error instanceof ChildLost)) throw error;
		throw new Problem('internal', `Asking the site for ${call.operation} failed: ${error.message}.`);
	} finally {
		await child.end(END_GRACE);
	}
};
