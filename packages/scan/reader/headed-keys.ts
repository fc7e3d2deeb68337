import type { Content } from '../content/content.ts';
import { couldBeDevice } from '../list/named-key.ts';
import { isOtherKeyName } from '../list/other-languages.ts';
import { hexOf } from '../list/secret.ts';
import { printable } from '../text/printable.ts';

/** `here are the keys of the pumps:` */
const HEAD = /\b(?:keys|psks|secrets)\s(?:[^:]{0,64}\s)?(?:of|for|are)\b[^:]{0,64}:\s{0,8}$/i;
const ROW =
	/^[\s>*•+-]{0,16}(\p{L}[\p{L}\p{M}\p{N}_. -]{0,40}?)\s{0,4}[:=]\s{0,4}((?:[0-9a-f]{64}|[0-9a-f]{48}|[0-9a-f]{32}))\s{0,8}$/iu;
const LONGEST_LINE = 160;
const MOST = 10_000;

interface Row {
	readonly name: string;
	readonly secret: Uint8Array;
	readonly number: number;
}

const isHead = (text: string): boolean =>
	text.length <= LONGEST_LINE &&
	text.trimEnd().endsWith(':') &&
	(HEAD.test(text) || (text.trim().includes(' ') && isOtherKeyName(text)));

/** Lines of a name and a key below one that says whose keys follow, as notes and mails have them: two or more, of one length. */
export const headedKeys = (content: Content) => {
	let rows: Row[] | null = null;
	const end = (): void => {
		const all = rows ?? [];
		rows = null;
		const isList =
			all.length > 1 &&
			new Set(all.map(({ secret }) => secret.length)).size === 1 &&
			new Set(all.map(({ name }) => name)).size === all.length &&
			all.every(({ name }) => couldBeDevice(name));
		if (!isList) return;
		for (const { name, secret, number } of all)
			content.psk(`line ${number}, psk of ${printable(name)}`, secret, name, 'psk');
	};
	return {
		/** Told of the lines that nothing else reads. */
		line(text: string, number: number): void {
			if (rows !== null && text.trim() !== '') {
				const [, name, hex] = ROW.exec(text.slice(0, LONGEST_LINE)) ?? [];
				const secret = hex === undefined ? null : hexOf(hex);
				if (name !== undefined && secret !== null && rows.length < MOST)
					return void rows.push({ name, secret, number });
				end();
			}
			if (isHead(text)) rows = [];
		},
		end,
	};
};
