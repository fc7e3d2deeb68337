import { derContents } from '../format/der-types.ts';
import { textOf } from './name.ts';
import { malformed, type PathCertificate, parts, wholeParts } from './path-certificate.ts';

/** A GeneralName (RFC 5280 §4.2.1.6): the number of its choice and its contents. */
export interface GeneralName {
	readonly choice: number;
	readonly contents: Uint8Array;
}

export const EMAIL = 1;
export const DNS = 2;
export const DIRECTORY = 4;
export const URI = 6;
export const ADDRESS = 7;

const SUBJECT_ALTERNATIVE = '2.5.29.17';
const EMAIL_ADDRESS = Buffer.from('06092a864886f70d010901', 'hex');

export const readGeneralName = (der: Uint8Array): GeneralName => {
	const tag = der[0] ?? 0;
	if ((tag & 0xc0) !== 0x80) throw malformed('a name is of no known kind');
	return { choice: tag & 0x1f, contents: derContents(der) };
};

/** Every name under which a certificate speaks: subject, alternative names, and e-mail addresses in the subject where it has no others. */
export const namesOf = ({ subject, extensions }: PathCertificate): GeneralName[] => {
	const alternative = extensions.get(SUBJECT_ALTERNATIVE);
	const names = alternative === undefined ? [] : wholeParts(alternative.value, 0x30).map(readGeneralName);
	const relative = parts(subject, 0x30);
	const subjects = relative.length === 0 ? [] : [{ choice: DIRECTORY, contents: subject }];
	if (names.some(({ choice }) => choice === EMAIL)) return [...subjects, ...names];
	// RFC 5280 §4.2.1.10: old certificates have their address in the subject, and must not escape by that.
	const addresses = relative
		.flatMap((set) => parts(set, 0x31))
		.map((attribute) => parts(attribute, 0x30))
		.filter(([type]) => type !== undefined && Buffer.compare(type, EMAIL_ADDRESS) === 0)
		.map(([, value]) => ({ choice: EMAIL, contents: Buffer.from(value === undefined ? '' : (textOf(value) ?? '')) }));
	return [...subjects, ...names, ...addresses];
};
