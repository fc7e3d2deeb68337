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
};

export interface PageFile {
	readonly type: string;
	readonly content: Buffer;
	/** By Brotli; null where that would gain nothing. Made when it is first asked for. */
	compressed(): Buffer | null;
}

const prepare = (content: Buffer, type: string): PageFile => {
	let made: Buffer | null = null;
	return {
		...{ type, content },
		compressed: () => (made ??= brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })),
	};
};

/** The console as it is served: its page, and its files by name. Each is compressed once. */
export const readPageFiles = (): {
	readonly page: PageFile;
	readonly files: ReadonlyMap<string, PageFile>;
	readonly headers: typeof headers;
} => {
	const folder = new URL('./built/', import.meta.url);
	const files = new Map<string, PageFile>();
	for (const name of readdirSync(folder)) {
		const type = types[name.split('.').at(-1) ?? ''];
		if (type !== undefined) files.set(name, prepare(readFileSync(new URL(name, folder)), type));
	}
	// Hashes: what keycheck compares with, in the browser.
	const published = readFileSync(new URL(import.meta.resolve('@keyward/core/keycheck/published-keys.bin')));
	files.set('published-keys.bin', {
		...{ type: 'application/octet-stream', content: published },
		compressed: () => null,
	});
	return {
		headers,
		files,
		page: prepare(readFileSync(new URL('./page.html', import.meta.url)), 'text/html; charset=utf-8'),
	};
};
