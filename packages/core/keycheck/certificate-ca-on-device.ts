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
			detail: `${count(issued.length, 'device certificate')} may issue certificates: cA is set.`,
			attack:
				'A thief of one of these devices can issue certificates for any name, and every peer that trusts the root accepts them.',
			mend: 'Revoke these certificates and issue new ones without cA. Set pathLenConstraint 0 in the certificate of their authority.',
		});
	}
	if (selfSigned.length > 0) {
		findings.push({
			check: 'certificate-ca-on-device',
			severity: 'medium',
			keys: selfSigned,
			detail: `${count(selfSigned.length, 'self-signed device certificate')} may issue certificates: cA is set.`,
			attack:
				'Where such a certificate is installed as trusted, a thief of the device can issue certificates for any name.',
			mend: 'Make device certificates without cA, and keep the key of the authority that issues them off the devices.',
		});
	}
	return findings;
};

const privateFound = (members: readonly KeyMember[]): boolean =>
	members.some(({ holdings }) => holdings?.some((holding: Holding) => holding.privateFound) ?? false);
