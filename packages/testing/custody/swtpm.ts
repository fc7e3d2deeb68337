import { type ChildProcess, execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { temporaryFolder } from '../folder.ts';
import { needs } from '../debian.ts';
import { powerOnSwtpm } from '../../custody/tpm2/socket-transport.ts';
import {
	endProcesses,
	manufactureTpm,
	startSwtpmOn,
	type TpmManufacturer,
	writeTpmManufacturer,
} from './tpm-programs.ts';

/** An emulated TPM: a separate swtpm with its own folder. */
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

export type TestTpmManufacturer = TpmManufacturer;

export interface TestTpmOptions {
	/** Has the TPM manufactured with an EK (RSA, and P-384) and its certificate by this manufacturer. Takes a second. */
	readonly manufacturer?: TestTpmManufacturer;
}

const execute = promisify(execFile);

/** True when swtpm, and what else is named, is installed; skips the test otherwise. */
export const needsSwtpm = (t: TestContext, ...also: readonly 'tpm2-tools'[]): boolean =>
	needs(t, 'swtpm') &&
	needs(t, 'swtpm_setup') &&
	(!also.includes('tpm2-tools') || (needs(t, 'tpm2_createprimary') && needs(t, 'libtss2-tcti-swtpm.so.0')));

/** Its key is made when the first TPM is. */
export const makeTpmManufacturer = async (): Promise<TestTpmManufacturer> => {
	const folder = temporaryFolder('keyward-tpm-manufacturer-');
	return writeTpmManufacturer(folder);
};

/** Starts one; it is gone with the test. */
export const startSwtpm = async (t: Pick<TestContext, 'after'>, options: TestTpmOptions = {}): Promise<TestTpm> => {
	const folder = await mkdtemp(join(tmpdir(), 'keyward-swtpm-'));
	const state = join(folder, 'state');
	await mkdir(state);
	if (options.manufacturer !== undefined) await manufactureTpm(state, options.manufacturer);
	const path = join(folder, 'tpm');
	const control = { path: `${path}.ctrl` };
	const toolsTcti = `swtpm:path=${path}`;
	let child: ChildProcess | null = null;

	const start = async (): Promise<void> => {
		child = await startSwtpmOn(state, path);
	};
	const kill = async (): Promise<void> => {
		const running = child;
		child = null;
		if (running !== null) await endProcesses([running]);
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
