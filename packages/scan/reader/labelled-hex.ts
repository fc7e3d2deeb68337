import type { Content } from '../content/content.ts';
import { keyCalled, type KeyName } from '../list/key-names.ts';
import { printable } from '../text/printable.ts';
import type { Carver } from '../content/window.ts';
import { MOST_TOLD, type TextRuns } from './text-runs.ts';

/** Hex digits of the shortest PSK that is taken from a firmware image, and of the longest. */
const SHORTEST = 16;
const LONGEST = 128;

const isHex = new Uint8Array(256);
for (const digit of Buffer.from('0123456789abcdefABCDEF')) isHex[digit] = 1;

const LABEL = /([A-Za-z][A-Za-z0-9_.-]{1,80})["'\]]?\s*[=:]\s*["']?(?:0x)?$/;

/**
 * Finds PSKs in hex among any bytes, where a name just before them says what they are: `psk=0a1b…`, `"app_key": "…"`. Those in `told`
 * were found. One in a text that is still read waits: the text may tell it, and whose it is. `end` is called when all texts have ended.
 */
export const labelledHexCarver = (content: Content, told: ReadonlySet<string>, texts: TextRuns) => {
	/** By their places. */
	let waiting: { readonly at: number; readonly label: string; readonly hex: string; readonly role: KeyName['role'] }[] =
		[];
	const give = ({ at, label, hex, role }: (typeof waiting)[number]): void => {
		const secret = Buffer.from(hex, 'hex');
		if (!told.has(secret.toString('latin1')))
			content.psk(`byte ${at}, ${printable(label)}`, new Uint8Array(secret), null, role);
	};
	const giveUntil = (place: number): void => {
		if ((waiting[0]?.at ?? place) >= place) return;
		const due = waiting.filter(({ at }) => at < place);
		waiting = waiting.slice(due.length);
		for (const one of due) give(one);
	};
	const carver: Carver = (window, base, from, to) => {
		giveUntil(texts.readUntil());
		// A run of that many digits has one at a multiple of its length: only those places need a look.
		for (let probe = from + SHORTEST - 1 - (from % SHORTEST); ; probe += SHORTEST) {
			if (probe >= to + SHORTEST || probe >= window.length) return to;
			if (isHex[window[probe] ?? 0] !== 1) continue;
			let start = probe;
			while (start > 0 && probe - start < LONGEST && isHex[window[start - 1] ?? 0] === 1) start--;
			let end = probe + 1;
			while (end < window.length && end - start <= LONGEST && isHex[window[end] ?? 0] === 1) end++;
			probe = end;
			if (start < from || start >= to || end - start < SHORTEST || end - start > LONGEST || (end - start) % 2 === 1)
				continue;
			const [, label = ''] = LABEL.exec(window.toString('latin1', Math.max(0, start - 96), start)) ?? [];
			const name = keyCalled(label);
			if (name === null || (name.form === 'lorawan' && end - start !== 32)) continue;
			if (content.isRepeat(window.subarray(start - label.length - 1, end))) continue;
			const one = { at: base + start, label, hex: window.toString('latin1', start, end), role: name.role };
			if (one.at < texts.readUntil() || waiting.length >= MOST_TOLD) give(one);
			else waiting.push(one);
		}
	};
	return { carver, end: () => giveUntil(Infinity) };
};
