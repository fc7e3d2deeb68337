import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { commandPath, needs } from '../../../scripts/lib/debian.ts';
import type { TestTpm } from './swtpm.ts';

/** tpm2-abrmd, the resource manager in user space, on a bus of its own before a {@link TestTpm}. */
export interface TestAbrmd {
	/** For tpm2-tools, tpm2-pkcs11 and `tpm2_send`, with `busAddress` in `DBUS_SESSION_BUS_ADDRESS`. */
	readonly tcti: string;
	readonly busAddress: string;
}

/** True when tpm2-abrmd and what it needs is installed; skips the test otherwise. */
export const needsAbrmd = (t: TestContext): boolean =>
	needs(t, 'tpm2-abrmd', 'tpm2-abrmd') &&
	needs(t, 'libtss2-tcti-swtpm.so.0', 'libtss2-tcti-swtpm0') &&
	needs(t, 'libtss2-tcti-tabrmd.so.0', 'libtss2-tcti-tabrmd0') &&
	needs(t, 'tpm2_send', 'tpm2-tools') &&
	needs(t, 'dbus-daemon', 'dbus-daemon');

/** Starts it; it holds the TPM until the test ends. */
export const startAbrmd = async (t: TestContext, tpm: TestTpm): Promise<TestAbrmd> => {
	const address = `unix:path=${join(tpm.folder, 'bus')}`;
	const bus = spawn(
		'dbus-daemon',
		['--session', '--nofork', '--nopidfile', `--address=${address}`, '--print-address=1'],
		{
			stdio: ['ignore', 'pipe', 'ignore'],
		},
	);
	const [line] = (await once(createInterface(bus.stdout), 'line')) as [string];
	const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: line };
	const program = commandPath('tpm2-abrmd') ?? 'tpm2-abrmd';
	const parameters = ['--session', '--allow-root', `--tcti=${tpm.toolsTcti}`, '--logger=stdout'];
	const broker = spawn(program, parameters, { env, stdio: 'ignore' });
	t.after(async () => {
		for (const child of [broker, bus]) {
			if (child.exitCode !== null || child.signalCode !== null) continue;
			const exited = once(child, 'exit');
			child.kill('SIGKILL');
			await exited;
		}
	});
	const tcti = 'tabrmd:bus_type=session';
	await answering({ ...env, TPM2TOOLS_TCTI: tcti });
	return { tcti, busAddress: line };
};

const answering = async (env: NodeJS.ProcessEnv): Promise<void> => {
	for (const end = Date.now() + 10_000; ; await sleep(10)) {
		try {
			await promisify(execFile)('tpm2_getrandom', ['--hex', '1'], { env, timeout: 5000 });
			return;
		} catch (error) {
			if (Date.now() > end) throw error;
		}
	}
};
