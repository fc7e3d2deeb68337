import { inflate } from '../codec/inflate.ts';
import type { Give } from '../codec/give.ts';
import type { Format, Inner } from './format.ts';

const MAGIC = Buffer.from('stream');
/** Texts of pages are put together up to this. */
const LONGEST_TEXT = 16_777_216;

/** Texts that a page shows, a line for each operator that moves on (ISO 32000-1 §9.4). */
const shownIn = (page: string): string => {
	const shown: string[] = [];
	const TOKEN = /\((?:[^()\\]|\\[\s\S])*\)|<[0-9A-Fa-f\s]*>|T\*|T[dDmJj]\b|'|"/g;
	for (const [token] of page.matchAll(TOKEN)) {
		if (token.startsWith('(')) shown.push(token.slice(1, -1).replaceAll(/\\([()\\])/g, '$1'));
		else if (token.startsWith('<'))
			shown.push(Buffer.from(token.replaceAll(/[^0-9A-Fa-f]/g, ''), 'hex').toString('latin1'));
		else if (token !== 'TJ' && token !== 'Tj' && shown.at(-1) !== '\n') shown.push('\n');
	}
	return `${shown.join('')}\n`;
};

/** Reads a stream, and the texts of a page that it may be. */
const both = (stream: Inner, text: Inner): { readonly write: Give; end(): Promise<void> } => {
	let parts: Buffer[] = [];
	let length = 0;
	return {
		async write(chunk) {
			length += chunk.length;
			if (length <= LONGEST_TEXT) parts.push(Buffer.from(chunk));
			await stream.write(chunk);
		},
		async end() {
			await stream.end();
			const page = length <= LONGEST_TEXT ? Buffer.concat(parts).toString('latin1') : '';
			parts = [];
			if (/\bBT\b/.test(page) && /T[jJ]/.test(page)) await text.write(Buffer.from(shownIn(page), 'latin1'));
			await text.end();
		},
	};
};

/** A stream of PDF packed with Flate (ISO 32000-1 §7.4.4): a page, or a file that is attached. */
export const pdfStream: Format = {
	name: 'a stream of PDF',
	label: 'PDF stream',
	magic: MAGIC,
	fits: (window, start) => {
		const at = start + MAGIC.length + (window[start + MAGIC.length] === 13 ? 2 : 1);
		if (window[at - 1] !== 10) return false;
		return window[at] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(window[at + 1] ?? 0);
	},
	async read(opened) {
		const { feed } = opened;
		await feed.need(9);
		feed.drop(feed.bytes[MAGIC.length] === 13 ? 8 : 7);
		const sink = both(opened.inside(), opened.inside('text'));
		try {
			await inflate(feed, sink.write, 'zlib');
		} finally {
			await sink.end();
		}
	},
};
