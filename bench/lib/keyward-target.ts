import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enrolMany } from './enrol-many.ts';
import type { Expect, ServerMessage } from './keyward-server.ts';
import type { Identity, Running, Target } from './target.ts';

const application = 'bench';

/** A stream that every reading of the load fits; levels as an ordinary application would have them. */
const policy = `application: ${application}
level: { authenticity: 2, authorization: 2, integrity: 2, confidentiality: 2, adaptability: 0, resistance: 0 }
mode: report
streams:
  temperature: { unit: Cel, every: 1ms, readers: [desk] }
devices:
  probe: { custody: [software], streams: [temperature] }
`;

interface Stored {
	readonly ca: string;
	readonly identities: readonly Identity[];
}

/** The next message of the server; throws when it ends instead. */
const answer = async (child: ChildProcess): Promise<ServerMessage> => {
	const ended = new AbortController();
	const signal = ended.signal;
	try {
		return await Promise.race([
			once(child, 'message', { signal }).then(([message]) => message as ServerMessage),
			once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`the service ended with ${code}`))),
		]);
	} finally {
		ended.abort();
	}
};

/** Every device expected by the operator, and enrolled over EST. */
const enrolAll = async (child: ChildProcess, devices: number): Promise<Stored> => {
	const names = Array.from({ length: devices }, (_, i) => `d${String(i).padStart(5, '0')}`);
	child.send({ policy, application, devices: names } satisfies Expect);
	const message = await answer(child);
	if (!('commissioning' in message)) throw new Error('the service did not answer with commissioning strings');
	const { serviceCa: ca, enrolled } = await enrolMany(message.commissioning);
	const identities = enrolled.map(({ id, key, certificate }) => ({
		...{ key, certificate, clientId: id, topic: `${application}/${id}/temperature` },
	}));
	return { ca, identities };
};

/** Keyward on SQLite, as it comes. */
export const keyward: Target = {
	name: 'keyward',

	describe() {
		const count = Math.max(1, availableParallelism() - 1);
		const workers = `${count} link worker${count === 1 ? '' : 's'}`;
		return `this checkout on Node ${process.version}, with its \`packaging/openssl.cnf\` as the systemd unit starts it, ${workers} and one committer, SQLite; TLS 1.3 with client certificates, devices enrolled over EST, every acknowledged reading stored durably`;
	},

	async start(folder, devices): Promise<Running> {
		const script = fileURLToPath(new URL('keyward-server.ts', import.meta.url));
		// With a folder in BENCH_PROFILE each thread leaves a .cpuprofile there: open them in a browser's developer tools.
		const profiles = process.env['BENCH_PROFILE'];
		const execArgv = ['--openssl-config', fileURLToPath(new URL('../../packaging/openssl.cnf', import.meta.url))];
		if (profiles !== undefined) execArgv.push('--cpu-prof', `--cpu-prof-dir=${profiles}`);
		const child = fork(script, [join(folder, 'data')], { execArgv });
		const { pid } = child;
		if (pid === undefined) throw new Error('the service did not start');
		const message = await answer(child);
		if (!('mqttUrl' in message)) throw new Error('the service did not say where it listens');
		const file = join(folder, 'stored.json');
		if (!existsSync(file)) {
			const made = await enrolAll(child, devices);
			writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
		}
		const { ca, identities } = JSON.parse(readFileSync(file, 'utf8')) as Stored;
		return {
			pid,
			ca,
			identities,
			port: Number(new URL(message.mqttUrl).port),
			async stop() {
				if (child.exitCode === null && child.kill()) await once(child, 'exit');
			},
		};
	},
};
