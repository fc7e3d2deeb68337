import type { Content } from '../content/content.ts';
import { derOid } from '../key/der.ts';
import { curves, dsaSpki, ecSpki, octetSpki, rsaSpki } from '../key/spki.ts';
import type { Carver } from '../content/window.ts';

/** Strings with a length before each (RFC 4251 §5), as far as they go: a certificate has other things after its key. */
export const fieldsOf = (blob: Buffer, most = Infinity): Buffer[] => {
	const fields: Buffer[] = [];
	for (let at = 0; at + 4 <= blob.length && fields.length < most;) {
		const length = blob.readUInt32BE(at);
		if (at + 4 + length > blob.length) break;
		fields.push(blob.subarray(at + 4, at + 4 + length));
		at += 4 + length;
	}
	return fields;
};

const sshCurves: Readonly<Record<string, string>> = {
	nistp256: curves['P-256'],
	nistp384: curves['P-384'],
	nistp521: curves['P-521'],
};

/** The SubjectPublicKeyInfo of an SSH public key (RFC 4253 §6.6, RFC 5656, RFC 8709; FIDO and certificates: the key inside). */
const spkiOf = (blob: Buffer): Uint8Array | null => {
	const fields = fieldsOf(blob);
	const type = (fields.shift() ?? Buffer.alloc(0))
		.toString('latin1')
		.replace(/^sk-/, '')
		.replace(/@openssh\.com$/, '');
	// A certificate has a nonce before the key.
	if (type.endsWith('-cert-v01')) fields.shift();
	const [a, b, c, d] = fields;
	if (type.startsWith('ssh-rsa') && a !== undefined && b !== undefined) return rsaSpki(b, a);
	if (type.startsWith('ssh-dss') && a && b && c && d) return dsaSpki(a, b, c, d);
	if (type.startsWith('ssh-ed25519') && a !== undefined) return octetSpki('Ed25519', a);
	if (type.startsWith('ecdsa-sha2-') && a !== undefined && b !== undefined) {
		const curve = sshCurves[a.toString('latin1')];
		return curve === undefined || b.length < 33 ? null : ecSpki(derOid(curve), b);
	}
	return null;
};

/** Gives the key of an SSH public key blob; false when it is not one. */
export const readSshBlob = (
	blob: Buffer,
	content: Content,
	label: string,
	privateFound: boolean,
	names: readonly string[] = [],
): boolean => {
	const spki = spkiOf(blob);
	if (spki !== null) content.key(label, spki, privateFound, names);
	return spki !== null;
};

const MAGIC = Buffer.from('openssh-key-v1\0');

/** An OpenSSH private key (PROTOCOL.key): its public half is not encrypted and is all that is needed. */
export const readOpenSshPrivate = (body: Buffer, content: Content, where: string): boolean => {
	if (!body.subarray(0, MAGIC.length).equals(MAGIC)) return false;
	let at = MAGIC.length;
	const string = (): Buffer | null => {
		if (at + 4 > body.length) return null;
		const length = body.readUInt32BE(at);
		if (at + 4 + length > body.length) return null;
		at += 4 + length;
		return body.subarray(at - length, at);
	};
	for (let skipped = 0; skipped < 3; skipped++) if (string() === null) return false;
	if (at + 4 > body.length) return false;
	const count = body.readUInt32BE(at);
	at += 4;
	const blob = count === 1 ? string() : null;
	return blob !== null && readSshBlob(blob, content, `private key (OpenSSH), ${where}`, true);
};

/** More than an RSA key of 16,384 bits takes. */
const LONGEST = 24_576;

const endOfBase64 = (window: Buffer, from: number): number => {
	let at = from;
	const limit = Math.min(window.length, from + LONGEST);
	while (at < limit && /[A-Za-z0-9+/=]/.test(String.fromCharCode(window[at] ?? 0))) at++;
	return at;
};

/** A line is looked at this far to both sides of the key. */
const BESIDE = 512;

/**
 * Who holds the key, by its line: the hosts of known_hosts (sshd(8)), which stand before it, else a comment such as `root@pump-7`,
 * which stands behind. Hashed hosts name nobody, nor do options and markers of authorized_keys.
 */
const namesBeside = (window: Buffer, start: number, end: number): string[] => {
	const before =
		window
			.toString('latin1', Math.max(0, start - BESIDE), start)
			.split(/[\r\n]/)
			.at(-1) ?? '';
	const hosts = before.trim().split(/\s+/).at(-1) ?? '';
	if (/^[\w.:[\]-]+(,[\w.:[\]-]+)*$/.test(hosts)) return hosts.split(',');
	if (before.trim() !== '') return [];
	const [comment = ''] = window.toString('latin1', end, end + BESIDE).split(/[\r\n\0]/);
	return /^\s+[\w.-]+@[\w.-]+\s*$/.test(comment) ? [comment.trim()] : [];
};

const MARK = Buffer.from(' AAAA');
const BEFORE =
	/(?:^|[^A-Za-z0-9@.-])((?:sk-)?(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp(?:256|384|521))(?:-cert-v01)?(?:@openssh\.com)?)$/;

/** Finds lines as in `id_rsa.pub`, authorized_keys and known_hosts among any bytes. */
export const openSshKeyCarver =
	(content: Content): Carver =>
	(window, base, from, to) => {
		let at = from;
		for (;;) {
			at = window.indexOf(MARK, at);
			if (at === -1 || at >= to) return to;
			const type = BEFORE.exec(window.toString('latin1', Math.max(0, at - 64), at))?.[1];
			if (type !== undefined) {
				const end = endOfBase64(window, at + 1);
				const blob = Buffer.from(window.toString('latin1', at + 1, end), 'base64');
				const where = `byte ${base + at - type.length}`;
				const names = namesBeside(window, at - type.length, end);
				if (!content.isRepeat(blob) && !readSshBlob(blob, content, `public key ${type}, ${where}`, false, names))
					content.problem('an SSH public key is malformed', where);
			}
			at += MARK.length;
		}
	};
