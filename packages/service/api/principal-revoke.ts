import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';
import { revokedNow } from '../session/session-end.ts';

export const principalRevoke =
	({ store, registrar, sessions, cuts, retirement }: ApiDependencies): Answer<'principal.revoke'> =>
	async ({ kind, application, id, reason, cause }) => {
		const name: PrincipalName = { kind, application, id };
		await requirePrincipal({ store }, name);
		const erases = kind === 'device' && retirement.asked(application);
		const { recorded, cut } = await cuts.of(name, revokedNow, async () => {
			if (erases) await retirement.begin(name);
			const revoked = await registrar.revoke(name, reason, cause);
			await sessions.revoked(name);
			return revoked;
		});
		return { revoked: recorded, cut, erasure: erases ? await retirement.finish(name) : null };
	};
