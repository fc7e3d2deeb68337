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
import { readCertificate } from '../format/certificate.ts';
import type { CertificationRequest, CsrExtension } from '../format/csr.ts';
import { certificateExtension } from '../format/authority-key.ts';
import type { PrincipalName } from '../device/principal-name.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Refusal } from '../problem/refusal.ts';
import { principalSubject } from './certificate-profile.ts';

const DIGITAL_SIGNATURE: number = KeyUsageFlags.digitalSignature;

/** What a request asks for, and where it was sent. */
export interface Asked {
	readonly request: CertificationRequest;
	/** The label of the EST path (RFC 7030 §3.2.2), which names an application; null without one. */
	readonly label: string | null;
}

/**
 * What a first request asks for beyond what its sender may have. Nothing of it would be copied anyway; it is refused so
 * that a sender who tries is told and seen, and one who needs it does not take the certificate for what it asked.
 */
export const judgeRequested = ({ request, label }: Asked, name: PrincipalName): Refusal[] => [
	...judgeLabel(label, name),
	...judgeSubject(request, name),
	...request.extensions.flatMap(judgeExtension),
];

/**
 * The same of a renewal, whose subject must be the very subject of the certificate (RFC 7030 §4.2.2). It may repeat that
 * certificate's extensions, which we wrote, as clients do that make the request out of it (libest).
 */
export const judgeRequestedAgain = (
	{ request, label }: Asked,
	name: PrincipalName,
	renewed: Pick<IssuedCertificate, 'der' | 'evidence'> | null = null,
): Refusal[] => [
	...judgeLabel(label, name),
	...(renewed?.evidence.adopted === true
		? judgeOtherSubject(request, name, renewed.der)
		: judgeSameSubject(request, name)),
	// The certificate has no subjectAltName, so that here too the request may ask for none.
	...request.extensions.filter((each) => renewed === null || !repeats(each, renewed.der)).flatMap(judgeExtension),
];

const repeats = ({ oid, value }: CsrExtension, certificate: Uint8Array): boolean => {
	const own = certificateExtension(certificate, oid);
	return own !== null && Buffer.compare(own, value) === 0;
};

/** RFC 7030 §3.2.2: who was sent to one application must not come into another by a mistyped address. */
const judgeLabel = (label: string | null, { application }: PrincipalName): Refusal[] =>
	label === null || label === application
		? []
		: [subjectRefusal(`The EST label is ${JSON.stringify(label)}; this is for ${application}.`)];

const subjectRefusal = (reason: string): Refusal => ({ code: 'csr-subject', requirement: 'expected-device', reason });

const inWords = (name: PrincipalName): string =>
	principalSubject(name)
		.map(([type, value]) => `${type}=${value}`)
		.join(', ');

/** RFC 7030 §4.2.2: a renewal under another name would make one device two. */
const judgeSameSubject = ({ subject }: CertificationRequest, name: PrincipalName): Refusal[] => {
	const own = principalSubject(name);
	const same =
		own.length === subject.length && own.every(([t, v], at) => subject[at]?.[0] === t && subject[at]?.[1] === v);
	return same
		? []
		: [
				subjectRefusal(
					`A renewal names the subject of the certificate that it renews: ${inWords(name)}, in this order.`,
				),
			];
};

/** Another CA wrote the subject: the renewal repeats it, as clients do, or names the device as it is called here. */
const judgeOtherSubject = (request: CertificationRequest, name: PrincipalName, der: Uint8Array): Refusal[] => {
	const { subject } = readCertificate(der);
	const repeated =
		subject.length === request.subject.length &&
		subject.every(([type, value], at) => request.subject[at]?.[0] === type && request.subject[at]?.[1] === value);
	return repeated ? [] : judgeSubject(request, name);
};

/** RFC 7030 §4.2.1, §4.2.2: an expected device must not enrol under another's name. Absent is fine: the registrar knows it. */
const judgeSubject = (request: CertificationRequest, name: PrincipalName): Refusal[] => {
	const own = principalSubject(name);
	const foreign = request.subject.filter(([type, value]) => !own.some(([t, v]) => t === type && v === value));
	if (foreign.length === 0) return [];
	const types = foreign.map(([type]) => type).join(', ');
	return [
		subjectRefusal(
			`The request names ${types} other than this ${name.kind}'s: leave the subject empty, or use ${inWords(name)}.`,
		),
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
