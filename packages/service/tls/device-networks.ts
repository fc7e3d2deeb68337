import type { Instant } from '@keyward/core';
import type { KnownAtStart, ProvedNetwork, RevokedFingerprint } from '../thread/proved-network.ts';
import { createKnownNetworks } from './known-networks.ts';

/** Where devices came from, for all listeners of one thread: who comes from there is served first (CR 7.1). */
export interface DeviceNetworks {
	has(network: string): boolean;
	/** A handshake proved the certificate. False where that was revoked: its key may be anybody's, and it makes nothing known. */
	came(network: string, certificate: string): boolean;
	revoked(certificate: RevokedFingerprint): void;
	/** Those that came since the last call, each once. */
	news(): readonly ProvedNetwork[];
}

export const createDeviceNetworks = (
	{ networks, revoked }: KnownAtStart = { networks: [], revoked: [] },
	now: () => Instant = () => Date.now(),
): DeviceNetworks => {
	const known = createKnownNetworks();
	for (const [network, certificate] of networks) known.add(network, certificate);
	const barred = new Map(revoked);
	let news = new Map<string, string>();
	/** Those that have ended are looked for when there are so many: a handshake with one fails by itself. */
	let next = 2 * barred.size + 1024;
	return {
		has: known.has,
		came: (network, certificate) => {
			if (barred.has(certificate)) return false;
			known.add(network, certificate);
			news.set(network, certificate);
			return true;
		},
		revoked: ([certificate, until]) => {
			barred.set(certificate, until);
			known.forgetBy(certificate);
			for (const [network, by] of news) if (by === certificate) news.delete(network);
			if (barred.size < next) return;
			for (const [ended, end] of barred) if (end <= now()) barred.delete(ended);
			next = 2 * barred.size + 1024;
		},
		news: () => {
			const told = [...news];
			news = new Map();
			return told;
		},
	};
};
