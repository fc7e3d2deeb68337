import type { Instant } from '@keyward/core';

/** A network from which somebody came who proved a certificate of ours: SHA-256 of its DER, lower-case hex. */
export type ProvedNetwork = readonly [network: string, certificate: string];

/** What a listening thread is started with. */
export interface KnownAtStart {
	readonly networks: readonly ProvedNetwork[];
	readonly revoked: readonly RevokedFingerprint[];
}

/** A certificate that counts no more, and when it would have ended. */
export type RevokedFingerprint = readonly [certificate: string, until: Instant];
