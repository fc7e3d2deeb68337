import { derChildren } from '../format/der.ts';
import { ADDRESS, DIRECTORY, DNS, EMAIL, type GeneralName, namesOf, readGeneralName, URI } from './general-name.ts';
import { isWithinName } from './name.ts';
import { malformed, type PathCertificate, parts, wholeParts } from './path-certificate.ts';

const NAME_CONSTRAINTS = '2.5.29.30';

/** NameConstraints of one certificate (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
	readonly permitted: readonly GeneralName[];
	readonly excluded: readonly GeneralName[];
}

/** Null when the certificate has none. Throws `Problem('certificate-malformed')`. */
export const readNameConstraints = ({ extensions }: PathCertificate): NameConstraints | null => {
	const extension = extensions.get(NAME_CONSTRAINTS);
	if (extension === undefined) return null;
	const found: { permitted: GeneralName[]; excluded: GeneralName[] } = { permitted: [], excluded: [] };
	for (const trees of wholeParts(extension.value, 0x30)) {
		const into = trees[0] === 0xa0 ? found.permitted : trees[0] === 0xa1 ? found.excluded : null;
		if (into === null) throw malformed('its name constraints are of no known kind');
		for (const tree of derChildren(trees)) {
			const [base, ...distances] = parts(tree, 0x30);
			// RFC 5280 §4.2.1.10: minimum is 0 and maximum absent; DER leaves both out.
			if (base === undefined || distances.length > 0) throw malformed('its name constraints have distances');
			into.push(readGeneralName(base));
		}
	}
	return found;
};

/** The first name of this certificate that one of the constraints above it forbids, in words; null for none. */
export const forbiddenName = (certificate: PathCertificate, above: readonly NameConstraints[]): string | null => {
	if (above.length === 0) return null;
	for (const name of namesOf(certificate)) {
		for (const { permitted, excluded } of above) {
			const same = permitted.filter(({ choice }) => choice === name.choice);
			const isOut = excluded.some((base) => base.choice === name.choice && isWithin(name, base) !== false);
			const isIn = same.length === 0 || same.some((base) => isWithin(name, base) === true);
			if (isOut || !isIn) return `a name (${wordOf(name)}) that an authority above it may not certify`;
		}
	}
	return null;
};

const wordOf = ({ choice }: GeneralName): string =>
	new Map([
		[EMAIL, 'e-mail'],
		[DNS, 'DNS'],
		[DIRECTORY, 'directory'],
		[URI, 'URI'],
		[ADDRESS, 'IP address'],
	]).get(choice) ?? `kind ${choice}`;

/** Null where nobody can tell: then it is neither permitted nor spared from being excluded. */
const isWithin = (name: GeneralName, base: GeneralName): boolean | null => {
	const [inner, outer] = [name, base].map(({ contents }) => Buffer.from(contents).toString('latin1').toLowerCase());
	if (inner === undefined || outer === undefined) return null;
	switch (name.choice) {
		case DIRECTORY:
			return isWithinName(name.contents, base.contents);
		case DNS:
			return outer === '' || inner === outer || inner.endsWith(outer.startsWith('.') ? outer : `.${outer}`);
		case EMAIL: {
			const at = inner.lastIndexOf('@');
			if (outer.includes('@')) return inner === outer;
			return at < 0 ? null : isHostWithin(inner.slice(at + 1), outer);
		}
		case URI: {
			const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/.exec(inner)?.[1] ?? '';
			// RFC 5280 §4.2.1.10: a URI without a host, or with an address for one, fails any such constraint.
			return host === '' || /^\[|^[\d.]+$/.test(host) ? null : isHostWithin(host, outer);
		}
		case ADDRESS:
			return isAddressWithin(name.contents, base.contents);
		default:
			return null;
	}
};

/** A host, or with a leading dot every host below it. */
const isHostWithin = (host: string, base: string): boolean =>
	base.startsWith('.') ? host.endsWith(base) && host.length > base.length : host === base;

const isAddressWithin = (address: Uint8Array, base: Uint8Array): boolean | null => {
	if (base.length !== 2 * address.length) return base.length === 8 || base.length === 32 ? false : null;
	return address.every((octet, at) => ((octet ^ (base[at] ?? 0)) & (base[address.length + at] ?? 0)) === 0);
};
