import type { Content } from '../content/content.ts';
import { publicOf } from '../key/octet-private.ts';
import { readCarved } from './carved.ts';
import { readDerObject } from './der-object.ts';
import { readOpenSshPrivate, readSshBlob } from './openssh.ts';
import { unescaped } from '../nested/xml-text.ts';
import { dearmoured, readOpenPgp } from './openpgp.ts';
import { OVERLAP, type Carver } from '../content/window.ts';

/** Five dashes for PEM (RFC 7468), four and a blank for SSH2 (RFC 4716); the rest of the line is the label. */
const MARK = Buffer.from('---- BEGIN ');
const PEM_MARK = Buffer.from('-----BEGIN ');
const wide = (text: string, swap: boolean): Buffer => {
	const bytes = Buffer.from(text, 'utf16le');
	return swap ? bytes.swap16() : bytes;
};

const percentDecoded = (text: string): string =>
	text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

interface Encoding {
	readonly mark: Buffer;
	readonly decode: (bytes: Buffer) => string;
}

/** A file may change its encoding half-way (a shell appends UTF-16 to UTF-8), so every block is sought in each. */
const encodings: readonly Encoding[] = [
	{ mark: PEM_MARK, decode: (bytes) => bytes.toString('latin1') },
	{ mark: MARK, decode: (bytes) => bytes.toString('latin1') },
	// In URLs, headers and forms.
	{ mark: Buffer.from('-----BEGIN%20'), decode: (bytes) => percentDecoded(bytes.toString('latin1')) },
	{
		mark: Buffer.from('-----BEGIN+'),
		decode: (bytes) => percentDecoded(bytes.toString('latin1').replaceAll('+', ' ')),
	},
	{ mark: wide('-----BEGIN ', false), decode: (bytes) => bytes.toString('utf16le') },
	{
		mark: wide('-----BEGIN ', true),
		decode: (bytes) =>
			Buffer.from(bytes.subarray(0, bytes.length & ~1))
				.swap16()
				.toString('utf16le'),
	},
];

/** Finds PEM blocks among any bytes: in bundles, mail, source code, JSON, firmware. */
export const pemCarvers = (content: Content): Carver[] => {
	let block = 0;
	return encodings.map(({ mark, decode }) => (window, base, from, to) => {
		let at = from;
		for (;;) {
			at = window.indexOf(mark, at);
			if (at === -1 || at >= to) return Math.max(to, at === -1 ? to : at);
			const read = readBlock(textFrom(window, at, decode));
			if (read === null && mark === PEM_MARK)
				readStaticKey(
					window.toString('latin1', at, at + 1024),
					window.toString('latin1', Math.max(0, at - 256), at),
					content,
					`byte ${base + at}`,
				);
			if (read === null) {
				at += mark.length;
				continue;
			}
			const where = `PEM block ${++block}`;
			if (read.body === null) content.problem(read.reason, `${where}, byte ${base + at}`);
			else if (!content.isRepeat(read.body)) readBody(read.label, read.body, read.headers, read.text, content, where);
			at += read.length * (mark[1] === 0 || mark[0] === 0 ? 2 : 1);
		}
	});
};

/** How manuals call the file of a key that the server and all its clients have. */
const GROUP_FILE = /(?:^|[/\\])(?:ta|tc|tls[-_]?(?:auth|crypt)|takey)[^/\\]{0,16}$/i;

/** A static key of OpenVPN (`--secret`, `--tls-auth`, `--tls-crypt`): 2048 bits in hex, which all sides have. */
const readStaticKey = (text: string, before: string, content: Content, where: string): void => {
	const [, hex] = /^-----BEGIN OpenVPN Static key V1-----\s{1,4}((?:[0-9a-f]{32}\s{1,4}){16})-----END/.exec(text) ?? [];
	if (hex === undefined) return;
	const secret = new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
	const isOfGroup = /<tls-(?:auth|crypt)>[^<]*$/.test(before) || GROUP_FILE.test(content.path);
	content.psk(`OpenVPN static key, ${where}`, secret, null, isOfGroup ? 'tlsGroupKey' : 'staticKey');
};

/** Text from a mark on, as far as its block may need: most are short, and a file of nothing but marks must not cost more. */
const textFrom = (window: Buffer, at: number, decode: Encoding['decode']): string => {
	for (const reach of [8192, 65_536]) {
		const text = decode(window.subarray(at, at + reach));
		if (/- ?END [^-]*-|-BEGIN /.test(text.slice(12))) return text;
	}
	return decode(window.subarray(at, at + OVERLAP));
};

interface Block {
	readonly label: string;
	readonly headers: string;
	readonly body: Buffer | null;
	readonly reason: string;
	/** In characters. */
	readonly length: number;
	readonly text: string;
}

const isBase64 = (text: string): boolean =>
	/^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.replace(/={1,2}$/, '').length % 4 !== 1;

