import type { Server } from 'node:tls';

/** What Node's tls module keeps of a server's context, and does not document. */
interface WithContext {
	readonly _sharedCreds?: {
		readonly context: {
			enableTicketKeyCallback?(): void;
			setAllowPartialTrustChain?(): void;
			onticketkeycallback?: () => readonly [number, ...Buffer[]];
		};
	};
}

/** The context of now: `setSecureContext` makes another one. */
export const contextOf = (server: Server): WithContext['_sharedCreds'] =>
	(server as unknown as WithContext)._sharedCreds;
