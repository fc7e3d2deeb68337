import type { KeyAskedStore, StoredAsked } from '@keyward/core/port';

export const memoryKeyAsked = (): KeyAskedStore => {
	let kept: readonly StoredAsked[] = [];
	const without = (under: string, device: string | null): readonly StoredAsked[] =>
		kept.filter((one) => one.under !== under || (device !== null && one.device !== device));
	return {
		putKeyAsked: async (asked) => {
			kept = [...without(asked.under, asked.device), { ...asked }];
		},
		dropKeyAsked: async (under, device) => {
			kept = without(under, device);
		},
		keysAsked: async () => kept.map((one) => ({ ...one })),
	};
};
