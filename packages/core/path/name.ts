import { derChildren } from '../format/der.ts';
import { derContents, readDerOid } from '../format/der-types.ts';

/** Types of string: UTF8, Numeric, Printable, Teletex, IA5, Visible; Universal and BMP have wider letters. */
const OCTETS: readonly number[] = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a];
const [UTF8, UNIVERSAL, BMP] = [0x0c, 0x1c, 0x1e];

/** The RelativeDistinguishedNames of a Name, DER, each as text that is the same for names that RFC 5280 §7.1 calls equal. */
export const relativeNames = (name: Uint8Array): string[] => derChildren(name).map(relativeName);

/** The whole name in that way. */
export const nameKey = (name: Uint8Array): string => JSON.stringify(relativeNames(name));

export const isSameName = (one: Uint8Array, other: Uint8Array): boolean => nameKey(one) === nameKey(other);

/** RFC 5280 §4.2.1.10: a name lies within another when it begins with all of it. */
export const isWithinName = (name: Uint8Array, base: Uint8Array): boolean => {
	const [inner, outer] = [relativeNames(name), relativeNames(base)];
	return outer.length <= inner.length && outer.every((part, at) => part === inner[at]);
};

/** A set: the order of its attributes does not count. */
const relativeName = (set: Uint8Array): string =>
	JSON.stringify(
		derChildren(set)
			.map((attribute) => {
				const [type, value] = derChildren(attribute);
				return JSON.stringify([type && readDerOid(type), value && comparable(value)]);
			})
			.toSorted(),
	);

/** RFC 5280 §7.1, RFC 4518: letters in one case and form, spaces at the ends left out, and others counted once. */
const comparable = (value: Uint8Array): string => {
	const text = textOf(value);
	if (text === null) return `#${Buffer.from(value).toString('hex')}`;
	return `=${text.normalize('NFKC').toLowerCase().normalize('NFKC').trim().replaceAll(/\s+/g, ' ')}`;
};

/** The text of a string type; null for other types. */
export const textOf = (value: Uint8Array): string | null => {
	const [tag = 0] = value;
	const octets = Buffer.from(derContents(value));
	if (OCTETS.includes(tag)) return octets.toString(tag === UTF8 ? 'utf8' : 'latin1');
	if (tag === BMP && octets.length % 2 === 0) return octets.swap16().toString('utf16le');
	if (tag !== UNIVERSAL || octets.length % 4 !== 0) return null;
	const letters = Array.from({ length: octets.length / 4 }, (_, at) => octets.readUInt32BE(4 * at));
	return letters.every((letter) => letter <= 0x10_ffff) ? String.fromCodePoint(...letters) : null;
};
