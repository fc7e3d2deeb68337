import { Problem } from '@keyward/core';
import type { Answer, ApiDependencies } from './answer.ts';
import { requirePrincipal } from './principal-summary.ts';

export const deviceErase =
	({ store, erase }: ApiDependencies): Answer<'device.erase'> =>
	async ({ application, device }) => {
		const { state } = await requirePrincipal({ store }, { kind: 'device', application, id: device });
		if (state !== 'retired' && state !== 'transferred') {
			throw new Problem(
				'device-state',
				`The device ${device} is ${state}: its readings are erased once it is out of service; see keyward revoke device.`,
			);
		}
		const { keys, readings, remains } = await erase(application, device);
		return { keys, readings, remains: [...remains] };
	};
