import { derContents, readDerOid } from '../format/der-types.ts';
import { contents, malformed, type PathCertificate, wholeParts } from './path-certificate.ts';

/** Extensions that path validation reads (RFC 5280 §4.2.1): the only ones that may be critical. */
const KNOWN: ReadonlySet<string> = new Set([
	'2.5.29.15',
	'2.5.29.17',
	'2.5.29.19',
	'2.5.29.30',
	'2.5.29.32',
	'2.5.29.33',
	'2.5.29.36',
	'2.5.29.37',
	'2.5.29.54',
]);

/** RFC 5280 §4.2, §6.1.4 (o), §6.1.5 (f): what must be understood and is not. */
export const unknownCritical = ({ extensions }: PathCertificate): string | null =>
	[...extensions].find(([oid, { critical }]) => critical && !KNOWN.has(oid))?.[0] ?? null;

/** RFC 5280 §4.2.1.9; `pathLength` is null where there is no limit. */
export const readBasicConstraints = ({ extensions }: PathCertificate): { cA: boolean; pathLength: number | null } => {
	const extension = extensions.get('2.5.29.19');
	if (extension === undefined) return { cA: false, pathLength: null };
	const [first, ...rest] = wholeParts(extension.value, 0x30);
	const cA = first?.[0] === 0x01 && contents(first, 0x01)[0] !== 0;
	const length = first?.[0] === 0x01 ? rest[0] : first;
	if (rest.length > 1 || (first?.[0] === 0x02 && rest.length > 0))
		throw malformed('its basic constraints are malformed');
	return { cA, pathLength: length === undefined ? null : count(length, 0x02) };
};

const usages = [
	'digitalSignature',
	'nonRepudiation',
	'keyEncipherment',
	'dataEncipherment',
	'keyAgreement',
	'keyCertSign',
	'cRLSign',
] as const;

/** RFC 5280 §4.2.1.3; null where nothing is said. */
export const readKeyUsage = ({ extensions }: PathCertificate): ReadonlySet<(typeof usages)[number]> | null => {
	const extension = extensions.get('2.5.29.15');
	if (extension === undefined) return null;
	const [, bits = 0] = contents(extension.value, 0x03);
	return new Set(usages.filter((_, at) => (bits & (0x80 >> at)) !== 0));
};

/** RFC 5280 §4.2.1.12; null where nothing is said. */
export const readPurposes = ({ extensions }: PathCertificate): ReadonlySet<string> | null => {
	const extension = extensions.get('2.5.29.37');
	if (extension === undefined) return null;
	return new Set(
		wholeParts(extension.value, 0x30).map((purpose) => {
			contents(purpose, 0x06);
			return readDerOid(purpose);
		}),
	);
};

/** RFC 5280 §4.2.1.11: after how many certificates a policy must be said, or may no longer be mapped; null where nothing is said. */
export const readPolicyConstraints = ({
	extensions,
}: PathCertificate): { readonly requireExplicit: number | null; readonly inhibitMapping: number | null } => {
	const extension = extensions.get('2.5.29.36');
	const fields = extension === undefined ? [] : wholeParts(extension.value, 0x30);
	const field = (tag: number): number | null => {
		const found = fields.find((one) => one[0] === tag);
		return found === undefined ? null : count(found, tag);
	};
	if (fields.some((one) => one[0] !== 0x80 && one[0] !== 0x81)) throw malformed('its policy constraints are malformed');
	return { requireExplicit: field(0x80), inhibitMapping: field(0x81) };
};

/** RFC 5280 §4.2.1.14; null where nothing is said. */
export const readInhibitAny = ({ extensions }: PathCertificate): number | null => {
	const extension = extensions.get('2.5.29.54');
	return extension === undefined ? null : count(extension.value, 0x02);
};

/** A number of certificates: more than any chain has is all the same. */
const count = (der: Uint8Array, tag: number): number => {
	const octets = contents(der, tag);
	if (
		octets.length === 0 ||
		(octets[0] ?? 0) >= 0x80 ||
		der.length !== octets.length + (der.length - derContents(der).length)
	)
		throw malformed('a number of certificates is negative or missing');
	return Math.min(1000, Number(BigInt(`0x${Buffer.from(octets).toString('hex')}`)));
};
