import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandPath } from '../debian.ts';
import { tied } from '../tied-process.ts';

/** A manufacturer of TPMs: the certification authority that swtpm's own tools make, root and issuer. */
export interface TpmManufacturer {
	readonly folder: string;
	/** PEM; there once a TPM was manufactured. */
	readonly rootFile: string;
	readonly issuerFile: string;
}

const execute = promisify(execFile);

/** Ctrl-C is for the program that uses the TPM: that one goes on until it is stopped, as hardware does. */
const apart = { detached: true } as const;

/** Makes a manufacturer in this folder, or finds the one that is there; its keys are made with its first TPM. */
export const writeTpmManufacturer = async (folder: string): Promise<TpmManufacturer> => {
	const file = (name: string): string => join(folder, name);
	const issuerFile = file('issuer.pem');
	await writeFile(
		file('localca.conf'),
		`statedir = ${folder}\nsigningkey = ${file('issuer.key')}\nissuercert = ${issuerFile}\ncertserial = ${file('serial')}\n`,
	);
	await writeFile(
		file('localca.options'),
		'--platform-manufacturer Keyward\n--platform-version 1\n--platform-model Test\n',
	);
	await writeFile(
		file('setup.conf'),
		`create_certs_tool = ${commandPath('swtpm_localca') ?? ''}\ncreate_certs_tool_config = ${file('localca.conf')}\n` +
			`create_certs_tool_options = ${file('localca.options')}\nactive_pcr_banks = sha256\n`,
	);
	return { folder, rootFile: file('swtpm-localca-rootca-cert.pem'), issuerFile };
};

/** Gives the TPM of this state folder its EK (RSA, and P-384) and the manufacturer's certificate of it. Takes a second. */
export const manufactureTpm = async (state: string, manufacturer: TpmManufacturer): Promise<void> => {
	const config = join(manufacturer.folder, 'setup.conf');
	const parameters = ['--tpm2', '--tpmstate', state, '--create-ek-cert', '--config', config, '--overwrite'];
	await execute('swtpm_setup', parameters);
};

/** A socket's file is there a moment before somebody listens on it; the kernel tells the two apart (unix(7), proc(5): SO_ACCEPTCON). */
const isListening = (path: string): boolean =>
	readFileSync('/proc/net/unix', 'utf8')
		.split('\n')
		.some((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[3] === '00010000');

/** Starts a swtpm on a state folder, listening on `path` and, for its control, on `path` with `.ctrl`. */
export const startSwtpmOn = async (state: string, path: string): Promise<ChildProcess> => {
	const control = `${path}.ctrl`;
	await rm(path, { force: true });
	await rm(control, { force: true });
	const parameters = ['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--flags', 'startup-clear'];
	const server = ['--server', `type=unixio,path=${path}`, '--ctrl', `type=unixio,path=${control}`];
	const child = spawn(...tied('KILL', 'swtpm', [...parameters, ...server]), { ...apart, stdio: 'ignore' });
	for (; ![path, control].every(isListening); await sleep(5))
		if (child.exitCode !== null) throw new Error(`swtpm ended with status ${child.exitCode}`);
	return child;
};

/** tpm2-abrmd, the resource manager in user space, on a separate bus. */
export interface Abrmd {
	/** For tpm2-tools, tpm2-pkcs11 and `tpm2_send`, with `busAddress` in `DBUS_SESSION_BUS_ADDRESS`. */
	readonly tcti: string;
	readonly busAddress: string;
	/** The program before the bus. */
	readonly children: readonly ChildProcess[];
}

/** Starts it before the TPM that tpm2-tools know by `tcti`, its bus in `folder`. It holds that TPM until it is stopped. */
export const startAbrmdOn = async (tcti: string, folder: string): Promise<Abrmd> => {
	const address = `--address=unix:path=${join(folder, 'bus')}`;
	const busParameters = ['--session', '--nofork', '--nopidfile', address, '--print-address=1'];
	const bus = spawn(...tied('KILL', 'dbus-daemon', busParameters), { ...apart, stdio: ['ignore', 'pipe', 'ignore'] });
	const [busAddress] = (await once(createInterface(bus.stdout), 'line')) as [string];
	const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: busAddress };
	const program = commandPath('tpm2-abrmd') ?? 'tpm2-abrmd';
	const parameters = ['--session', '--allow-root', `--tcti=${tcti}`, '--logger=stdout'];
	const broker = spawn(...tied('KILL', program, parameters), { ...apart, stdio: 'ignore', env });
	const own = 'tabrmd:bus_type=session';
	for (; ; await sleep(10)) {
		try {
			await execute('tpm2_getrandom', ['--hex', '1'], { env: { ...env, TPM2TOOLS_TCTI: own } });
			return { tcti: own, busAddress, children: [broker, bus] };
		} catch (error) {
			if (broker.exitCode !== null || bus.exitCode !== null) throw error;
		}
	}
};

/** Ends those that have not ended, by their ids. */
export const endProcesses = async (
	children: readonly ChildProcess[],
	signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<void> => {
	for (const child of children) {
		if (child.exitCode !== null || child.signalCode !== null) continue;
		const ended = once(child, 'exit');
		child.kill(signal);
		await ended;
	}
};
