import type { KeyedCall, KeyedCallStore } from '@keyward/core/port';

export const memoryKeyedCalls = (): KeyedCallStore => {
	const calls = new Map<string, KeyedCall>();
	return {
		keyedCalls: async () => [...calls.values()],
		putKeyedCall: async (call, forget) => {
			for (const id of forget) calls.delete(id);
			calls.set(call.id, call);
		},
		dropKeyedCalls: async (ids) => {
			for (const id of ids) calls.delete(id);
		},
	};
};
