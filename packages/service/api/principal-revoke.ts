import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';
import { endPrincipal } from '../revocation/end-principal.ts';
import { revokedNow } from '../session/session-end.ts';

export const principalRevoke =
	({ store, registrar, sessions, cuts, retirement }: ApiDependencies): Answer<'principal.revoke'> =>
	async ({ kind, application, id, reason, cause }) => {
		const name: PrincipalName = { kind, application, id };
		await requirePrincipal({ store }, name);
		const erases = kind === 'device' && retirement.asked(application);
		const { recorded, cut } = await endPrincipal({ cuts, sessions }, name, revokedNow, async () => {
			if (erases) await retirement.begin(name);
			return registrar.revoke(name, reason, cause);
		});
		return { revoked: recorded, cut, erasure: erases ? await retirement.finish(name) : null };
	};
