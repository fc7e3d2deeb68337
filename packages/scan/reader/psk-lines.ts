import type { Content } from '../content.ts';
import { printable } from '../printable.ts';
import { hexOf } from '../secret.ts';

/** `psk_file: |` in YAML, `PSK_FILE="` and here documents (`cat > pskfile <<EOF`) in scripts. */
const HEADING =
	/psk[\w.-]{0,64}["']?(?:\s{0,8}:\s{0,8}[|>][+-]?\d?|\s{0,8}=\s{0,8}["'](?:\\)?|.{0,64}<<-?\s{0,8}["']?\w{1,32}["']?)\s{0,8}$/i;
const PAIR = /^\s{0,64}([\w.@-][\w.@ -]{0,127}):([0-9A-Fa-f]{16,128})\s{0,8}["']?$/;
const LONGEST = 512;

/** Lists of `identity:hex`, as mosquitto's psk_file, inside settings and scripts that write them. */
export const pskLines = (content: Content) => {
	let inside = false;
	return {
		/** True when the line is a pair of such a list. */
		line(text: string, number: number): boolean {
			if (text.length > LONGEST || text.trim() === '' || /^\s*#/.test(text)) return false;
			const [, identity, hex = ''] = inside ? (PAIR.exec(text) ?? []) : [];
			const secret = identity === undefined ? null : hexOf(hex);
			inside = secret !== null || HEADING.test(text);
			if (secret === null || identity === undefined) return false;
			content.psk(`line ${number}, psk of ${printable(identity)}`, secret, identity, 'psk');
			return true;
		},
	};
};
