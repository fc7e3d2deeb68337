import { Problem } from '@keyward/core';
import { isIssuedBy, readCertificate } from '@keyward/core/format/certificate';
import { encodePem } from '@keyward/core/format/pem';
import { keyThumbprint } from '@keyward/core/format/public-key';
import type { TLSSocket } from 'node:tls';
import { openTls } from '../tls/open-tls.ts';

/** Longer chains are not followed: one that loops would never end. */
const LONGEST_CHAIN = 8;

/**
 * Finds the service CA by the SHA-256 of its SubjectPublicKeyInfo, the anchor that came out of band (RFC 7030 §4.1.1), in the
 * chain that the service shows; gives it as PEM. Nothing is sent on this connection, and nothing about it is trusted but the CA
 * that hashes right: every later connection takes that CA as its only anchor. Throws `Problem('service-not-trusted')` and
 * `Problem('site-unreachable')`.
 */
export const findServiceCa = async (url: string, thumbprint: Uint8Array): Promise<string> => {
	// The one place where the peer is not verified: it is only asked what it shows.
	const socket = await openTls(url, { rejectUnauthorized: false });
	try {
		// service-authentication (CR 1.2): anyone who answers at the address by DNS or routing tricks has no CA of this hash.
		const matching = shownChain(socket).filter((der) => Buffer.compare(pin(der), thumbprint) === 0);
		// While a CA is rolled over, its key is also shown certified by its predecessor: the root itself makes the anchor.
		const found = matching.find((der) => isIssuedBy(der, der)) ?? matching[0];
		if (found !== undefined) return encodePem('CERTIFICATE', found);
	} finally {
		socket.destroy();
	}
	throw new Problem(
		'service-not-trusted',
		`${url} does not show the service CA that the commissioning string names: something else answers there, or the string is of another site.`,
	);
};

/** SHA-256 of the CA's key; nothing for what is no CA, or no certificate that we can read. */
const pin = (der: Uint8Array): Uint8Array => {
	try {
		const certificate = readCertificate(der);
		return certificate.isAuthority ? keyThumbprint(certificate.publicKey) : new Uint8Array(0);
	} catch {
		return new Uint8Array(0);
	}
};

const shownChain = (socket: TLSSocket): Uint8Array[] => {
	const chain: Uint8Array[] = [];
	let certificate = socket.getPeerX509Certificate();
	while (certificate !== undefined && chain.length < LONGEST_CHAIN) {
		chain.push(new Uint8Array(certificate.raw));
		certificate = certificate.issuerCertificate;
	}
	return chain;
};
