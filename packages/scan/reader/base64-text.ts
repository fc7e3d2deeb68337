import type { Content } from '../content/content.ts';
import type { TextReader } from './text.ts';

/** Shorter is a key, not a file of settings. */
const SHORTEST = 40;
/** Longer is not kept, and a line of one. */
const LONGEST = 65_536;
const DIGITS = /(?:^|[\s:="'`>(,])([A-Za-z0-9+/]{32,}={0,2})["'`;,)<\s]{0,8}$/;
const ONLY_DIGITS = /^\s{0,64}([A-Za-z0-9+/]{1,128}={0,2})\s{0,8}$/;
/** A setting of a key, in what is text throughout. */
const SETTINGS = /(?:key|psk|secret|scbk)\w{0,32}["']?\s{0,8}[:=]\s{0,8}\S/i;
const TEXT = /^[\t\n\r -~\u0080-\uffff]+$/;

/** Could a line end in so many characters without a blank? */
const mayHold = (text: string): boolean => text.length >= SHORTEST && text.lastIndexOf(' ') < text.length - 32;

/**
 * Files of settings in base64 as values of others, in one line or wrapped: `write_files` of cloud-init, Secrets and ConfigMaps of
 * Kubernetes. `read` takes what they hold.
 */
export const base64Texts = (content: Content, read: (inner: Content) => TextReader) => {
	let digits = '';
	let number = 0;
	const end = (): void => {
		const bytes = digits.length < SHORTEST ? null : Buffer.from(digits, 'base64');
		digits = '';
		const text = bytes?.toString('utf8') ?? '';
		if (!text.includes('\n') || !TEXT.test(text) || !SETTINGS.test(text)) return;
		const reader = read(content.within(`base64 on line ${number}`, content.path));
		reader.write(text);
		reader.end();
	};
	return {
		line(text: string, at: number): void {
			if (digits !== '') {
				const [, more] = digits.endsWith('=') ? [] : (ONLY_DIGITS.exec(text) ?? []);
				if (more !== undefined && digits.length < LONGEST) {
					digits += more;
					return;
				}
				end();
			}
			if (!mayHold(text) || content.depth >= content.limits.depth) return;
			[, digits = ''] = DIGITS.exec(text) ?? [];
			number = at;
		},
		end,
	};
};
