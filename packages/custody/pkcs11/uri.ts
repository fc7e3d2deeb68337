import { Problem } from '@keyward/core';

/** Names a token or an object in it (RFC 7512). What is absent matches anything. */
export interface Pkcs11Uri {
	/** Labels and names as text, without the padding that Cryptoki puts behind them. */
	readonly token?: string;
	readonly manufacturer?: string;
	readonly serial?: string;
	readonly model?: string;
	readonly libraryManufacturer?: string;
	readonly libraryDescription?: string;
	/** `major.minor`. */
	readonly libraryVersion?: string;
	readonly object?: string;
	readonly type?: 'public' | 'private' | 'cert' | 'secret-key' | 'data';
	/** CKA_ID. */
	readonly id?: Uint8Array;
	readonly slotManufacturer?: string;
	readonly slotDescription?: string;
	readonly slotId?: number;
	/** Where the PIN is, never the PIN: an absolute path or a `file:` URI. */
	readonly pinSource?: string;
	readonly moduleName?: string;
	readonly modulePath?: string;
}

type TextField = Exclude<keyof Pkcs11Uri, 'id' | 'slotId' | 'type'>;

/** Attribute names of RFC 7512 §2.3 in the order in which they are written, with our field for each. */
const pathText: readonly (readonly [string, TextField])[] = [
	['token', 'token'],
	['manufacturer', 'manufacturer'],
	['serial', 'serial'],
	['model', 'model'],
	['library-manufacturer', 'libraryManufacturer'],
	['library-description', 'libraryDescription'],
	['library-version', 'libraryVersion'],
	['slot-manufacturer', 'slotManufacturer'],
	['slot-description', 'slotDescription'],
	['object', 'object'],
];
const queryText: readonly (readonly [string, TextField])[] = [
	['pin-source', 'pinSource'],
	['module-name', 'moduleName'],
	['module-path', 'modulePath'],
];
const types: readonly NonNullable<Pkcs11Uri['type']>[] = ['public', 'private', 'cert', 'secret-key', 'data'];

/**
 * Reads a `pkcs11:` URI. Vendor attributes (`x-…`) are passed over. Throws `Problem('token-uri')`: another scheme, an attribute
 * unknown or given twice, a bad escape, or a `pin-value`, which would put the PIN wherever the URI goes (RFC 7512 §4).
 */
export const parsePkcs11Uri = (text: string): Pkcs11Uri => {
	if (!/^pkcs11:/i.test(text)) throw wrong('it does not begin with "pkcs11:"');
	const [path = '', ...rest] = text.slice('pkcs11:'.length).split('?');
	const uri: { -readonly [Field in keyof Pkcs11Uri]: Pkcs11Uri[Field] } = {};
	const inPath = attributesOf(path, ';');
	const inQuery = attributesOf(rest.join('?'), '&');

	for (const [name, octets] of inPath) {
		const field = pathText.find(([known]) => known === name)?.[1];
		if (field !== undefined) uri[field] = textOf(octets, name);
		else if (name === 'id') uri.id = octets;
		else if (name === 'type') uri.type = typeOf(textOf(octets, name));
		else if (name === 'slot-id') uri.slotId = numberOf(textOf(octets, name));
		else if (!name.startsWith('x-'))
			throw wrong(`it has an attribute ${JSON.stringify(name)} that RFC 7512 does not know`);
	}
	for (const [name, octets] of inQuery) {
		const field = queryText.find(([known]) => known === name)?.[1];
		if (field !== undefined) uri[field] = textOf(octets, name);
		else if (name === 'pin-value')
			throw wrong('it holds a PIN (pin-value): keep the PIN in a file of mode 600 and name that');
		else if (!name.startsWith('x-'))
			throw wrong(`it has an attribute ${JSON.stringify(name)} that RFC 7512 does not know`);
	}
	if (uri.libraryVersion !== undefined && !/^\d{1,3}(?:\.\d{1,3})?$/.test(uri.libraryVersion))
		throw wrong('its library-version is no version');
	return uri;
};

/** Writes the attributes in the order of this file; an id always as escapes (RFC 7512 §2.3). */
export const formatPkcs11Uri = (uri: Pkcs11Uri): string => {
	const path: string[] = [];
	for (const [name, field] of pathText) {
		const value = uri[field];
		if (value !== undefined) path.push(`${name}=${escape(value)}`);
	}
	if (uri.slotId !== undefined) path.push(`slot-id=${uri.slotId}`);
	if (uri.id !== undefined) path.push(`id=${Array.from(uri.id, octetEscape).join('')}`);
	if (uri.type !== undefined) path.push(`type=${uri.type}`);
	const query: string[] = [];
	for (const [name, field] of queryText) {
		const value = uri[field];
		if (value !== undefined) query.push(`${name}=${escape(value)}`);
	}
	return `pkcs11:${path.join(';')}${query.length === 0 ? '' : `?${query.join('&')}`}`;
};

/** Characters that RFC 7512 §2.3 lets stand for themselves; `;`, `?`, `&` and `/` separate somewhere, so they never do here. */
const PLAIN = /^[A-Za-z0-9\-._~:[\]@!$'()*+,=/|&?]$/;

const attributesOf = (text: string, separator: ';' | '&'): Map<string, Uint8Array> => {
	const found = new Map<string, Uint8Array>();
	if (text === '') return found;
	for (const part of text.split(separator)) {
		const at = part.indexOf('=');
		const name = part.slice(0, Math.max(at, 0));
		if (!/^[a-z0-9-]+$/i.test(name)) throw wrong('a part of it is not name=value');
		// RFC 7512 §2.3: twice the same is invalid; two readers would take different ones.
		if (found.has(name)) throw wrong(`it has ${name} twice`);
		found.set(name, unescape(part.slice(at + 1), name));
	}
	return found;
};

const unescape = (text: string, name: string): Uint8Array => {
	const octets: number[] = [];
	for (let at = 0; at < text.length; at++) {
		const character = text[at] ?? '';
		if (character === '%') {
			const digits = text.slice(at + 1, at + 3);
			if (!/^[0-9a-f]{2}$/i.test(digits)) throw wrong(`its ${name} has a "%" without two hexadecimal digits`);
			octets.push(Number.parseInt(digits, 16));
			at += 2;
		} else if (PLAIN.test(character)) octets.push(character.charCodeAt(0));
		else throw wrong(`its ${name} has a character that must be written as %XX`);
	}
	return Uint8Array.from(octets);
};

const escape = (text: string): string =>
	Array.from(new TextEncoder().encode(text), (octet) =>
		/[A-Za-z0-9\-._~:@+,/]/.test(String.fromCharCode(octet)) ? String.fromCharCode(octet) : octetEscape(octet),
	).join('');

const octetEscape = (octet: number): string => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;

const textOf = (octets: Uint8Array, name: string): string => {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
	} catch {
		throw wrong(`its ${name} is not UTF-8`);
	}
};

const typeOf = (text: string): NonNullable<Pkcs11Uri['type']> => {
	const found = types.find((type) => type === text);
	if (found === undefined) throw wrong(`its type is none of ${types.join(', ')}`);
	return found;
};

const numberOf = (text: string): number => {
	if (/^\d{1,10}$/.test(text)) return Number(text);
	throw wrong('its slot-id is no number');
};

/** Never quotes the URI: somebody may have put a PIN into it. */
const wrong = (why: string): Problem =>
	new Problem('token-uri', `This is no pkcs11: URI that can be used (RFC 7512): ${why}.`);
