import assert from 'node:assert/strict';
import type { Server } from 'node:tls';
import { contextOf } from './server-context.ts';

const NOTHING = Buffer.alloc(16);

/**
 * No session ticket is sent, and none that is shown is taken (RFC 8446 §4.6.1): every connection proves its key again, so that a
 * revoked one cannot resume. `SSL_OP_NO_TICKET` does not do it: with TLS 1.3 it only makes tickets of another kind (OpenSSL), and
 * Node has no option for their number. So each ticket is answered by "no key for it". To be called again after `setSecureContext`.
 */
export const sendNoTickets = (server: Server): void => {
	const context = contextOf(server)?.context;
	// Without NO_TICKET, a Node that has this no more would send tickets that resume: rather no listener at all.
	assert(context?.enableTicketKeyCallback !== undefined, 'this Node cannot be kept from sending session tickets');
	context.onticketkeycallback = () => [0, NOTHING, NOTHING, NOTHING, NOTHING];
	context.enableTicketKeyCallback();
};
