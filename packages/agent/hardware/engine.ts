import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '@keyward/core';

/** A private key that OpenSSL reaches through its pkcs11 engine: it never sees more of it than signatures. */
export interface EngineKey {
	/** Path of the engine. Named so, it loads once in the life of a process. */
	readonly engine: string;
	/** RFC 7512, without the PIN. */
	readonly uri: string;
	/** Null when the part asks for none. */
	readonly pin: string | null;
	/** To be called when the engine says that the PIN is wrong. */
	readonly onPinRefused: () => void;
	/** A private folder, for a moment's file. */
	readonly folder: string;
	/** What engine and module read from the environment of their process. */
	readonly environment: Readonly<Record<string, string>>;
}

/** Debian's name of the machine that this process runs on, by Node's. */
const architectures: Partial<Record<NodeJS.Architecture, string>> = {
	x64: 'x86_64-linux-gnu',
	arm64: 'aarch64-linux-gnu',
	arm: 'arm-linux-gnueabihf',
	riscv64: 'riscv64-linux-gnu',
};

const find = (name: string, debianPackage: string): string => {
	const folders = [join('/usr/lib', architectures[process.arch] ?? ''), '/usr/lib64', '/usr/lib', '/usr/local/lib'];
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	if (found !== undefined) return found;
	throw new Problem(
		'token-module',
		`There is no ${name} on this machine: install it (Debian package ${debianPackage}).`,
	);
};

/** OpenSSL's pkcs11 engine. Throws `Problem('token-module')`. */
export const findEngine = (): string => find('engines-3/pkcs11.so', 'libengine-pkcs11-openssl');

/** The PKCS#11 module before a TPM. Throws `Problem('token-module')`. */
export const findTpm2Module = (): string => find('pkcs11/libtpm2_pkcs11.so', 'libtpm2-pkcs11-1');
