import type { TlsOptions } from 'node:tls';
import type { Milliseconds } from '@keyward/core';
import type { LinkStep } from '@keyward/core/authorize';
import { tlsProfile } from '@keyward/core/tls';
import type { TlsMaterial } from '../../thread/link-messages.ts';

/**
 * What a listener of this floor takes (link-encryption). TLS with certificates on both sides (RFC 8446 §4.4.2). The
 * client's must chain to the site root or an issuing CA; a service certificate does not.
 * The root is among them and leads here from a retired CA too: who issued is asked when the session is judged.
 * Node itself refuses nobody: `complaint` decides, because a certificate that has ended may still bring essential readings.
 * For `sendNoTickets`, so `SSL_OP_NO_TICKET` is not set, and `takeEachAsAnchor`.
 */
export const tlsOptions = (tls: TlsMaterial, floor: LinkStep, patience: Milliseconds): TlsOptions => ({
	cert: tls.certificate,
	key: tls.key,
	ca: tls.clientAuthorities,
	requestCert: true,
	rejectUnauthorized: false,
	...tlsProfile(floor),
	handshakeTimeout: patience,
});
