import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';
import { quarantinedNow } from '../session/session-end.ts';

export const deviceQuarantine =
	({ store, registrar, cuts }: ApiDependencies): Answer<'device.quarantine'> =>
	async ({ application, device }) => {
		const name: PrincipalName = { kind: 'device', application, id: device };
		await requirePrincipal({ store }, name);
		const { cut } = await cuts.of(name, quarantinedNow, () => registrar.quarantine(name));
		return { cut };
	};
