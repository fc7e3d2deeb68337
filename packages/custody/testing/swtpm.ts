import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandPath, needs } from '../../../scripts/lib/debian.ts';
import { powerOnSwtpm } from '../tpm2/socket-transport.ts';

/** An emulated TPM: a swtpm of its own on a folder of its own. */
export interface TestTpm {
	readonly folder: string;
	/** For `openTpm`. */
	readonly tcti: string;
	/** For tpm2-tools (`TPM2TOOLS_TCTI`), `tpm2_send` and tpm2-abrmd. One program at a time: close the Tpm first. */
	readonly toolsTcti: string;
	/** Runs a program with `TPM2TOOLS_TCTI` and `TPM2OPENSSL_TCTI` set and the TPM's folder as working folder; gives its standard output. */
	run(program: string, ...parameters: readonly string[]): Promise<string>;
	/** As loss of power: `kill -9`, what is loaded is gone. */
	kill(): Promise<void>;
	/** Starts it again on the same state. */
	start(): Promise<void>;
	/** Resets the TPM while connections stay open, as loss of its supply alone. */
	reset(): Promise<void>;
}

/** A maker of TPMs: the certification authority that swtpm's own tools make, root and issuer. */
export interface TestTpmMaker {
	readonly folder: string;
	/** PEM; there once a TPM with an EK certificate was made. */
	readonly rootFile: string;
	readonly issuerFile: string;
}

export interface TestTpmOptions {
	/** Has the TPM manufactured with an EK (RSA, and P-384) and its certificate by this maker. Takes a second. */
	readonly maker?: TestTpmMaker;
}

const execute = promisify(execFile);

/** True when swtpm, and what else is named, is installed; skips the test otherwise. */
export const needsSwtpm = (t: TestContext, ...also: readonly 'tpm2-tools'[]): boolean =>
	needs(t, 'swtpm', 'swtpm') &&
	needs(t, 'swtpm_setup', 'swtpm-tools') &&
	(!also.includes('tpm2-tools') ||
		(needs(t, 'tpm2_createprimary', 'tpm2-tools') && needs(t, 'libtss2-tcti-swtpm.so.0', 'libtss2-tcti-swtpm0')));

/** Its key is made when the first TPM is. */
export const makeTpmMaker = async (t: Pick<TestContext, 'after'>): Promise<TestTpmMaker> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-tpm-maker-'));
	t.after(() => rm(folder, { recursive: true, force: true }));
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

const listening = async (child: ChildProcess, ...sockets: readonly string[]): Promise<void> => {
	for (const end = Date.now() + 10_000; Date.now() < end; await sleep(5)) {
		if (child.exitCode !== null) throw new Error(`swtpm ended with status ${child.exitCode}`);
		if (sockets.every((path) => existsSync(path))) return;
	}
	throw new Error('swtpm did not listen within ten seconds');
};

/** Starts one; it is gone with the test. */
export const startSwtpm = async (t: Pick<TestContext, 'after'>, options: TestTpmOptions = {}): Promise<TestTpm> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-swtpm-'));
	const state = join(folder, 'state');
	await mkdir(state);
	if (options.maker !== undefined) {
		const config = join(options.maker.folder, 'setup.conf');
		const parameters = ['--tpm2', '--tpmstate', state, '--create-ek-cert', '--config', config, '--overwrite'];
		await execute('swtpm_setup', parameters, { timeout: 30_000 });
	}
	const path = join(folder, 'tpm');
	const control = { path: `${path}.ctrl` };
	const toolsTcti = `swtpm:path=${path}`;
	let child: ChildProcess | null = null;

	const start = async (): Promise<void> => {
		await rm(path, { force: true });
		await rm(control.path, { force: true });
		const parameters = ['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--flags', 'startup-clear'];
		const server = ['--server', `type=unixio,path=${path}`, '--ctrl', `type=unixio,path=${control.path}`];
		child = spawn('swtpm', [...parameters, ...server], { stdio: 'ignore' });
		await listening(child, path, control.path);
	};
	const kill = async (): Promise<void> => {
		const running = child;
		child = null;
		if (running === null || running.exitCode !== null || running.signalCode !== null) return;
		const exited = once(running, 'exit');
		running.kill('SIGKILL');
		await exited;
	};
	await start();
	t.after(async () => {
		await kill();
		await rm(folder, { recursive: true, force: true });
	});
	return {
		folder,
		tcti: toolsTcti,
		toolsTcti,
		run: async (program, ...parameters) => {
			const env = { ...process.env, TPM2TOOLS_TCTI: toolsTcti, TPM2OPENSSL_TCTI: toolsTcti };
			return (await execute(program, parameters, { cwd: folder, env, timeout: 20_000 })).stdout;
		},
		kill,
		start,
		reset: () => powerOnSwtpm(control),
	};
};
