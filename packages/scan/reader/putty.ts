import type { Content } from '../content/content.ts';
import type { Carver } from '../content/window.ts';
import { readSshBlob } from './openssh.ts';

const MARK = 'PuTTY-User-Key-File-';
/** More than an RSA key of 16,384 bits takes. */
const LONGEST = 8192;
const HEADER =
	/^PuTTY-User-Key-File-[23]: [\w@.-]{1,64}\r?\n(?:[A-Z][\w-]{0,32}: [^\r\n]{0,512}\r?\n){0,4}?Public-Lines: ([0-9]{1,3})\r?\n/;
const COMMENT = /\nComment: ([\w.-]{1,128}@[\w.-]{1,128})\r?\n/;

/** Finds PuTTY's private keys, versions 2 and 3: their public half is not encrypted and is all that is needed. */
export const puttyCarver =
	(content: Content): Carver =>
	(window, base, from, to) => {
		for (let at = from; ; at += MARK.length) {
			at = window.indexOf(MARK, at);
			if (at === -1 || at >= to) return to;
			const text = window.toString('latin1', at, at + LONGEST);
			const where = `byte ${base + at}`;
			const header = HEADER.exec(text);
			if (header === null) {
				// The mark alone stands in programs that read such files.
				if (/^PuTTY-User-Key-File-[0-9]: /.test(text))
					content.problem('a PuTTY key of an unknown version or form is not read', where);
				continue;
			}
			const lines = text.slice(header[0].length).split(/\r?\n/).slice(0, Number(header[1]));
			const names = COMMENT.exec(header[0])?.[1];
			const blob = Buffer.from(lines.join(''), 'base64');
			const label = `private key (PuTTY), ${where}`;
			if (!content.isRepeat(blob) && !readSshBlob(blob, content, label, true, names === undefined ? [] : [names]))
				content.problem('a PuTTY key is malformed', where);
		}
	};
