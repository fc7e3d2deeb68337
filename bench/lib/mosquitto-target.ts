import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandPath } from '@keyward/testing/debian';
import { certify, makeAuthority } from './certificates.ts';
import { freePort } from './free-port.ts';
import type { Identity, Running, Target } from './target.ts';

const program = (): string => {
	const path = commandPath('mosquitto');
	if (path === null) throw new Error('needs Debian package mosquitto');
	return path;
};

/** Keys, certificates and the ACL of one user and one topic for each device, made once for each folder. */
const prepare = async (folder: string, devices: number): Promise<Identity[]> => {
	const file = join(folder, 'identities.json');
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Identity[];
	const authority = await makeAuthority();
	const server = await certify(authority, 'localhost', 'server');
	const identities: Identity[] = [];
	for (let i = 0; i < devices; i++) {
		const name = `d${String(i).padStart(5, '0')}`;
		const certified = await certify(authority, name, 'client');
		identities.push({ ...certified, clientId: name, topic: `bench/${name}/temperature` });
	}
	const secret = { mode: 0o600 };
	writeFileSync(join(folder, 'ca.pem'), authority.certificate.toString('pem'));
	writeFileSync(join(folder, 'server.pem'), server.certificate);
	writeFileSync(join(folder, 'server.key'), server.key, secret);
	writeFileSync(
		join(folder, 'acl'),
		identities.map((one) => `user ${one.clientId}\ntopic write ${one.topic}\n`).join(''),
	);
	writeFileSync(file, JSON.stringify(identities), secret);
	return identities;
};

const configuration = (folder: string, port: number): string => `
per_listener_settings false
listener ${port} 127.0.0.1
cafile ${folder}/ca.pem
certfile ${folder}/server.pem
keyfile ${folder}/server.key
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file ${folder}/acl
persistence false
max_connections -1
set_tcp_nodelay true
log_dest stderr
log_type none
connection_messages false
${process.getuid?.() === 0 ? 'user root' : ''}
`;

/** Debian's mosquitto: mutual TLS 1.3, the certificate's name as user, one ACL entry for each device, nothing kept on disk. */
export const mosquitto: Target = {
	name: 'mosquitto',

	describe() {
		const version = spawnSync(program(), ['-h'], { encoding: 'utf8' }).stdout.split('\n')[0] ?? '';
		return `${version} (Debian), TLS 1.3 with client certificates, per-device ACL, persistence off, as configured in \`bench/lib/mosquitto-target.ts\``;
	},

	async start(folder, devices): Promise<Running> {
		const identities = await prepare(folder, devices);
		const port = await freePort();
		const file = join(folder, 'mosquitto.conf');
		writeFileSync(file, configuration(folder, port));
		const shell = 'ulimit -n 65535 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$0" -c "$1"';
		// OpenSSL's errors get there whatever `log_type` says: a terminal would slow the server down.
		const log = openSync(join(folder, 'mosquitto.log'), 'w');
		const child = spawn('sh', ['-c', shell, program(), file], { stdio: ['ignore', 'ignore', log] });
		closeSync(log);
		const { pid } = child;
		if (pid === undefined) throw new Error('mosquitto did not start');
		await listening(port);
		return {
			port,
			pid,
			identities,
			ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
			async stop() {
				if (child.exitCode === null && child.kill()) await once(child, 'exit');
			},
		};
	},
};

const listening = async (port: number): Promise<void> => {
	for (let i = 0; i < 100; i++) {
		const socket = connect(port, '127.0.0.1');
		try {
			await once(socket, 'connect');
			return;
		} catch {
			await sleep(50);
		} finally {
			socket.destroy();
		}
	}
	throw new Error(`nothing listens on port ${port}`);
};
