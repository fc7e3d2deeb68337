import { count, type FoundKey, type Holding, type KeyFinding, type KeyMember } from './found-key.ts';

/**
 * Device certificates that may issue others (RFC 5280 §4.2.1.9: cA set; CR 1.8). False alarms: a gateway that truly is an
 * authority for those behind it; and as good as every self-signed certificate made by `openssl req -x509` bears cA, which
 * harms only those who trust it by itself: marked medium.
 */
export const checkDeviceAuthorities = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const issued: KeyMember[] = [];
	const selfSigned: KeyMember[] = [];
	for (const key of keys) {
		const found = key.holdings.filter(({ certificate }) => certificate?.isCa === true && certificate.looksLikeDevice);
		const own = found.filter(({ certificate }) => certificate?.selfSigned === true);
		const given = found.filter(({ certificate }) => certificate?.selfSigned === false);
		if (given.length > 0) issued.push({ key, holdings: given });
		if (own.length > 0) selfSigned.push({ key, holdings: own });
	}
	const findings: KeyFinding[] = [];
	if (issued.length > 0) {
		findings.push({
			check: 'certificate-ca-on-device',
			severity: privateFound(issued) ? 'critical' : 'high',
			keys: issued,
			detail: `${count(issued.length, 'device key')} certified with the rights of an authority (cA).`,
			attack:
				'Whoever opens one of these devices issues certificates for any name, and every peer that trusts the root accepts them.',
			mend: 'Revoke these, reissue them without cA, and let the issuing authority bear pathLenConstraint 0.',
		});
	}
	if (selfSigned.length > 0) {
		findings.push({
			check: 'certificate-ca-on-device',
			severity: 'medium',
			keys: selfSigned,
			detail: `${count(selfSigned.length, 'device key')} under a self-signed certificate with the rights of an authority (cA).`,
			attack:
				'Where such a certificate was installed as trusted, whoever opens the device issues certificates for any name.',
			mend: 'Make device certificates without cA, issued by an authority that is kept off the device.',
		});
	}
	return findings;
};

const privateFound = (members: readonly KeyMember[]): boolean =>
	members.some(({ holdings }) => holdings?.some((holding: Holding) => holding.privateFound) ?? false);
