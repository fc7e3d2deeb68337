import type { PrincipalName } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';

export const deviceRelease =
	({ store, registrar }: ApiDependencies): Answer<'device.release'> =>
	async ({ application, device }) => {
		const name: PrincipalName = { kind: 'device', application, id: device };
		await registrar.release(name);
		return { state: (await requirePrincipal({ store }, name)).state };
	};
