import type { NetworkStore, StoredNetwork } from '@keyward/core/port';

export const memoryNetworks = (): NetworkStore => {
	let kept: readonly StoredNetwork[] = [];
	return {
		keepNetworks: async (networks) => {
			kept = networks.map((one) => ({ ...one }));
		},
		networks: async () => kept.map((one) => ({ ...one })),
	};
};
