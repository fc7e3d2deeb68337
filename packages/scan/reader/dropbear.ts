import { createECDH } from 'node:crypto';
import type { Content } from '../content/content.ts';
import type { Carver } from '../content/window.ts';
import { edwardsPublicOf } from '../key/octet-private.ts';
import { fieldsOf, readSshBlob } from './openssh.ts';

/** More than a key of RSA with 8192 bits takes. */
const LONGEST = 8192;

const numberOf = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex') || '0'}`);

const ecdhCurves: Readonly<Record<string, string>> = {
	nistp256: 'prime256v1',
	nistp384: 'secp384r1',
	nistp521: 'secp521r1',
};

/** True when `more`, the fields behind a public key, are its private half: nothing else of that form is believed. */
const isPrivateHalf = (type: string, fields: readonly Buffer[]): boolean => {
	const [first, second, third, fourth, fifth] = fields;
	if (type === 'ssh-rsa')
		return !!second && !!fourth && !!fifth && numberOf(fourth) * numberOf(fifth) === numberOf(second);
	if (type === 'ssh-ed25519')
		return first?.length === 64 && edwardsPublicOf(first.subarray(0, 32)).equals(first.subarray(32));
	const curve = ecdhCurves[first?.toString('latin1') ?? ''];
	if (curve === undefined || second === undefined || third === undefined || third.length > 67) return false;
	const ecdh = createECDH(curve);
	try {
		ecdh.setPrivateKey(third[0] === 0 ? third.subarray(1) : third);
		return ecdh.getPublicKey().equals(second);
	} catch {
		return false;
	}
};

const TYPES = ['ssh-rsa', 'ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const;
const marks = TYPES.map((type) => {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(type.length);
	return { type, mark: Buffer.concat([length, Buffer.from(type)]) };
});

const string = (bytes: Buffer): Buffer => {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(bytes.length);
	return Buffer.concat([length, bytes]);
};

/** Finds the host keys of Dropbear, which are in no wrapping: the public key as SSH has it, with the private half behind it. */
export const dropbearCarver =
	(content: Content): Carver =>
	(window, base, from, to) => {
		for (const { type, mark } of marks)
			for (let at = window.indexOf(mark, from); at !== -1 && at < to; at = window.indexOf(mark, at + 1)) {
				const [, ...fields] = fieldsOf(window.subarray(at, at + LONGEST), 6);
				if (!isPrivateHalf(type, fields)) continue;
				const own = type === 'ssh-ed25519' ? [(fields[0] ?? Buffer.alloc(0)).subarray(32)] : fields.slice(0, 2);
				const blob = Buffer.concat([Buffer.from(type), ...own].map(string));
				if (!content.isRepeat(window.subarray(at, at + mark.length + 64)))
					readSshBlob(blob, content, `private key (Dropbear), byte ${base + at}`, true);
			}
		return to;
	};
