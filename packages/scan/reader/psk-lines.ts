import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import { hexOf } from '../list/secret.ts';

/** `psk_file: |` in YAML, `PSK_FILE="` and here documents (`cat > pskfile <<EOF`) in scripts. */
const HEADING =
	/psk[\w.-]{0,64}["']?(?:\s{0,8}:\s{0,8}[|>][+-]?\d?|\s{0,8}=\s{0,8}["'](?:\\)?|.{0,64}<<-?\s{0,8}["']?\w{1,32}["']?)\s{0,8}$/i;
const PAIR = /^\s{0,64}([\w.@-][\w.@ -]{0,127}):([0-9A-Fa-f]{16,128})\s{0,8}["']?$/;
/** `psks:` in YAML, `psks = {` and `DEVICE_KEYS = {`, with the name of a device and its key in each line. */
export const MAP = /^\s{0,64}["']?[\w.-]{0,64}(?:psks|device_?keys)["']?\s{0,8}(?::|[:=]\s{0,8}[{[(])\s{0,8}$/i;
const ENTRY =
	/^\s{0,64}(?:["']([\w.@:-]{1,128})["']|([\w.@-]{1,128}))\s{0,8}[:=]\s{0,8}["']?([0-9A-Fa-f]{32,128})["']?,?\s{0,8}$/;
/** The same as pairs of Python and others: `("pump-1", bytes.fromhex("…")),`. */
const TUPLE =
	/^\s{0,64}[([{]\s{0,8}["']([\w.@ :-]{1,128})["']\s{0,8},\s{0,8}(?:[\w.]{1,32}\(\s{0,8})?b?["']([0-9A-Fa-f]{32,128})["']\s{0,8}\)?\s{0,8}[)\]}],?\s{0,8}$/;
/** Its key as a call: `"pump-1": bytes.fromhex("…"),`. */
const CALL =
	/^\s{0,64}["']([\w.@ :-]{1,128})["']\s{0,8}:\s{0,8}[\w.]{1,32}\(\s{0,8}b?["']([0-9A-Fa-f]{32,128})["']\s{0,8}\),?\s{0,8}$/;
const LONGEST = 512;

const entryIn = (text: string): readonly (string | undefined)[] => {
	const [all, quoted, bare, hex] = ENTRY.exec(text) ?? [];
	return all === undefined ? (TUPLE.exec(text) ?? CALL.exec(text) ?? []) : [all, quoted ?? bare, hex];
};

/** Lists of `identity:hex`, as mosquitto's psk_file, inside settings and scripts that write them. */
export const pskLines = (content: Content) => {
	let inside: 'lines' | 'map' | null = null;
	return {
		/** True when the line is a pair of such a list. */
		line(text: string, number: number): boolean {
			if (text.length > LONGEST || text.trim() === '' || /^\s*#/.test(text)) return false;
			const [, identity, hex = ''] =
				inside === 'lines' ? (PAIR.exec(text) ?? []) : inside === 'map' ? entryIn(text) : [];
			const secret = identity === undefined ? null : hexOf(hex);
			if (secret === null) inside = HEADING.test(text) ? 'lines' : MAP.test(text) ? 'map' : null;
			if (secret === null || identity === undefined) return false;
			content.psk(`line ${number}, psk of ${printable(identity)}`, secret, identity, 'psk');
			return true;
		},
	};
};
