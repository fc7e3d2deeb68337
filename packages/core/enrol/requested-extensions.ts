import { AsnConvert } from '@peculiar/asn1-schema';
import {
	BasicConstraints,
	ExtendedKeyUsage,
	id_ce_basicConstraints,
	id_ce_extKeyUsage,
	id_ce_keyUsage,
	id_ce_subjectAltName,
	id_ce_subjectKeyIdentifier,
	id_kp_clientAuth,
	KeyUsage,
	KeyUsageFlags,
} from '@peculiar/asn1-x509';
import type { CertificationRequest, CsrExtension } from '../format/csr.ts';
import type { PrincipalName } from '../port/registry-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import { principalSubject } from './certificate-profile.ts';

const DIGITAL_SIGNATURE: number = KeyUsageFlags.digitalSignature;

/**
 * What the request asks for beyond what its sender may have. Nothing of it would be copied anyway; it is refused so that
 * a sender who tries is told and seen, and one who needs it does not take the certificate for what it asked.
 */
export const judgeRequested = (request: CertificationRequest, name: PrincipalName): Refusal[] => [
	...judgeSubject(request, name),
	...request.extensions.flatMap(judgeExtension),
];

/** RFC 7030 §4.2.1, §4.2.2: an expected device must not enrol under another's name. Absent is fine: the registrar knows it. */
const judgeSubject = (request: CertificationRequest, name: PrincipalName): Refusal[] => {
	const own = principalSubject(name);
	const foreign = request.subject.filter(([type, value]) => !own.some(([t, v]) => t === type && v === value));
	if (foreign.length === 0) return [];
	return [
		{
			code: 'csr-subject',
			requirement: 'expected-device',
			reason: `The request names ${foreign.map(([type]) => type).join(', ')} other than this ${name.kind}'s: leave the subject empty, or use ${own.map(([type, value]) => `${type}=${value}`).join(', ')}.`,
		},
	];
};

const judgeExtension = (extension: CsrExtension): Refusal[] => {
	const excess = excessOf(extension);
	return excess === null
		? []
		: [
				{
					code: 'csr-forbidden-extension',
					requirement: 'deny-by-default',
					reason: `The request asks for ${excess}: ask for no extension, or for client authentication with digital signatures alone.`,
				},
			];
};

/** What the extension asks for that a device or reader never gets, in words; null when nothing. */
const excessOf = ({ oid, value }: CsrExtension): string | null => {
	try {
		switch (oid) {
			case id_ce_basicConstraints:
				// RFC 5280 §4.2.1.9: with CA rights a device could certify any number of others.
				return AsnConvert.parse(value, BasicConstraints).cA ? 'the rights of a CA' : null;
			case id_ce_keyUsage: {
				const flags = AsnConvert.parse(value, KeyUsage).toNumber();
				return flags === DIGITAL_SIGNATURE ? null : 'key usages beside digitalSignature';
			}
			case id_ce_extKeyUsage: {
				// RFC 5280 §4.2.1.12: with serverAuth a device could stand in for the service.
				const purposes = Array.from(AsnConvert.parse(value, ExtendedKeyUsage));
				return purposes.every((purpose) => purpose === id_kp_clientAuth)
					? null
					: 'purposes beside client authentication';
			}
			case id_ce_subjectKeyIdentifier:
				return null;
			case id_ce_subjectAltName:
				// RFC 5280 §4.2.1.6: a name there would speak for a host or person that nobody vouched for.
				return 'alternative names';
			default:
				return `the extension ${oid}, which Keyward does not know`;
		}
	} catch {
		return `an extension ${oid} that cannot be read`;
	}
};
