import type { Content } from '../content/content.ts';
import { printable } from '../text/printable.ts';
import { hexOf } from '../list/secret.ts';
import { byLine, type TextReader } from './text.ts';

const LINE = /^([^:\s#][^:]*):([0-9A-Fa-f]{2}[0-9A-Fa-f-]*)\s*$/;
/** The end of such a line, somewhere. */
const ENDS = /:[0-9A-Fa-f]{2}[0-9A-Fa-f-]*\s*$/m;
const isAside = (line: string): boolean => line.trim() === '' || line.startsWith('#');

/** At least half of the lines are `identity:hex`, and the hex is long enough, or the lines many enough, not to be ports or numbers. */
const isPskFile = (head: string, whole: boolean, strict: boolean): boolean => {
	if (!ENDS.test(head)) return false;
	const lines = head.split(/\r\n|\n|\r/);
	if (!whole) lines.pop();
	const rows = lines.filter((line) => !isAside(line));
	const pairs = rows.flatMap((line) => [LINE.exec(line) ?? []]).filter(({ length }) => length > 0);
	const secrets = pairs.map(([, , secret = '']) => secret);
	if (secrets.length === 0 || secrets.length < rows.length / 2) return false;
	// Lists of hashes and ids have one word before each.
	const names = new Set(pairs.map(([, name = '']) => name));
	if (names.size < secrets.length / 2) return false;
	if (strict) return pairs.every(([, name = '', secret = '']) => /^[\w.@-]{4,64}$/.test(name) && secret.length >= 32);
	return (
		secrets.some((secret) => secret.length >= 16) ||
		(secrets.length > 2 && secrets.every(({ length }) => length >= 4 && length % 2 === 0))
	);
};

/** `identity:hex` a line, as psk_file of mosquitto (mosquitto.conf(5)), EMQX and GnuTLS. Null when `head` is not that; `strict`: among other bytes, where numbers look so. */
export const pskFileReader = (head: string, whole: boolean, content: Content, strict = false): TextReader | null => {
	if (!isPskFile(head, whole, strict)) return null;
	return byLine(
		(line, number) => {
			if (isAside(line)) return;
			const [, identity = '', hex = ''] = LINE.exec(line) ?? [];
			const secret = hexOf(hex);
			if (secret === null) content.problem('a line is not identity:hex', `line ${number}`);
			else content.psk(`line ${number}, psk of ${printable(identity)}`, secret, identity, 'psk');
		},
		() => undefined,
	);
};
