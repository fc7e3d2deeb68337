import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Certificates of a PEM bundle. */
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What OpenSSL says of a certificate whose time is over or has not begun (X509_V_ERR_*). */
const ofTime: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/**
 * Whether the handshake proved a certificate that one of our CAs issued; null, or the code of what is wrong with it.
 *
 * essential-function (CCSC 1): a certificate that fails by its time alone is handed on, and the session's judgement refuses it or
 * lets its essential streams in. OpenSSL gives the last of its complaints, and time is looked at last: so who issued it is looked
 * at here once more, or a self-made certificate that has ended would pass for one of ours (RFC 5280 §6.1.3). Whether this very
 * certificate was issued, and its CA still counts, the registry says.
 */
export const complaint = (
	socket: Pick<TLSSocket, 'authorized' | 'authorizationError'>,
	certificate: X509Certificate,
	authorities: () => readonly X509Certificate[],
): string | null => {
	// Typed as an error; it is a code.
	const code = String(socket.authorizationError);
	if (socket.authorized) return null;
	if (!ofTime.has(code)) return code;
	return authorities().some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey))
		? null
		: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE';
};

/** Reads the bundle when somebody first asks. */
export const lazyAuthorities = (bundle: string): (() => readonly X509Certificate[]) => {
	let read: readonly X509Certificate[] | null = null;
	return () => (read ??= (bundle.match(PEM) ?? []).map((pem) => new X509Certificate(pem)));
};
