import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { needs } from '../debian.ts';

/** Where Debian puts SoftHSM's PKCS#11 module. */
export const SOFTHSM_MODULE = '/usr/lib/softhsm/libsofthsm2.so';

/** Skips the test by name without SoftHSM, or without what the module that speaks to it is built with. */
export const needsSoftHsm = (t: TestContext): boolean => needs(t, 'softhsm2-util') && needs(t, 'c++');

/** A SoftHSM of a test's own: tokens in a folder, gone with it. Its keys are files, and while in use lie in memory. */
export interface SoftHsm {
	readonly folder: string;
	/** For SOFTHSM2_CONF of the process that loads the module. */
	readonly configuration: string;
	readonly token: string;
	readonly pin: string;
	/** A file of mode 600 with the PIN. */
	readonly pinFile: string;
	/** Adds another token. */
	initialise(label: string): void;
	/** Takes the token away as if its cable were pulled, and puts it back. */
	remove(): Promise<void>;
	putBack(): Promise<void>;
	close(): Promise<void>;
}

/** Sets SOFTHSM2_CONF of this process, which processes that are started from now on inherit. */
export const startSoftHsm = async (token = 'site'): Promise<SoftHsm> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-softhsm-'));
	const tokens = join(folder, 'tokens');
	const away = join(folder, 'away');
	const configuration = join(folder, 'softhsm2.conf');
	// OpenSSL's pkcs11 engine takes 31 bytes at most.
	const pin = randomUUID().slice(0, 23);
	const pinFile = join(folder, 'pin');
	await mkdir(tokens);
	await writeFile(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
	await writeFile(pinFile, `${pin}\n`, { mode: 0o600 });
	process.env['SOFTHSM2_CONF'] = configuration;
	const initialise = (label: string): void => {
		const args = ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', randomUUID()];
		const { status, stderr } = spawnSync('softhsm2-util', args, {
			encoding: 'utf8',
			env: { ...process.env, SOFTHSM2_CONF: configuration },
		});
		if (status !== 0) throw new Error(`softhsm2-util: ${stderr}`);
	};
	initialise(token);
	return {
		folder,
		configuration,
		token,
		pin,
		pinFile,
		initialise,
		remove: async () => {
			await mkdir(away);
			for (const name of await readdir(tokens)) await rename(join(tokens, name), join(away, name));
		},
		putBack: async () => {
			for (const name of await readdir(away)) await rename(join(away, name), join(tokens, name));
			await rm(away, { recursive: true });
		},
		close: () => rm(folder, { recursive: true, force: true }),
	};
};