/** What stands before each line of a comment or a quotation. */
const MARKS = /(?:\r?\n|\\n)[ \t]{0,32}(?:[#>*;%]|\/\/){1,4}/g;

/** A block that begins the text; null when it is only a mark, as code that reads PEM holds. */
const readBlock = (text: string): Block | null => {
	const [first, dashes = '', label = ''] = /^(-----?) ?BEGIN ([A-Z0-9 .]{1,64}?) ?(-----?)/.exec(text) ?? [];
	if (first === undefined) return null;
	const end = text.indexOf(`END ${label}`, first.length);
	const again = text.indexOf('-BEGIN ', first.length);
	const known = /KEY|CERT|PKCS|CMS|REQUEST/.test(label);
	if (label.startsWith('PGP ')) return pgp(label, first.length, text);
	if (end === -1 || (again !== -1 && again < end)) {
		// The mark alone, with no base64 after it, is a string in somebody's code.
		const starts = /^[\s"'\\nr,+]*[A-Za-z0-9+/]{24}/.test(text.slice(first.length, first.length + 200));
		if (!known || !starts) return null;
		return { label, headers: '', body: null, reason: 'a PEM block has no end', length: first.length, text: '' };
	}
	const inside = text.slice(first.length, Math.max(first.length, text.lastIndexOf(dashes, end - 1)));
	const length = end + 'END '.length + label.length;
	const [headers, encoded] = splitHeaders(inside.includes('&#') ? unescaped(inside) : inside);
	const written = plain(encoded);
	// Comments, and replies that quote, have a mark before each line.
	const compact = isBase64(written) ? written : plain(encoded.replaceAll(MARKS, '\n'));
	if (!known || compact.length === 0) return null;
	if (isBase64(compact))
		return { label, headers, body: Buffer.from(compact, 'base64'), reason: '', length, text: text.slice(0, length) };
	// Marks with code between them are no block.
	if (compact.replaceAll(/[^A-Za-z0-9+/]/g, '').length < Math.max(64, compact.length * 0.9)) return null;
	return { label, headers, body: null, reason: `a PEM block (${label}) is not base64`, length, text: '' };
};

/** A block of OpenPGP; null for one that holds no key, and for the mark alone. */
const pgp = (label: string, start: number, text: string): Block | null => {
	const end = text.indexOf(`END ${label}`, start);
	if (!label.endsWith('KEY BLOCK') || end === -1) return null;
	const inside = text.slice(start, text.lastIndexOf('-----', end));
	const body = dearmoured(inside);
	const length = end + 'END '.length + label.length;
	return { label, headers: '', body, reason: 'a block of OpenPGP is not base64', length, text: '' };
};

/** Base64 without what surrounds it in source code, JSON and indented text: blanks, quotes, escapes, string joins. */
const plain = (text: string): string =>
	text
		.replaceAll(/\\r\\n|\\[nrt]|\\\r?\n/g, '')
		.replaceAll(/["']\s*[+.,]\s*(?=["'])/g, '')
		.replaceAll(/[\s"'\\\0]/g, '');

/** Headers as in RFC 1421 and RFC 4716: `Name: value` lines, one that ends in a backslash goes on. */
const splitHeaders = (inside: string): [headers: string, body: string] => {
	const headers: string[] = [];
	const rest = inside.replace(/^(?:\s|\\[nr]|["'])+/, '').split(/\r\n|\n|\r|\\n/);
	while (rest[0] !== undefined && /^[A-Za-z][A-Za-z0-9-]*: /.test(rest[0])) {
		let line = rest.shift() ?? '';
		while (line.endsWith('\\') && rest[0] !== undefined) line += rest.shift() ?? '';
		headers.push(line);
	}
	return headers.length === 0 ? ['', inside] : [headers.join('\n'), rest.join('\n')];
};

/** Words or one letter over and over, where a key would be. */
const isExample = (body: Buffer): boolean => body[0] !== 0x30 && (body.length < 48 || new Set(body).size < 16);

const readBody = (
	label: string,
	body: Buffer,
	headers: string,
	text: string,
	content: Content,
	where: string,
): void => {
	if (label.startsWith('PGP ')) {
		let end = readOpenPgp(body, 0, content, where, false);
		if (end === 0) content.problem('an OpenPGP key is malformed or of a kind that is not read', where);
		while (end > 0) end = readOpenPgp(body, end, content, where, false);
		return;
	}
	if (label === 'OPENSSH PRIVATE KEY') {
		if (!readOpenSshPrivate(body, content, where)) content.problem('an OpenSSH private key is malformed', where);
		return;
	}
	const [, curve] = /^NEBULA (X25519|ED25519) PRIVATE KEY$/.exec(label) ?? [];
	if (curve !== undefined && (body.length === 32 || body.length === 64)) {
		const kind = curve === 'X25519' ? 'X25519' : 'Ed25519';
		return content.key(`private key (Nebula), ${where}`, publicOf(kind, body.subarray(0, 32)), true);
	}
	if (label === 'SSH2 PUBLIC KEY') {
		if (!readSshBlob(body, content, `public key, ${where}`, false))
			content.problem('an SSH public key is malformed', where);
		return;
	}
	if (/ENCRYPTED/.test(headers)) {
		content.locked({ kind: 'pem', bytes: Buffer.from(`${text}-----\n`), label: where });
		return;
	}
	if (readDerObject(body, content, where, false, label)) return;
	if (readCarved(body, content, where)) return;
	// Parameters and revocation lists hold no key, and `XXXX` in a text is an example.
	if (!/PARAMETERS|CRL/.test(label) && !isExample(body))
		content.problem(`a PEM block (${label}) holds no key or certificate that can be read`, where);
};
