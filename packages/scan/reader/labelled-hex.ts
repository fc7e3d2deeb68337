import type { Content } from '../content/content.ts';
import { keyCalled } from '../list/key-names.ts';
import { printable } from '../text/printable.ts';
import type { Carver } from '../content/window.ts';

/** Hex digits of the shortest PSK that is taken from a firmware image, and of the longest. */
const SHORTEST = 16;
const LONGEST = 128;

const isHex = new Uint8Array(256);
for (const digit of Buffer.from('0123456789abcdefABCDEF')) isHex[digit] = 1;

const LABEL = /([A-Za-z][A-Za-z0-9_.-]{1,80})["'\]]?\s*[=:]\s*["']?(?:0x)?$/;

/** Finds PSKs in hex among any bytes, where a name just before them says what they are: `psk=0a1b…`, `"app_key": "…"`. Those in `told` were found. */
export const labelledHexCarver =
	(content: Content, told: ReadonlySet<string>): Carver =>
	(window, base, from, to) => {
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
			const secret = new Uint8Array(Buffer.from(window.toString('latin1', start, end), 'hex'));
			if (told.has(Buffer.from(secret).toString('latin1'))) continue;
			content.psk(`byte ${base + start}, ${printable(label)}`, secret, null, name.role);
		}
	};
