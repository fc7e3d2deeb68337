import { constants } from 'node:crypto';
import type { TlsOptions } from 'node:tls';
import type { Milliseconds } from '@keyward/core';
import type { LinkStep } from '@keyward/core/authorize';
import type { TlsMaterial } from '../../thread/link-messages.ts';

/**
 * What a listener of this floor takes (link-encryption). TLS with certificates on both sides (RFC 8446 §4.4.2). The
 * client's must chain to the site root or an issuing CA; a service certificate does not.
 * Node's server takes no partial chain, so that the root leads here from a retired CA too: who issued is asked when the session is judged.
 * For `sendNoTickets`, so `SSL_OP_NO_TICKET` is not set.
 * link-integrity (CR 3.1): AEAD suites alone, so that nobody on the way can change a record unseen.
 */
export const tlsOptions = (tls: TlsMaterial, floor: LinkStep, patience: Milliseconds): TlsOptions => ({
	cert: tls.certificate,
	key: tls.key,
	ca: tls.clientAuthorities,
	requestCert: true,
	rejectUnauthorized: true,
	minVersion: floor === 'tls1.2-aead' ? 'TLSv1.2' : 'TLSv1.3',
	maxVersion: 'TLSv1.3',
	ciphers:
		'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305',
	ecdhCurve: floor === 'tls1.3-pq' ? 'X25519MLKEM768' : 'X25519MLKEM768:X25519:P-256:P-384',
	honorCipherOrder: true,
	handshakeTimeout: patience,
	// TLS 1.2 lets a client begin again on the same connection, as often as it likes and at our cost (RFC 5746, CR 7.1).
	secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
});
