import type { StatusAddresses } from '@keyward/core/enrol';
import { type CertificateView, keyThumbprint } from '@keyward/core/format';

/** How a CA is named in the addresses of its list and certificate: its key, as it may have others before and after. */
export const caName = ({ publicKey }: Pick<CertificateView, 'publicKey'>): string =>
	Buffer.from(keyThumbprint(publicKey)).toString('hex');

/** Under what the numbers of its lists are taken (`NumberStore`). */
export const crlNumbers = (issuer: Pick<CertificateView, 'publicKey'>): string => `crl ${caName(issuer)}`;

/** Where the plain HTTP listener at `base` tells the status of what this CA issued. */
export const statusAddresses = (base: string, issuer: CertificateView): StatusAddresses => ({
	crl: `${base}/crl/${caName(issuer)}.crl`,
	ocsp: `${base}/ocsp`,
	issuer: `${base}/ca/${caName(issuer)}.cer`,
});
