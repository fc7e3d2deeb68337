import assert from 'node:assert/strict';
import type { Server } from 'node:tls';
import { contextOf } from './server-context.ts';

/**
 * Takes each CA of the listener for an anchor (RFC 5280 §6.1.1), and not only one that signed itself: a client's certificate is
 * verified up to the CA of ours that issued it. That CA's own signature, the same for each device, was verified when it was taken in.
 * Node has this option for a context, and its server does not pass it on. To be called again after `setSecureContext`.
 */
export const takeEachAsAnchor = (server: Server): void => {
	const context = contextOf(server)?.context;
	assert(context?.setAllowPartialTrustChain !== undefined, 'this Node cannot take a CA for an anchor');
	context.setAllowPartialTrustChain();
};
