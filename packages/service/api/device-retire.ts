import assert from 'node:assert/strict';
import { saidErased } from '../evidence/retirement.ts';
import type { Answer } from './answer.ts';
import type { Registrar } from '../enrolment/registrar.ts';
import { endPrincipal, type EndsPrincipals } from '../revocation/end-principal.ts';
import { revokedNow } from '../session/session-end.ts';

/**
 * A device's last word (erased-at-retirement, CR 4.2): from here on its key is nobody's, so that what a copy of it says later is
 * refused. Its word ends no more than itself: a thief of the device must not destroy what it sent before (CR 2.12).
 */
export const deviceRetire =
	({
		registrar,
		sessions,
		cuts,
	}: EndsPrincipals & { readonly registrar: Pick<Registrar, 'revoke'> }): Answer<'device.retire'> =>
	async (_input, { principal }) => {
		// The schema lets only holders of certificates call.
		assert(principal !== null);
		const reason = 'the device said that it erases its keys';
		const { recorded } = await endPrincipal({ cuts, sessions }, principal, revokedNow, () =>
			// In one commit: revoked, it could not say it again.
			registrar.revoke(principal, reason, 'cessationOfOperation', (at) => [saidErased(principal, at)]),
		);
		return { revoked: recorded };
	};
