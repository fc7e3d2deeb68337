import { principalKey } from '@keyward/core/device';
import type { CertificateStore, IssuedCertificate, PrincipalName } from '@keyward/core/port';

/** Answers that are kept at most: with certificates of a kilobyte, some tens of megabytes. */
const MOST = 50_000;

/**
 * What the registry says of certificates, remembered until it changes: an appraisal asks five times for those of each device. `version`
 * grows with every change of the registry, and is read before what it speaks for, so that nothing older is taken for it.
 */
export const rememberCertificates = (
	store: Pick<CertificateStore, 'certificates' | 'holders'>,
	version: () => number,
): Pick<CertificateStore, 'certificates' | 'holders'> => {
	const certificates = new Map<string, Promise<IssuedCertificate[]>>();
	const holders = new Map<string, Promise<PrincipalName[]>>();
	let of = Number.NaN;
	const remember = <Value>(
		into: Map<string, Promise<Value>>,
		key: string,
		ask: () => Promise<Value>,
	): Promise<Value> => {
		const now = version();
		if (now !== of) {
			certificates.clear();
			holders.clear();
			of = now;
		}
		const known = into.get(key);
		if (known !== undefined) return known;
		if (into.size >= MOST) into.clear();
		const answer = ask();
		into.set(key, answer);
		// What failed is asked again.
		answer.catch(() => into.delete(key));
		return answer;
	};
	return {
		certificates: (name) => remember(certificates, principalKey(name), () => store.certificates(name)),
		holders: (key) => remember(holders, Buffer.from(key).toString('base64'), () => store.holders(key)),
	};
};
