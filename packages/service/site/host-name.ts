import { isIP } from 'node:net';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * A host name of RFC 1123 §2.1, with or without the dot of the root. Label by label: one expression for all of them took time
 * exponential in the length (CR 7.1: a name of 36 letters and an underscore never came to an end).
 */
export const isHostName = (text: string): boolean =>
	text.length <= 253 &&
	isIP(text) === 0 &&
	text
		.replace(/\.$/, '')
		.split('.')
		.every((label) => LABEL.test(label));

/** A host as a URL has it: an IPv6 address stands in brackets (RFC 3986 §3.2.2), or its last group reads as the port. */
export const hostInUrl = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
