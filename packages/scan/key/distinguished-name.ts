import { childrenOf, contentsOf, type DerValue, oidOf, readValue } from './der.ts';
import { printable } from '../text/printable.ts';

const attributes: Readonly<Record<string, string>> = {
	'2.5.4.3': 'CN',
	'2.5.4.5': 'serialNumber',
	'2.5.4.6': 'C',
	'2.5.4.7': 'L',
	'2.5.4.8': 'ST',
	'2.5.4.10': 'O',
	'2.5.4.11': 'OU',
	'0.9.2342.19200300.100.1.1': 'UID',
	'0.9.2342.19200300.100.1.25': 'DC',
	'1.2.840.113549.1.9.1': 'emailAddress',
};

const textOf = (bytes: Uint8Array, value: DerValue | undefined): string => {
	if (value === undefined) return '';
	const contents = Buffer.from(contentsOf(bytes, value));
	if (value.tag === 0x1e && contents.length % 2 === 0) return Buffer.from(contents).swap16().toString('utf16le');
	return contents.toString(value.tag === 0x0c ? 'utf8' : 'latin1');
};

const attributesIn = (name: Uint8Array): (readonly [type: string, text: string])[] => {
	const outer = readValue(name, 0, name.length);
	const sets = outer === null ? [] : (childrenOf(name, outer) ?? []);
	return sets.flatMap((set) =>
		(childrenOf(name, set) ?? []).map((pair) => {
			const [type, value] = childrenOf(name, pair) ?? [];
			const oid = oidOf(name, type) ?? '?';
			return [attributes[oid] ?? oid, textOf(name, value)] as const;
		}),
	);
};

/** A DER Name in words, as `CN=pump-7, O=Example`, fit for a terminal; `(no name)` for an empty one. */
export const nameText = (name: Uint8Array): string => {
	const text = attributesIn(name).map(([type, value]) => `${type}=${value}`);
	return text.length === 0 ? '(no name)' : printable(text.join(', '));
};

/** The last attribute of this type; empty when there is none. */
export const attributeOf = (name: Uint8Array, wanted: string): string =>
	attributesIn(name).findLast(([type]) => type === wanted)?.[1] ?? '';

export const commonNameOf = (name: Uint8Array): string => attributeOf(name, 'CN');

/** The common name alone, as `CN=pump-7`, or the whole name when there is none. */
export const shortName = (name: Uint8Array): string => {
	const commonName = commonNameOf(name);
	return commonName === '' ? nameText(name) : `CN=${printable(commonName)}`;
};
