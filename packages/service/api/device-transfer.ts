import { Problem } from '@keyward/core';
import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';
import { endPrincipal } from '../revocation/end-principal.ts';
import { revokedNow } from '../session/session-end.ts';

export const deviceTransfer =
	({ store, registrar, sessions, cuts }: ApiDependencies): Answer<'device.transfer'> =>
	async ({ application, device, to, as = device, class: className, reason }) => {
		const name: PrincipalName = { kind: 'device', application, id: device };
		const { part } = await requirePrincipal({ store }, name);
		if (to === application && as === device) {
			throw new Problem('request-malformed', `${device} is in ${application} already: name another application or id.`);
		}
		// Where it cannot be expected, nothing is taken from it here.
		const { commissioning, expires, ...expected } = await registrar.prepareDevice(to, as, className, part ?? undefined);
		const { recorded, cut } = await endPrincipal({ cuts, sessions }, name, revokedNow, () =>
			registrar.transfer(name, expected, reason),
		);
		return { commissioning, expires, revoked: recorded, cut };
	};
