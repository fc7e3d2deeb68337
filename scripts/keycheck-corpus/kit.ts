import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { commandPath, lacking } from '@keyward/testing/debian';

/** What one run of the corpus hides everywhere: weak on purpose, so that each place of it is a finding. */
export interface Secrets {
	/** RSA of 1024 bits. */
	readonly key: KeyObject;
	readonly pem: string;
	/** PKCS#8. */
	readonly der: Buffer;
	/** Sixteen octets, the second half as the first. */
	readonly psk: Buffer;
	/** A passphrase of twelve letters and digits. */
	readonly phrase: string;
}

export const makeSecrets = (): Secrets => {
	const key = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
	const half = randomBytes(8);
	return {
		key,
		pem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
		der: key.export({ format: 'der', type: 'pkcs8' }),
		psk: Buffer.concat([half, half]),
		phrase: `k${randomBytes(5).toString('hex')}7`,
	};
};

/** A program that this case is made with is not there; the message says which Debian package brings it. */
export class Missing extends Error {}

/** A folder in which one case is made, and the programs that make it. */
export interface Kit {
	readonly secrets: Secrets;
	path(name: string): string;
	/** Only its owner may read the file, as programs want of a key. */
	write(name: string, bytes: Uint8Array | string): string;
	read(name: string): Buffer;
	/**
	 * Runs a program in the folder, or in one inside it; gives what it prints. Throws {@link Missing}. No shell, so that each program is
	 * one whose package is known.
	 */
	run(program: string, args: readonly string[], input?: Uint8Array | string, inside?: string): Buffer;
}

export const withKit = <Result>(secrets: Secrets, use: (kit: Kit) => Result): Result => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-corpus-'));
	const path = (name: string): string => join(folder, name);
	try {
		return use({
			secrets,
			path,
			write(name, bytes) {
				mkdirSync(dirname(path(name)), { recursive: true });
				writeFileSync(path(name), bytes, { mode: 0o600 });
				return path(name);
			},
			read: (name) => readFileSync(path(name)),
			run(program, args, input = '', inside = '.') {
				const reason = lacking(program);
				if (reason !== null) throw new Missing(reason);
				return execFileSync(commandPath(program) ?? program, args, {
					cwd: path(inside),
					stdio: ['pipe', 'pipe', 'pipe'],
					input,
					env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
					maxBuffer: 268_435_456,
				});
			},
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
};

/**
 * A container: `stream` wraps the bytes of one file, `tree` the folder `tree` (`etc/device.pem`, `etc/devices.csv`, some other
 * files), `files` the same by name.
 */
export type Container = { readonly name: string } & (
	| { readonly stream: (bytes: Buffer, kit: Kit) => Uint8Array }
	| { readonly tree: (kit: Kit) => Uint8Array }
	| { readonly made: (kit: Kit) => Uint8Array; readonly holds: 'key' | 'list' }
);

/** One file of settings or a list; `holds` says which secret it hides. */
export interface Settings {
	readonly name: string;
	readonly holds: 'key' | 'psk' | 'phrase';
	readonly make: (kit: Kit) => Uint8Array | string;
}

/** Random octets, which nothing compresses. */
export const noise = (length: number): Buffer => randomBytes(length);

export const listOf = ({ psk }: Secrets): string =>
	`serial,psk\nSN-1,${noise(16).toString('hex')}\nSN-2,${psk.toString('hex')}\nSN-3,${noise(16).toString('hex')}\n`;

/** Files around the key, so that compressors have something to do. */
export const fillTree = (kit: Kit): void => {
	const words = Array.from({ length: 4000 }, (_, index) => `line ${index} of a log that says little`).join('\n');
	kit.write('tree/etc/device.pem', kit.secrets.pem);
	kit.write('tree/etc/devices.csv', listOf(kit.secrets));
	kit.write('tree/var/log/messages', words);
	kit.write('tree/bin/program', Buffer.concat([noise(20_000), Buffer.alloc(30_000, 'code')]));
};

/** A certificate of the key, DER; `key.pem` and `cert.pem` lie in the folder. */
export const certificateOf = (kit: Kit, name = 'c'): Buffer => {
	kit.write('key.pem', kit.secrets.pem);
	kit.run('openssl', [
		'req',
		'-x509',
		'-new',
		'-key',
		'key.pem',
		'-subj',
		`/CN=${name}`,
		'-days',
		'30',
		'-out',
		'cert.pem',
	]);
	return new X509Certificate(kit.read('cert.pem')).raw;
};
