import { principalKey } from '@keyward/core/device';
import type { PrincipalKeyStore } from '@keyward/core/port';
import { keySeenBefore, otherKeyStands } from '../rules/registered-key.ts';
import { hex, type RegistryState } from './registry-state.ts';

export const memoryPrincipalKeys = ({ keys }: RegistryState): PrincipalKeyStore => ({
	registerKey: async (name, { purpose, key, at }) => {
		const stands = keys.find((one) => !one.ended && one.of === principalKey(name) && one.purpose === purpose);
		if (stands !== undefined && hex(stands.key) === hex(key)) return;
		if (stands !== undefined) throw otherKeyStands(name, purpose);
		if (keys.some((one) => hex(one.key) === hex(key))) throw keySeenBefore(purpose);
		keys.push({ of: principalKey(name), ended: false, purpose, key: key.slice(), at });
	},
	registeredKeys: async (name) =>
		keys
			.filter((one) => !one.ended && one.of === principalKey(name))
			.map(({ purpose, key, at }) => ({ purpose, key: key.slice(), at })),
});
