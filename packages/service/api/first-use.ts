import type { IssuedCertificate } from '@keyward/core/port';

/** Certificates that are remembered as used; then all are asked about again. */
const MOST = 10_000;

/** Calls `tell` with each certificate when it is first used since the start, and waits for it. */
export const onFirstUse = (
	tell: (certificate: IssuedCertificate) => Promise<unknown>,
): ((certificate: IssuedCertificate) => Promise<void>) => {
	const used = new Set<string>();
	return async (certificate) => {
		const fingerprint = Buffer.from(certificate.fingerprint).toString('hex');
		if (used.has(fingerprint)) return;
		if (used.size >= MOST) used.clear();
		await tell(certificate);
		used.add(fingerprint);
	};
};
