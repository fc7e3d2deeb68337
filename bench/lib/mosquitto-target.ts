import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandPath } from '@keyward/testing/debian';
import { freePort } from './free-port.ts';
import { listening } from './listening.ts';
import { peerIdentities } from './peer-identities.ts';
import type { Running, Target } from './target.ts';

const program = (): string => {
	const path = commandPath('mosquitto');
	if (path === null) throw new Error('needs Debian package mosquitto');
	return path;
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
		const identities = await peerIdentities(folder, devices);
		writeFileSync(
			join(folder, 'acl'),
			identities.map((one) => `user ${one.clientId}\ntopic write ${one.topic}\n`).join(''),
		);
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
		await listening(port, 5);
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
