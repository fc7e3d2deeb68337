import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Instant, type Milliseconds, minutes } from '@keyward/core';

/** How long a link is good. */
const LINK: Milliseconds = minutes(10);

const FORM = /^[A-Za-z0-9_-]{43}$/;
const secret = (): string => randomBytes(32).toString('base64url');
const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/**
 * What lets one page in: a link's token, once, which is given for another that the page keeps. No cookie: a browser sends those of
 * 127.0.0.1 to every port of this machine, other users' programs among them.
 */
export interface PageTokens {
	/** A link's token; the one before and the page that it let in are let in no more. */
	link(): string;
	/** The page's own token, once for each link; null when this is no link's, or no longer. */
	spend(token: string): string | null;
	isPage(token: string): boolean;
	/** Lets nobody in. */
	end(): void;
}

export const createPageTokens = (now: () => Instant, longest: Milliseconds): PageTokens => {
	let waits: { readonly digest: Buffer; readonly until: Instant } | null = null;
	let page: { readonly digest: Buffer; readonly until: Instant } | null = null;
	const is = (one: typeof page, token: string): boolean =>
		one !== null && FORM.test(token) && timingSafeEqual(one.digest, digest(token)) && now() < one.until;
	return {
		link: () => {
			const token = secret();
			waits = { digest: digest(token), until: now() + LINK };
			page = null;
			return token;
		},
		spend: (token) => {
			if (!is(waits, token)) return null;
			waits = null;
			const own = secret();
			page = { digest: digest(own), until: now() + longest };
			return own;
		},
		isPage: (token) => is(page, token),
		end: () => {
			waits = null;
			page = null;
		},
	};
};
