import type { HandshakeStore, StoredHandshake } from '@keyward/core/port';

export const memoryHandshakes = (): HandshakeStore => {
	const kept = new Map<string, StoredHandshake>();
	return {
		putHandshakes: async (seen) => {
			for (const one of seen) kept.set(`${one.application}/${one.device}`, { ...one });
		},
		handshakes: async () => Array.from(kept.values(), (one) => ({ ...one })),
	};
};
