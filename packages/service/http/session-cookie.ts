import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * RFC 6265bis §4.1.3.2: a cookie of this prefix is set by this very host, over TLS, for all paths: no neighbour of its domain can plant
 * one.
 */
const NAME = '__Host-keyward';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** CR 2.6: no script reads it, and no other site's page sends it. It goes with the browser. */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

/** Of a session's token. */
export const sessionHash = (token: string): string => hash('sha256', token, 'hex');

/** The session whose cookie was sent: SHA-256 of its token; null without one, or with several. */
export const sessionOf = ({ cookie = '' }: IncomingHttpHeaders): string | null => {
	const values = cookie
		.split(';')
		.map((pair) => pair.trim())
		.filter((pair) => pair.startsWith(`${NAME}=`))
		.map((pair) => pair.slice(NAME.length + 1));
	const [token] = values;
	return values.length === 1 && token !== undefined && TOKEN.test(token) ? sessionHash(token) : null;
};

export const setSession = (token: string): string => `${NAME}=${token}; ${ATTRIBUTES}`;

/** Of a sign-in at an issuer, until the browser is back: sent when another site's page leads here (SameSite=Lax), and opens nothing. */
const ISSUER = '__Host-keyward-issuer';

export const setIssuer = (value: string): string =>
	`${ISSUER}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600`;

export const clearIssuer = `${ISSUER}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`;

/** Empty without one, or with several. */
export const issuerCookie = ({ cookie = '' }: IncomingHttpHeaders): string => {
	const values = cookie
		.split(';')
		.map((pair) => pair.trim())
		.filter((pair) => pair.startsWith(`${ISSUER}=`))
		.map((pair) => pair.slice(ISSUER.length + 1));
	return values.length === 1 ? (values[0] ?? '') : '';
};

export const clearSession = `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;
