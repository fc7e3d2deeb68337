import type { Instant } from '../units/instant.ts';

/** A network from which a device or reader came. */
export interface StoredNetwork {
	/** An IPv4 address or an IPv6 /64. */
	readonly network: string;
	/** SHA-256 of the DER, lower-case hex: the certificate that came from there last. */
	readonly certificate: string;
	/** The day of it, its first moment in UTC. */
	readonly day: Instant;
}

/** Networks that are known over a restart. Each call is one commit, durable when it resolves. */
export interface NetworkStore {
	/** In place of all that were kept before. */
	keepNetworks(networks: readonly StoredNetwork[]): Promise<void>;
	/** In the order in which they were given. */
	networks(): Promise<StoredNetwork[]>;
}
