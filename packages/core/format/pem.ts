import { Problem } from '../problem/problem.ts';
import type { ErrorCode } from '../problem/code.ts';

/** RFC 7468 text of one DER value: 64 columns, a newline at the end. */
export const encodePem = (label: string, der: Uint8Array): string => {
	const lines =
		Buffer.from(der)
			.toString('base64')
			.match(/.{1,64}/g) ?? [];
	return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

/** Every DER value under this label, in order. Throws `Problem(code)` when there is none or its base64 is broken. */
export const decodePem = (label: string, text: string, code: ErrorCode): Uint8Array[] => {
	const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`, 'g'));
	const values = Array.from(blocks, ([, body]) => decodeBase64(body ?? '', code));
	if (values.length === 0) throw new Problem(code, `There is no ${label} block in the PEM text.`);
	return values;
};

/** RFC 4648 §4 with line breaks and blanks allowed (RFC 8951 §3.1), and nothing else. Throws `Problem(code)`. */
export const decodeBase64 = (text: string, code: ErrorCode): Uint8Array => {
	const compact = text.replace(/[ \t\r\n]/g, '');
	if (compact.length === 0 || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
		throw new Problem(code, 'The text is not base64 (RFC 4648 section 4).');
	}
	return new Uint8Array(Buffer.from(compact, 'base64'));
};
