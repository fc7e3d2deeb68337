import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';
import { revokedNow } from './session-end.ts';

export const principalRevoke =
	({ store, registrar, sessions }: ApiDependencies): Answer<'principal.revoke'> =>
	async ({ kind, application, id, reason, cause }) => {
		const name: PrincipalName = { kind, application, id };
		await requirePrincipal({ store }, name);
		const { recorded, cut } = await sessions.cutThen(name, revokedNow, async () => {
			const revoked = await registrar.revoke(name, reason, cause);
			await sessions.revoked(name);
			return revoked;
		});
		return { revoked: recorded, cut };
	};
