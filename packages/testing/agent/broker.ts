import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../folder.ts';
import { commandPath } from '../debian.ts';

/** What openssl made for a test: a service CA with a server on 127.0.0.1, and a device CA with a device; PEM. */
export interface TestCertificates {
	readonly folder: string;
	readonly serviceCa: string;
	readonly deviceCa: string;
	readonly certificate: string;
	readonly key: string;
}

/** Makes certificates that are gone with the test. */
export const makeCertificates = (application = 'hall', device = 'probe'): TestCertificates => {
	const folder = temporaryFolder('keyward-broker-');
	const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
	const ca = (name: string): void =>
		openssl(
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-days',
			'2',
			'-subj',
			`/CN=${name}`,
			'-keyout',
			`${name}.key`,
			'-out',
			`${name}.pem`,
		);
	const leaf = (name: string, issuer: string, subject: string, extensions: string): void => {
		writeFileSync(join(folder, `${name}.ext`), extensions);
		openssl(
			'req',
			'-new',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-subj',
			subject,
			'-keyout',
			`${name}.key`,
			'-out',
			`${name}.csr`,
		);
		openssl(
			'x509',
			'-req',
			'-days',
			'2',
			'-in',
			`${name}.csr`,
			'-CA',
			`${issuer}.pem`,
			'-CAkey',
			`${issuer}.key`,
			'-extfile',
			`${name}.ext`,
			'-out',
			`${name}.pem`,
		);
	};
	ca('service-ca');
	ca('device-ca');
	leaf('server', 'service-ca', '/CN=localhost', 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n');
	leaf('device', 'device-ca', `/O=${application}/CN=${device}`, 'extendedKeyUsage=clientAuth\n');
	const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
	return {
		folder,
		serviceCa: read('service-ca.pem'),
		deviceCa: read('device-ca.pem'),
		certificate: read('device.pem'),
		key: read('device.key'),
	};
};

export interface Broker {
	readonly port: number;
	readonly url: string;
	/** Ends it at once, as a power cut would. */
	kill(): Promise<void>;
	start(): Promise<void>;
	/** Stops it in its tracks: connections stay open and nothing answers. */
	freeze(): void;
	thaw(): void;
}

/** Starts Debian's mosquitto with mutual TLS 1.3 on a free port of 127.0.0.1; ended with the test. */
export const startBroker = async (t: TestContext, { folder }: TestCertificates, more = ''): Promise<Broker> => {
	const program = commandPath('mosquitto');
	if (program === null) throw new Error('mosquitto is not installed');
	const port = await freePort();
	const conf = join(folder, 'mosquitto.conf');
	writeFileSync(
		conf,
		[
			`listener ${port} 127.0.0.1`,
			`cafile ${folder}/device-ca.pem`,
			`certfile ${folder}/server.pem`,
			`keyfile ${folder}/server.key`,
			'require_certificate true',
			'tls_version tlsv1.3',
			'allow_anonymous true',
			'set_tcp_nodelay true',
			...(process.getuid?.() === 0 ? ['user root'] : []),
			more,
			'',
		].join('\n'),
	);
	let child: ChildProcess | null = null;
	const start = async (): Promise<void> => {
		const started = spawn(program, ['-c', conf], { stdio: 'ignore' });
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
	t.after(kill);
	await start();
	return {
		port,
		url: `mqtts://localhost:${port}`,
		kill,
		start,
		freeze: () => void child?.kill('SIGSTOP'),
		thaw: () => void child?.kill('SIGCONT'),
	};
};

export const freePort = async (): Promise<number> => {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return address.port;
};

export const listens = (port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.once('error', () => resolve(false));
	});
