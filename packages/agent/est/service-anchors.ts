import { type CertificateView, isIssuedBy, readCertificate } from '@keyward/core/format/certificate';
import { decodePem, encodePem } from '@keyward/core/format/pem';

/**
 * The anchors for the service after a look at /cacerts, PEM: what a device is to trust from now on.
 *
 * RFC 7030 §4.1.3, RFC 4210 §4.4: a service CA is taken only when a certificate by one that is trusted already leads to it
 * (NewWithOld), and never an older one on the word of a newer. The connection that it came over is not enough: anyone who has
 * stolen the service's TLS key could plant its own CA, and keep the device for good. What the service names no more is let
 * go, but never all.
 */
export const followServiceCas = (current: string, fetched: readonly Uint8Array[]): string => {
	const held = decodePem('CERTIFICATE', current, 'identity-file').map(readCertificate);
	const offered = fetched.flatMap(readAuthority);
	const trusted = new Map(held.map((one) => [keyOf(one), one]));
	// Several rollovers while a device slept: each link leads one further.
	for (let before = 0; before < trusted.size;) {
		before = trusted.size;
		for (const root of offered.filter(isRoot)) {
			const leads = (link: CertificateView): boolean =>
				keyOf(link) === keyOf(root) &&
				[...trusted.values()].some((issuer) => issuer.notBefore <= root.notBefore && isIssuedBy(link.der, issuer.der));
			if (!trusted.has(keyOf(root)) && offered.some(leads)) trusted.set(keyOf(root), root);
		}
	}
	const anchors = offered.filter((root) => isRoot(root) && trusted.has(keyOf(root)));
	return anchors.length === 0 ? current : anchors.map(({ der }) => encodePem('CERTIFICATE', der)).join('');
};

const keyOf = ({ publicKey }: CertificateView): string => Buffer.from(publicKey).toString('base64');

const isRoot = ({ der }: CertificateView): boolean => isIssuedBy(der, der);

/** Nothing for what is no CA, or no certificate that we can read. */
const readAuthority = (der: Uint8Array): CertificateView[] => {
	try {
		const certificate = readCertificate(der);
		return certificate.isAuthority ? [certificate] : [];
	} catch {
		return [];
	}
};
