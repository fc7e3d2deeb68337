import { groupsOf, standsForIpv4 } from './ip-address.ts';
import type { GateLimits } from './quota.ts';
import type { RateLimits } from './rate.ts';

// How much of an HTTP listener one peer can have, and all strangers together (CR 7.1; docs/operations.md has the table).

/** Requests of strangers: anyone who shows no certificate of this site, counted by network address. */
export const STRANGERS: GateLimits = { each: 4, all: 8, waitingEach: 28, waitingAll: 96 };
/** Requests of devices and readers, counted by certificate. */
export const CERTIFICATES: GateLimits = { each: 4, all: 16, waitingEach: 12, waitingAll: 128 };

/** Requests of people, who show a session's cookie; counted by network address, since anybody can make a cookie up. */
export const PERSONS: GateLimits = { each: 8, all: 16, waitingEach: 28, waitingAll: 96 };

/** How often requests come: of one certificate; of one network, with a cookie or without; of one network for enrolment; of one person. */
export const RATES = {
	certificate: { perSecond: 100, atOnce: 2000 },
	network: { perSecond: 50, atOnce: 1000 },
	// A commissioning is three requests, and a fleet may stand behind one address.
	enrolment: { perSecond: 200, atOnce: 2000 },
	person: { perSecond: 20, atOnce: 500 },
} as const satisfies Readonly<Record<string, RateLimits>>;

/** Connections without a certificate of this site, which each begins as: of one address, and of all. The oldest goes. */
export const STRANGERS_CONNECTIONS = { each: 64, all: 256 } as const;
/** Connections with one: of one certificate, and of all. The newest is refused. */
export const CERTIFICATE_CONNECTIONS = { each: 16, all: 2048 } as const;

/** Event streams of one certificate, and of all. */
export const STREAMS = { each: 8, all: 256 } as const;

/** Downloads of a release by one certificate, and of all: more wait for their turn by asking again. */
export const DOWNLOADS = { each: 2, all: 64 } as const;

/** Requests that may wait on a connection behind the one that is being answered (RFC 9112 §9.3.2). */
export const PIPELINED = 32;

/** The network that an address is of: an IPv4 address, or an IPv6 /64; `local` without one. RFC 6052 §2.1: an IPv4 peer behind NAT64 is that. */
export const networkOf = (address: string | undefined): string => {
	if (address === undefined) return 'local';
	const groups = groupsOf(address);
	if (groups === null) return address;
	if (standsForIpv4(groups))
		return groups
			.slice(6)
			.flatMap((group) => [group >> 8, group & 0xff])
			.join('.');
	return groups
		.slice(0, 4)
		.map((group) => group.toString(16))
		.join(':');
};

/**
 * What a peer is counted by that shows no certificate, of its network: an IPv4 address, or an IPv6 /48. RFC 6177 §2: a subscriber has
 * 256 networks or 65,536 of them for itself, and would fill what is for all if each counted alone.
 */
export const subscriberOf = (network: string): string => network.split(':').slice(0, 3).join(':');
