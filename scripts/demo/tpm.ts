import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { openTpm, shutDownSwtpm, TPM2_Shutdown } from '@keyward/custody/tpm2';
import {
	endProcesses,
	manufactureTpm,
	startAbrmdOn,
	startSwtpmOn,
	type TpmManufacturer,
	writeTpmManufacturer,
} from '@keyward/testing/custody/tpm-programs';
import { SITE_FILE } from '@keyward/service/site';
import { canInstall, installCommand, installPackages, missingPackages } from '@keyward/testing/debian';

/** The TPM of a probe: an emulated one, with its own manufacturer. Its state is in the data folder, as a real one's is in its chip. */
export interface DemoTpm {
	readonly tcti: string;
	/** For every program that is to reach it. */
	readonly environment: Readonly<Record<string, string>>;
	/** PEM: what stands between its endorsement key and the manufacturer's root. */
	readonly endorsementFile: string;
	/** What stands for the kernel's boot logs of the probe: those of this machine are of another TPM. */
	readonly securityfs: string;
	/** In order, as a machine that is shut down does. */
	stop(): Promise<void>;
}

/** The TPM's program, the one that shares it among ours, and what OpenSSL reaches it by. */
const needed: readonly string[] = [
	...['swtpm', 'swtpm-tools', 'tpm2-tools', 'tpm2-abrmd', 'dbus-daemon', 'libtss2-tcti-swtpm0'],
	...['libtss2-tcti-tabrmd0', 'libtpm2-pkcs11-1', 'libengine-pkcs11-openssl'],
];

/**
 * Starts the TPM of this probe, made when it is not there, and names its manufacturer's root in the site file. Null, with the reason
 * said, where it cannot be: the rest of the demonstration runs without it. As root, what is missing is installed.
 */
export const startTpm = async (data: string, probe: string, say: (line: string) => void): Promise<DemoTpm | null> => {
	let missing = missingPackages(needed);
	if (missing.length > 0 && canInstall()) {
		say(`Installing, for the emulated TPM of ${probe}: ${missing.join(' ')}. Their daemons are kept from starting.`);
		installPackages(missing);
		missing = missingPackages(needed);
	}
	if (missing.length > 0) {
		say(`${probe} is left out: its emulated TPM needs ${installCommand(missing)} (as root, on Debian)`);
		return null;
	}
	try {
		const manufacturer = await makeManufacturer(data);
		const state = await makeState(join(data, 'emulator', probe), manufacturer);
		await nameRoot(data, manufacturer);
		return await run(state, manufacturer, join(data, 'emulator', 'securityfs'));
	} catch (error) {
		say(
			`${probe} is left out: its emulated TPM does not start (${error instanceof Error ? error.message : String(error)})`,
		);
		return null;
	}
};

const makeManufacturer = async (data: string): Promise<TpmManufacturer> => {
	const folder = join(data, 'emulator', 'manufacturer');
	await mkdir(folder, { recursive: true, mode: 0o700 });
	return writeTpmManufacturer(folder);
};

/** Cut off midway, it is made again. */
const makeState = async (state: string, manufacturer: TpmManufacturer): Promise<string> => {
	if (existsSync(state)) return state;
	const half = `${state}.new`;
	await rm(half, { recursive: true, force: true });
	await mkdir(half, { mode: 0o700 });
	await manufactureTpm(half, manufacturer);
	await rename(half, state);
	return state;
};

/** A site file that is there is its owner's: without that root in it, the probe is refused, and the output says so. */
const nameRoot = async (data: string, { rootFile }: TpmManufacturer): Promise<void> => {
	const file = join(data, SITE_FILE);
	if (existsSync(file)) return;
	await writeFile(
		file,
		'# The site file of the demonstration. Ports and the rest are as npm start has them.\n\n' +
			'# swtpm only behaves like a TPM: anyone who has its files has its keys. It counts as hardware here because its root\n' +
			'# is named, and is shown as emulated even so. A site of yours names the manufacturers of its parts under manufacturers instead.\n' +
			`emulators:\n  - { name: swtpm of the demonstration, anchors: [${relative(data, rootFile)}] }\n`,
	);
};

const run = async (state: string, { issuerFile }: TpmManufacturer, securityfs: string): Promise<DemoTpm> => {
	// A socket's path is at most 107 bytes, and a data folder's may be longer.
	const sockets = await mkdtemp(join(tmpdir(), 'keyward-demo-'));
	const path = join(sockets, 'tpm');
	const bare = `swtpm:path=${path}`;
	const tpm = await startSwtpmOn(state, path);
	// TPM 2.0 Part 1 §19.8: killed without its orderly end, it counts that as one guess at a PIN, and after three it locks itself.
	await promisify(execFile)('tpm2_dictionarylockout', ['--tcti', bare, '--clear-lockout'], { timeout: 10_000 });
	const { tcti, busAddress, children } = await startAbrmdOn(bare, sockets);
	return {
		tcti,
		environment: { DBUS_SESSION_BUS_ADDRESS: busAddress },
		endorsementFile: issuerFile,
		securityfs,
		stop: async () => {
			await endProcesses(children);
			{
				await using open = openTpm(bare);
				await TPM2_Shutdown(open, { shutdownType: 'CLEAR' });
			}
			await shutDownSwtpm({ path: `${path}.ctrl` });
			await endProcesses([tpm]);
			await rm(sockets, { recursive: true, force: true });
		},
	};
};
