import type { Content } from '../content/content.ts';
import { isListOfDevices, isListOfKeys, type NamedList, pairsOf } from '../list/paired-lists.ts';
import { printable } from '../text/printable.ts';

/** `DEVICES="a b"`, `keys = [`, `const char *psks[] = {`, `my @keys = (`, `devices:`. */
const BEGINS =
	/^[\w\s*$@&<>.-]{0,48}?([A-Za-z]\w{0,63})(?:\[\d{0,5}\]){0,2}\s{0,4}(?::=|[=:])\s{0,4}(?:new\s{1,4}\w{1,16}\[\]\s{0,4})?(["'([{]|$)/;
/** Hardly a line of most texts. */
const HEADS = /[:=]\s{0,4}(?:["'([{]|new\s|$)/;
const LIKELY = /(?:s|list|array|table)(?:\[\d{0,5}\]){0,2}\s{0,4}(?::=|[=:])\s{0,4}(?:["'([{]|new\s|$)/i;
const CLOSES: Readonly<Record<string, string>> = { '"': '"', "'": "'", '(': ')', '[': ']', '{': '}' };
const ITEM = /^\s{0,64}-\s{1,8}["']?([^\s"']{1,256})["']?\s{0,8}$/;
const LONGEST_LINE = 4096;
const LONGEST = 262_144;
/** How many lines may stand between the two lists. */
const FAR = 64;

interface Open {
	readonly name: string;
	readonly line: number;
	/** What closes it; a list of YAML ends with its items. */
	readonly close: string | null;
	text: string;
}
type Closed = NamedList & { readonly line: number; readonly end: number };

/** Names of devices in one list and their keys, as many and in the same order, in another beside it. */
export const pairedLines = (content: Content) => {
	let open: Open | null = null;
	let devices: Closed | null = null;
	let keys: Closed | null = null;
	const close = ({ name, line, text }: Open, end: number): void => {
		const items = text.split(/[\s,;"'`]+/).filter((item) => item !== '');
		const list = { name, items, line, end };
		if (isListOfDevices(list)) devices = list;
		else if (isListOfKeys(list)) keys = list;
		else return;
		if (devices === null || keys === null || Math.max(devices.line, keys.line) - Math.min(devices.end, keys.end) > FAR)
			return;
		const { line: at } = keys;
		const pairs = pairsOf(devices, keys);
		for (const { device, secret, role } of pairs)
			content.psk(`line ${at}, ${role} of ${printable(device)}`, secret, device, role);
		if (pairs.length > 0) [devices, keys] = [null, null];
	};
	const follow = (one: Open, text: string, number: number): boolean => {
		if (one.close === null) {
			const [, item] = ITEM.exec(text) ?? [];
			if (item !== undefined && one.text.length < LONGEST) {
				one.text += ` ${item}`;
				return true;
			}
			open = null;
			close(one, number);
			return false;
		}
		const at = text.indexOf(one.close);
		one.text += ` ${at === -1 ? text : text.slice(0, at)}`;
		if (at !== -1 || one.text.length > LONGEST) open = null;
		if (at !== -1) close(one, number);
		return true;
	};
	return {
		/** Told of every line. */
		line(text: string, number: number): void {
			if (text.length > LONGEST_LINE) {
				open = null;
				return;
			}
			if (open !== null && follow(open, text, number)) return;
			if (!HEADS.test(text) || !LIKELY.test(text)) return;
			const begin = BEGINS.exec(text);
			const [whole = '', name, mark = ''] = begin ?? [];
			if (name === undefined) return;
			const one: Open = { name, line: number, close: CLOSES[mark] ?? null, text: '' };
			open = one;
			if (one.close !== null) follow(one, text.slice(whole.length), number);
		},
		end(): void {
			if (open !== null && open.close === null) close(open, open.line);
			open = null;
		},
	};
};
