import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandPath } from '../debian.ts';
import { freePort, listens } from './broker.ts';

/** A broker of the house, without TLS, as radio gateways bring one along. */
export interface LocalBroker {
	readonly url: URL;
	/** Publishes as the gateway would, by mosquitto_pub. */
	publish(topic: string, payload: string | Uint8Array, retain?: boolean): Promise<void>;
	start(): Promise<void>;
	kill(): Promise<void>;
}

/** Debian's mosquitto, ended with the test. `login`: who may come in; anybody when left out. */
export const startLocalBroker = async (
	t: TestContext,
	login?: { readonly user: string; readonly password: string },
): Promise<LocalBroker> => {
	const folder = mkdtempSync(join(tmpdir(), 'keyward-local-broker-'));
	const port = await freePort();
	const passwords = join(folder, 'passwords');
	if (login !== undefined) {
		writeFileSync(passwords, `${login.user}:${login.password}\n`);
		execFileSync('mosquitto_passwd', ['-U', passwords], { stdio: 'pipe' });
		chmodSync(passwords, 0o600);
	}
	writeFileSync(
		join(folder, 'conf'),
		[
			`listener ${port} 127.0.0.1`,
			...(login === undefined ? ['allow_anonymous true'] : ['allow_anonymous false', `password_file ${passwords}`]),
			...(process.getuid?.() === 0 ? ['user root'] : []),
			'',
		].join('\n'),
	);
	let child: ChildProcess | null = null;
	const start = async (): Promise<void> => {
		const started = spawn(commandPath('mosquitto') ?? 'mosquitto', ['-c', join(folder, 'conf')], { stdio: 'ignore' });
		child = started;
		for (; !(await listens(port)); await sleep(25))
			if (started.exitCode !== null) throw new Error('mosquitto did not start');
	};
	const kill = async (): Promise<void> => {
		const dying = child;
		child = null;
		if (dying === null || dying.exitCode !== null || dying.signalCode !== null) return;
		dying.kill('SIGKILL');
		await once(dying, 'exit');
	};
	t.after(async () => {
		await kill();
		rmSync(folder, { recursive: true, force: true });
	});
	await start();
	return {
		url: new URL(`mqtt://127.0.0.1:${port}`),
		async publish(topic, payload, retain = false) {
			const who = login === undefined ? [] : ['-u', login.user, '-P', login.password];
			const words = [
				'-h',
				'127.0.0.1',
				'-p',
				String(port),
				'-q',
				'1',
				...who,
				...(retain ? ['-r'] : []),
				'-t',
				topic,
				'-s',
			];
			const sender = spawn('mosquitto_pub', words, { stdio: ['pipe', 'ignore', 'inherit'] });
			sender.stdin.end(payload);
			const [code] = (await once(sender, 'close')) as [number | null];
			if (code !== 0) throw new Error(`mosquitto_pub ended with ${code}`);
		},
		start,
		kill,
	};
};
