import type { Refusal } from '@keyward/core';
import type { PrincipalName } from '@keyward/core/port';
import type { Cuts, Done } from '../delivery/cuts.ts';
import type { Sessions } from '../session/sessions.ts';

/** What ends somebody: his live links, and what is kept for them. */
export interface EndsPrincipals {
	readonly cuts: Pick<Cuts, 'of'>;
	readonly sessions: Pick<Sessions, 'revoked'>;
}

/**
 * The way of one revocation, on one screen: of an operator's word, a device's own, a transfer or a containment. In this order:
 *
 * 1. **cut**: the worker that has the session is told first, with what to tell the peer, and acts in its own thread while the disk is
 *    waited for (`session/sessions.ts`, `cutThen`). From here on the committer takes nothing of it: a batch on its way meets the fence.
 * 2. **record**: state, every certificate, tokens and open intents in one commit: all of it durable, or nothing of it, and then an
 *    error is answered. It waits for no enrolment: one under way is refused when it would be recorded (`enrolment/lifecycle.ts`).
 * 3. **publish**: OCSP says so at once, the next CRL within a second (`revocation/status.ts`). This site's own listeners ask the registry.
 * 4. **forget**: the kept session goes, and with it the will, which is nobody's word any more.
 * 5. **judge again**: a session that was opened between the cut and the commit, and event streams, by what is recorded now.
 * 6. **answer**: only when the workers have acted. Answered means cut and durable; how long that took is the evidence (CR 2.6).
 *
 * Cut off after the first step, the peer may connect again, and the caller has no answer. After the second nothing that was ended lives on:
 * no session outlives the process, and lists are made again at its start.
 */
export const endPrincipal = (
	{ cuts, sessions }: EndsPrincipals,
	name: PrincipalName,
	told: Refusal,
	/** Gives how many certificates were revoked. */
	record: () => Promise<number>,
): Promise<Done<number>> =>
	cuts.of(name, told, async () => {
		const revoked = await record();
		await sessions.revoked(name);
		return revoked;
	});
