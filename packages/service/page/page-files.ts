import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

/**
 * CR 3.5, CR 2.1: no script but the console's own files, none that makes another out of text (Trusted Types, but for the one worker), nothing fetched
 * elsewhere, no frame around it (clickjacking), and nothing told to where a link leads.
 */
const headers = {
	'content-security-policy':
		"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; " +
		"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types keyward-worker",
	'x-frame-options': 'DENY',
	'referrer-policy': 'no-referrer',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy':
		'publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(self), microphone=(), geolocation=()',
} as const;

const types: Readonly<Record<string, string>> = {
	js: 'text/javascript; charset=utf-8',
	css: 'text/css; charset=utf-8',
	svg: 'image/svg+xml',
	bin: 'application/octet-stream',
};

const typeOf = (name: string): string | undefined => types[name.split('.').at(-1) ?? ''];

export interface PageFile {
	readonly type: string;
	readonly content: Buffer;
	/** How long browsers keep it, and what they ask with whether it is still the same (RFC 9111 §5.2.2, RFC 9110 §8.8.3). */
	readonly kept: { readonly 'cache-control': string; readonly etag: string };
	/** By Brotli; null where that would gain nothing. Made when it is first asked for. */
	compressed(): Buffer | null;
}

/** Asked again each time: it says which files belong together. */
const ASKED = 'no-cache';
/** Under an address that has the version: the same bytes as long as it exists. */
const STAYS = 'public, max-age=31536000, immutable';

const digestOf = (...parts: readonly (string | Buffer)[]): string => {
	const hash = createHash('sha256');
	for (const part of parts) hash.update(`${part.length}:`).update(part);
	return hash.digest('base64url').slice(0, 16);
};

const prepare = (content: Buffer, type: string, cached: string): PageFile => {
	let made: Buffer | null = null;
	return {
		...{ type, content },
		kept: { 'cache-control': cached, etag: `W/"${digestOf(content)}"` },
		compressed: () =>
			type === types['bin']
				? null
				: (made ??= brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })),
	};
};

export interface Page {
	readonly page: PageFile;
	/** By what follows `/console/`. */
	readonly files: ReadonlyMap<string, PageFile>;
	readonly headers: typeof headers;
}

/**
 * The console as it is served, read now, so that all of it is of one time. Its hashes are made when it is first asked for; each file is
 * compressed once. Files have the version of all in their address: a page that was open when the site was updated fetches none that does
 * not go with it.
 */
export const readPageFiles = (): (() => Page) => {
	const folder = new URL('./built/', import.meta.url);
	const contents = new Map<string, Buffer>();
	for (const name of readdirSync(folder).toSorted())
		if (typeOf(name) !== undefined) contents.set(name, readFileSync(new URL(name, folder)));
	// Hashes: what keycheck compares with, in the browser.
	contents.set(
		'published-keys.bin',
		readFileSync(new URL(import.meta.resolve('@keyward/core/keycheck/published-keys.bin'))),
	);
	const html = readFileSync(new URL('./page.html', import.meta.url), 'utf8');
	let prepared: Page | null = null;
	return () => (prepared ??= preparePage(html, contents));
};

const preparePage = (html: string, contents: ReadonlyMap<string, Buffer>): Page => {
	const version = digestOf(...[...contents].flat());
	const files = [...contents].map(([name, content]): [string, PageFile] => [
		`${version}/${name}`,
		prepare(content, typeOf(name) ?? '', STAYS),
	]);
	const page = html.replaceAll('/console/', `/console/${version}/`);
	return {
		headers,
		files: new Map(files),
		page: prepare(Buffer.from(page), 'text/html; charset=utf-8', ASKED),
	};
};
