import { derChildren } from '../format/der.ts';
import { derContents } from '../format/der-types.ts';
import { Problem } from '../problem/problem.ts';
import type { Instant } from '../units/instant.ts';

/** Validity (RFC 5280 §4.1.2.5), DER. Throws `Problem('certificate-malformed')`. */
export const readValidity = (der: Uint8Array): { readonly notBefore: Instant; readonly notAfter: Instant } => {
	const times = der[0] === 0x30 ? derChildren(der) : [];
	const [notBefore, notAfter] = times.map(readTime);
	if (times.length !== 2 || notBefore === undefined || notAfter === undefined) throw malformed('two times');
	return { notBefore, notAfter };
};

/**
 * RFC 5280 §4.1.2.5.1, §4.1.2.5.2: to the second and in Zulu, without fractions, offsets or left-out seconds, which others
 * read as another moment; and a day that the calendar has.
 */
const readTime = (der: Uint8Array): Instant => {
	const text = Buffer.from(derContents(der)).toString('latin1');
	const isShort = der[0] === 0x17;
	if (!(isShort ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text) || (!isShort && der[0] !== 0x18)) throw malformed('a time');
	// Two digits from 50 on are of the last century.
	const full = isShort ? (Number(text.slice(0, 2)) >= 50 ? '19' : '20') + text : text;
	const iso = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
	const at = Date.parse(iso);
	if (Number.isNaN(at) || new Date(at).toISOString() !== iso) throw malformed('a time that there is');
	return at;
};

const malformed = (what: string): Problem =>
	new Problem('certificate-malformed', `The validity of a certificate is not ${what} by RFC 5280 section 4.1.2.5.`);
