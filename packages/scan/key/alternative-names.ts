import { childrenOf, contentsOf, type DerValue, readValue } from './der.ts';
import { attributeOf } from './distinguished-name.ts';
import { printable } from '../text/printable.ts';

const addressOf = (octets: Buffer): string =>
	octets.length === 4 ? [...octets].join('.') : (octets.toString('hex').match(/.{1,4}/g) ?? []).join(':');

const nameOf = (bytes: Uint8Array, value: DerValue): string[] => {
	const contents = Buffer.from(contentsOf(bytes, value));
	// RFC 5280 §4.2.1.6: otherName, rfc822Name, dNSName, uniformResourceIdentifier, iPAddress.
	if (value.tag === 0xa0) return [contents.toString('hex')];
	if (value.tag === 0x81 || value.tag === 0x82 || value.tag === 0x86) return [contents.toString('latin1')];
	return value.tag === 0x87 ? [addressOf(contents)] : [];
};

/** The names in a SubjectAltName extension's value; none for what is no such value. */
export const alternativeNames = (extension: Uint8Array): string[] => {
	const outer = readValue(extension, 0, extension.length);
	const names = outer?.tag === 0x30 ? (childrenOf(extension, outer) ?? []) : [];
	return names.slice(0, 256).flatMap((name) => nameOf(extension, name).map((text) => printable(text)));
};

/** What a subject says of one device alone: the serialNumber of its Name (IEEE 802.1AR §8.6). */
export const serialNumberOf = (subjectName: Uint8Array): string[] => {
	const serial = attributeOf(subjectName, 'serialNumber');
	return serial === '' ? [] : [printable(serial)];
};
